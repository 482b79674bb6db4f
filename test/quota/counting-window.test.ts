import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createCountingWindow } from '../../src/quota/counting-window.js'

const dayMs = 86_400_000

/** A clock that is turned by hand; both of its faces go together. */
function handClock() {
  const at = { ms: 20_000 * dayMs + 1_000 }
  return { at, clock: { now: () => at.ms, wall: () => at.ms, after: () => () => undefined } }
}

describe('the window that several processes share', () => {
  it('never hands out more than its number in a second, whatever the order in which they come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 }), async pauses => {
        const { at, clock } = handClock()
        const window = createCountingWindow({ perSecond: 20, perDay: 1_000_000 }, clock)
        const starts: number[] = []
        for (const pause of pauses) {
          at.ms += pause / 10
          if ((await window.take()).waitMs === 0) starts.push(at.ms)
        }
        for (const from of starts) expect(starts.filter(start => start >= from && start < from + 1_000).length).toBeLessThanOrEqual(20)
      }),
    )
  })

  it('counts the day for all of them, hands out none beyond it, and begins anew at midnight UTC', async () => {
    const { at, clock } = handClock()
    const window = createCountingWindow({ perSecond: 20, perDay: 3 }, clock)
    for (const spent of [1, 2, 3]) expect(await window.take()).toEqual({ waitMs: 0, today: { day: 20_000, spent } })
    expect(await window.take()).toEqual({ waitMs: dayMs - 1_000, today: { day: 20_000, spent: 3 } })
    at.ms = 20_001 * dayMs
    expect(await window.take()).toEqual({ waitMs: 0, today: { day: 20_001, spent: 1 } })
  })

  it('gives back a start that was not used to the day, and not to the second', async () => {
    const { clock } = handClock()
    const window = createCountingWindow({ perSecond: 4, perDay: 10 }, clock)
    await window.take()
    window.unused()
    expect((await window.take()).waitMs).toBeGreaterThan(0)
  })

  it('keeps to itself for as long as the source asked to be left alone', async () => {
    const { at, clock } = handClock()
    const window = createCountingWindow({ perSecond: 20, perDay: 10 }, clock)
    window.hold(5_000)
    expect((await window.take()).waitMs).toBe(5_000)
    at.ms += 5_000
    expect((await window.take()).waitMs).toBe(0)
  })
})
