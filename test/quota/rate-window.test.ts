import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createRateWindow, ratesFor, StartTimes } from '../../src/quota/rate-window.js'
import { createVirtualClock } from './virtual-clock.js'

/** The most starts in any stretch of `ms`, both ends included. */
export function mostIn(starts: readonly number[], ms: number): number {
  return Math.max(0, ...starts.map(start => starts.filter(each => each >= start && each <= start + ms).length))
}

describe('the window of calls', () => {
  it('never lets more than its number start in any second, whenever they are asked for and however the clock is set back', () => {
    const steps = fc.array(fc.record({ pass: fc.integer({ min: 0, max: 400 }), back: fc.constantFrom(0, 0, 0, 50, 700, 3_600_000) }), {
      minLength: 50,
      maxLength: 400,
    })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 25 }), steps, (perSecond, walk) => {
        let [truth, error] = [0, 0]
        const window = createRateWindow(ratesFor(perSecond), { now: () => truth - error })
        const starts: number[] = []
        for (const { pass, back } of walk) {
          truth += pass
          error += back
          for (let call = 0; call < 7; call += 1) if (takes(window.take())) starts.push(truth)
        }
        expect(mostIn(starts, 1_000)).toBeLessThanOrEqual(perSecond)
      }),
      { numRuns: 150 },
    )
  })

  it('says exactly when asking again is worth while, and then it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 25 }), fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 100 }), (perSecond, gaps) => {
        let now = 0
        const window = createRateWindow(ratesFor(perSecond), { now: () => now })
        for (const gap of gaps) {
          now += gap
          const waitMs = waitOf(window.take())
          if (waitMs === 0) continue
          now += waitMs
          expect(waitOf(window.take())).toBeLessThanOrEqual(0.001)
        }
      }),
    )
  })

  it('is used to the full by those who wait', async () => {
    const clock = createVirtualClock()
    const window = createRateWindow(ratesFor(20), clock)
    let starts = 0
    for (let tick = 0; tick < 11_000; tick += 1) {
      if (takes(window.take())) starts += 1
      await clock.pass(1)
    }
    expect(starts).toBeGreaterThanOrEqual(199)
  })

  it('hands out nothing while it is held, and a shorter hold does not cut a longer one', () => {
    let now = 0
    const window = createRateWindow(ratesFor(20), { now: () => now })
    window.hold(7_000)
    window.hold(1_000)
    expect(window.take()).toEqual({ waitMs: 7_000 })
    now = 7_000
    expect(window.take()).toEqual({ waitMs: 0 })
  })
})

describe('the times of starts', () => {
  it('answer for any rate up to their size', () => {
    const starts = new StartTimes(20)
    for (const time of [0, 100, 200]) starts.record(time)
    expect(starts.waitMs(300, { limit: 3, windowMs: 1_000 })).toBe(700)
    expect(starts.waitMs(300, { limit: 2, windowMs: 1_000 })).toBe(800)
    expect(starts.waitMs(300, { limit: 4, windowMs: 1_000 })).toBe(0)
  })
})

function waitOf(grant: unknown): number {
  return (grant as { waitMs: number }).waitMs
}

function takes(grant: unknown): boolean {
  return waitOf(grant) === 0
}
