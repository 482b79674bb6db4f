import type { Clock } from '../../src/quota/clock.js'

/** Time that passes only when a test says so; timers run in their order, each at its own moment. */
export interface VirtualClock extends Clock {
  /** Lets `ms` milliseconds pass. What timers set off with promises goes on in between. */
  pass(ms: number): Promise<void>
  /** Sets the wall clock, as an operator or a time server would; the other goes on. */
  setWall(to: number): void
}

export function createVirtualClock(wallAt: number = Date.UTC(2026, 4, 4)): VirtualClock {
  const timers = new Set<{ readonly at: number; readonly act: () => void }>()
  let now = 0
  let wallOffset = wallAt
  const next = (until: number) => [...timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
  return {
    now: () => now,
    wall: () => now + wallOffset,
    after(ms, act) {
      const timer = { at: now + ms, act }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    async pass(ms) {
      const until = now + ms
      for (let timer = next(until); timer !== undefined; timer = next(until)) {
        timers.delete(timer)
        now = Math.max(now, timer.at)
        timer.act()
        await settled()
      }
      now = until
      await settled()
    },
    setWall: to => void (wallOffset = to - now),
  }
}

/** Whatever promises have to do is done. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) await Promise.resolve()
}
