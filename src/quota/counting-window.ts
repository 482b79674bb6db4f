import type { CallWindow, Grant } from './call-window.js'
import type { Clock } from './clock.js'
import type { QuotaSettings } from './quota-settings.js'
import { createRateWindow, ratesFor } from './rate-window.js'

const dayMs = 86_400_000

/** The window for several processes of one machine: every start is counted for the day (UTC) as well, and none is handed out beyond it. */
export function createCountingWindow({ perSecond, perDay }: Pick<QuotaSettings, 'perSecond' | 'perDay'>, clock: Clock): CallWindow {
  const window = createRateWindow(ratesFor(perSecond), clock)
  let [day, spent] = [Math.floor(clock.wall() / dayMs), 0]
  /** A clock that is set back does not begin a day again. */
  function turn(): void {
    const today = Math.floor(clock.wall() / dayMs)
    if (today > day) [day, spent] = [today, 0]
  }
  return {
    async take(): Promise<Grant> {
      turn()
      if (spent >= perDay) return { waitMs: Math.max(1, (day + 1) * dayMs - clock.wall()), today: { day, spent } }
      const { waitMs } = await window.take()
      if (waitMs === 0) spent += 1
      return { waitMs, today: { day, spent } }
    },
    unused() {
      spent = Math.max(0, spent - 1)
    },
    hold: ms => window.hold(ms),
  }
}
