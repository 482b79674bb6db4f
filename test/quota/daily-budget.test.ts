import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { BudgetAlarm } from '../../src/quota/daily-budget.js'
import { createDailyBudget } from '../../src/quota/daily-budget.js'

const [second, hour] = [1_000, 3_600_000]
const midnight = Date.UTC(2026, 4, 4)
const day = midnight / (24 * hour)

describe('the budget of a day', () => {
  it('begins again at midnight UTC', () => {
    const budget = createDailyBudget({ perDay: 100, startedAt: midnight + 23 * hour })
    for (let call = 0; call < 30; call += 1) budget.add(midnight + 23.5 * hour)
    expect(budget.status(midnight + 24 * hour - 1)).toMatchObject({ spent: 30, remaining: 70, msToMidnight: 1 })
    expect(budget.status(midnight + 24 * hour)).toMatchObject({ spent: 0, remaining: 100, msToMidnight: 24 * hour })
  })

  it('does not spend a day twice when the clock is set back over midnight', () => {
    const budget = createDailyBudget({ perDay: 100, startedAt: midnight })
    budget.add(midnight + 10)
    budget.add(midnight - 10)
    expect(budget.status(midnight - hour).spent).toBe(2)
  })

  it('foresees the end of a steady day within 5 %', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000, max: 20_000 }), fc.integer({ min: 2, max: 23 }), (everyMs, hours) => {
        const budget = createDailyBudget({ perDay: 1_000_000, startedAt: midnight })
        for (let at = midnight; at < midnight + hours * hour; at += everyMs) budget.add(at)
        const expected = (24 * hour) / everyMs
        expect(Math.abs(budget.status(midnight + hours * hour).forecast / expected - 1)).toBeLessThan(0.05)
      }),
      { numRuns: 15 },
    )
  })

  it('sees a rush that has just begun', () => {
    const budget = createDailyBudget({ perDay: 100_000, startedAt: midnight })
    for (let at = midnight; at < midnight + 8 * hour; at += 10 * second) budget.add(at)
    expect(budget.status(midnight + 8 * hour).pressure).toBe(0)
    for (let at = midnight + 8 * hour; at < midnight + 9 * hour; at += second / 5) budget.add(at)
    expect(budget.status(midnight + 9 * hour).pressure).toBe(3)
  })

  it('does not take the calls of its first minutes for a day', () => {
    const budget = createDailyBudget({ perDay: 100_000, startedAt: midnight + 12 * hour })
    for (let call = 0; call < 20; call += 1) budget.add(midnight + 12 * hour + call)
    expect(budget.status(midnight + 12 * hour + second)).toMatchObject({ spent: 20, pressure: 0 })
  })

  it('tells of 70, 85 and 95 % once each, and again on the next day', () => {
    const alarms: BudgetAlarm[] = []
    const budget = createDailyBudget({ perDay: 1_000, startedAt: midnight, onAlarm: alarm => alarms.push(alarm) })
    const evening = midnight + 24 * hour - 1
    for (let call = 0; call < 1_000; call += 1) budget.add(evening)
    expect(alarms.map(({ share }) => share)).toEqual([0.7, 0.85, 0.95])
    expect(alarms.at(-1)).toMatchObject({ spent: 950, remaining: 50, pressure: 3 })
    for (let call = 0; call < 1_000; call += 1) budget.add(evening + 24 * hour)
    expect(alarms.map(({ share }) => share)).toEqual([0.7, 0.85, 0.95, 0.7, 0.85, 0.95])
  })

  it('learns what others spent, without taking it for a rush of the last hour', () => {
    const noon = midnight + 12 * hour
    const budget = createDailyBudget({ perDay: 100_000, startedAt: noon })
    budget.learn({ day, spent: 30_000 }, noon + second)
    expect(budget.status(noon + second)).toMatchObject({ spent: 30_000, pressure: 0 })
    budget.learn({ day, spent: 29_000 }, noon + second)
    budget.learn({ day: day - 1, spent: 99_000 }, noon + second)
    expect(budget.status(noon + second).spent).toBe(30_000)
    budget.learn({ day: day + 1, spent: 5 }, noon + 2 * second)
    expect(budget.status(noon + 2 * second).spent).toBe(5)
  })
})
