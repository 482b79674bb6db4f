import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { closedPeriodsOf } from '../../../simulator/series/billing-cycle.js'
import { billsOf } from '../../../simulator/series/bills.js'
import { categoriesOf } from '../../../simulator/series/categories.js'
import { forecastOf } from '../../../simulator/series/forecast.js'
import { localDayOf, midnightBefore } from '../../../simulator/series/local-time.js'
import { comparisonOf, comparisonsOf, neighborDetailsOf } from '../../../simulator/series/neighbors.js'
import { readsOf } from '../../../simulator/series/reads.js'
import type { BilledAccount, BilledAgreement, Meter } from '../../../simulator/series/types.js'

const dayMs = 86_400_000
const now = Date.parse('2026-12-01T18:00:00Z')
const zone = 'America/New_York'
const movedIn = Date.parse('2023-12-01T05:00:00Z')

function meterOf(over: Partial<Meter> = {}): Meter {
  return { seed: 'test', zone, shape: 'evening', unit: 'KWH', from: movedIn, canaryAt: () => 9232, ...over }
}

function agreementOf(meter: Meter, over: Partial<BilledAgreement> = {}): BilledAgreement {
  const serviceType = meter.shape === 'gas' ? 'GAS' : 'ELECTRICITY'
  return { key: serviceType, serviceType, meters: [meter], from: movedIn, ...over }
}

function accountOf(over: Partial<BilledAccount> = {}): BilledAccount {
  return { seed: 'home', zone, from: movedIn, agreements: [agreementOf(meterOf())], ...over }
}

function daysBetween(from: number, until: number): number {
  return localDayOf(zone, until) - localDayOf(zone, from)
}

describe('billing periods', () => {
  it('follow each other on local midnights, 28 to 33 days each, from the first day of the occupancy', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 0, max: 3000 }), (seed, days) => {
        const periods = closedPeriodsOf(accountOf({ seed, from: midnightBefore(zone, movedIn - days * dayMs) }), now)
        expect(periods[0]?.from).toBe(midnightBefore(zone, movedIn - days * dayMs))
        for (const [at, { from, until }] of periods.entries()) {
          expect(midnightBefore(zone, from)).toBe(from)
          expect(periods[at + 1]?.from ?? until).toBe(until)
          expect(daysBetween(from, until)).toBeLessThanOrEqual(33)
          if (at > 0) expect(daysBetween(from, until)).toBeGreaterThanOrEqual(28)
        }
        const newest = periods.at(-1)?.until ?? NaN
        expect(newest).toBeLessThanOrEqual(now)
        expect(daysBetween(newest, now)).toBeLessThanOrEqual(33)
      }),
      { numRuns: 40 },
    )
  })

  it('end with the occupancy, the last one as soon as it is over', () => {
    const until = Date.parse('2026-03-10T04:00:00Z')
    expect(closedPeriodsOf(accountOf({ until }), now).at(-1)?.until).toBe(until)
    expect(closedPeriodsOf(accountOf({ until }), until - 1).at(-1)?.until).toBeLessThan(until)
  })
})

describe('bills', () => {
  it('have the sum of their days as usage, and charges on it', () => {
    const account = accountOf()
    for (const { from, until, segments } of billsOf(account, { now, last: 14 })) {
      const days = readsOf(meterOf(), { quantity: 'NET_USAGE', resolution: 'DAY', from, until, now })
      const micro = days.reduce((sum, day) => sum + (day.micro ?? NaN), 0)
      const usageCharges = Math.round((micro / 1e6) * 33.626) / 100
      expect(segments).toHaveLength(1)
      expect(segments[0]).toMatchObject({ unit: 'KWH', usageCharges, currentAmount: Math.round((usageCharges + 10) * 100) / 100 })
      expect(segments[0]?.quantities).toEqual([{ quantity: 'NET_USAGE', micro, value: Math.round(micro / 1e4) / 100 }])
    }
  })

  it('have a segment for each agreement that ran, for as long as it ran', () => {
    const started = Date.parse('2026-06-15T04:00:00Z')
    const gas = agreementOf(meterOf({ seed: 'gas', shape: 'gas', unit: 'TH' }), { from: started })
    const bills = billsOf(accountOf({ agreements: [agreementOf(meterOf()), gas] }), { now })
    const keys = bills.map(({ segments }) => segments.map(({ agreementKey }) => agreementKey))
    const first = bills.findIndex(({ until }) => until > started)
    expect(keys.slice(0, first).every(one => one.join() === 'ELECTRICITY')).toBe(true)
    expect(keys.slice(first).every(both => both.join() === 'ELECTRICITY,GAS')).toBe(true)
    expect(bills[first]?.segments[1]?.usageInterval ?? { from: started }).toMatchObject({ from: started })
    expect(bills[first]?.segments[1]?.unit).toBe('TH')
  })

  it('are picked by period, and by number from either end, in order', () => {
    const all = billsOf(accountOf(), { now })
    expect(billsOf(accountOf(), { now, last: 3 })).toEqual(all.slice(-3))
    expect(billsOf(accountOf(), { now, first: 2 })).toEqual(all.slice(0, 2))
    expect(billsOf(accountOf(), { now, last: 0 })).toEqual([])
    const during = { from: all[4]?.from ?? NaN, until: all[5]?.until ?? NaN }
    expect(billsOf(accountOf(), { now, during })).toEqual(all.slice(4, 6))
  })

  it('occur twice with the same period and another key where that is asked for', () => {
    const bills = billsOf(accountOf({ duplicateBills: true }), { now })
    const [one, other] = bills.slice(-2)
    expect([one?.from, one?.until]).toEqual([other?.from, other?.until])
    expect(new Set(bills.map(({ key }) => key)).size).toBe(bills.length)
  })

  it('lack the usage interval of about one segment in fifty', () => {
    const accounts = Array.from({ length: 12 }, (_, at) => accountOf({ seed: `home ${at}` }))
    const segments = accounts.flatMap(account => billsOf(account, { now }).flatMap(bill => bill.segments))
    const share = segments.filter(({ usageInterval }) => usageInterval === null).length / segments.length
    expect(share).toBeGreaterThan(0.01)
    expect(share).toBeLessThan(0.035)
  })

  it('of a solar home name what was bought and sold, and lose their energy amounts in March 2026', () => {
    const account = accountOf({ agreements: [agreementOf(meterOf({ shape: 'solar' }))] })
    const bills = billsOf(account, { now, last: 12 })
    expect(bills[0]?.segments[0]).toMatchObject({ usageCharges: expect.any(Number), currentAmount: 10 })
    expect(bills.at(-1)?.segments[0]).toMatchObject({
      usageCharges: null,
      deferredNEMCharges: null,
      totalEnergyCosts: null,
      currentAmount: 10,
    })
    for (const { segments } of bills) {
      const [net, bought, sold] = segments[0]?.quantities ?? []
      expect(net?.micro).toBe((bought?.micro ?? NaN) - (sold?.micro ?? NaN))
      expect(segments[0]).toMatchObject({ energyPurchased: bought?.value, energySold: sold?.value })
    }
  })

  it('charge the peak apart where the rate does', () => {
    const amount = (rate: 'FLAT' | 'TIME_OF_USE') =>
      billsOf(accountOf({ agreements: [agreementOf(meterOf(), { rate })] }), {
        now,
        during: { from: Date.parse('2026-07-20T00:00:00Z'), until: Date.parse('2026-07-21T00:00:00Z') },
      })[0]?.segments[0]?.usageCharges
    expect(amount('TIME_OF_USE')).not.toBe(amount('FLAT'))
  })

  it('print usage and money with two decimals, so that no canary shows in them', () => {
    const solar = accountOf({ agreements: [agreementOf(meterOf({ shape: 'solar' }))] })
    for (const account of [solar, accountOf()]) {
      const printed = billsOf(account, { now }).flatMap(({ segments }) =>
        segments.flatMap(({ quantities, ...rest }) => [...quantities.map(({ value }) => value), ...Object.values(rest)]),
      )
      for (const value of printed) if (typeof value === 'number') expect(String(value)).toMatch(/^-?\d+(\.\d{1,2})?$/)
    }
  })
})

describe('the forecast', () => {
  const newest = billsOf(accountOf(), { now }).at(-1)?.until ?? NaN

  it('continues where the newest bill ended, with the days so far', () => {
    const later = newest + 10 * dayMs
    const forecast = forecastOf(accountOf(), later)
    const days = readsOf(meterOf(), { quantity: 'NET_USAGE', resolution: 'DAY', from: newest, until: later, now: later })
    expect(forecast?.from).toBe(newest)
    expect(forecast?.segments[0]?.soFarUsage).toBeCloseTo(
      days.reduce((sum, { value }) => sum + (value ?? NaN), 0),
      1,
    )
    expect(forecast?.segments[0]?.estimatedUsage).toBeGreaterThan(forecast?.segments[0]?.soFarUsage ?? NaN)
  })

  it('estimates nothing in the first days of a period', () => {
    const [segment] = forecastOf(accountOf(), newest + dayMs)?.segments ?? []
    expect(segment).toMatchObject({ estimatedUsage: null, estimatedUsageCharges: null, soFarUsage: expect.any(Number) })
    expect(forecastOf(accountOf(), newest + 0.5 * dayMs)?.segments[0]?.soFarUsage).toBe(0)
  })

  it('knows the year before only of its own occupancy', () => {
    expect(forecastOf(accountOf(), now)?.segments[0]?.priorYearUsage).toBeGreaterThan(0)
    const from = Date.parse('2026-03-10T04:00:00Z')
    const aYearBefore = midnightBefore(zone, newest - 365 * dayMs)
    for (const movedIn of [from, aYearBefore + 5 * dayMs]) {
      const [segment] = forecastOf(accountOf({ from: movedIn }), now)?.segments ?? []
      expect(segment).toMatchObject({ priorYearUsage: null, priorYearUsageCharges: null })
    }
  })

  it('is none before and after the occupancy, and without a running agreement', () => {
    expect(forecastOf(accountOf({ until: now - dayMs }), now)).toBeNull()
    expect(forecastOf(accountOf({ from: now + dayMs }), now)).toBeNull()
    expect(forecastOf(accountOf({ agreements: [agreementOf(meterOf(), { until: now - dayMs })] }), now)).toBeNull()
  })
})

describe('comparisons with neighbours', () => {
  it('have the own sum of each of the last thirteen months', () => {
    const comparisons = comparisonsOf(accountOf(), 'ELEC', now)
    expect(comparisons).toHaveLength(13)
    const last = comparisons.at(-1)
    expect(last).toMatchObject({ from: Date.parse('2026-11-01T04:00:00Z'), until: Date.parse('2026-12-01T05:00:00Z') })
    const days = readsOf(meterOf(), { quantity: 'NET_USAGE', resolution: 'DAY', from: last?.from ?? NaN, until: last?.until ?? NaN, now })
    expect(last?.youUsage).toBeCloseTo(
      days.reduce((sum, { value }) => sum + (value ?? NaN), 0),
      1,
    )
    expect(last?.efficientNeighborsThresholdUsage).toBeLessThan(last?.averageOfAllNeighborsUsage ?? NaN)
  })

  it('never reach beyond the occupancy, and are none for a fuel that is not there', () => {
    const from = Date.parse('2026-09-15T04:00:00Z')
    expect(comparisonsOf(accountOf({ from }), 'ELEC', now).map(comparison => comparison.from)[0]).toBe(from)
    expect(comparisonsOf(accountOf(), 'GAS', now)).toEqual([])
    expect(comparisonOf(accountOf({ from }), 'ELEC', { from: from - 60 * dayMs, until: from })).toBeNull()
  })

  it('describe the group the same each time', () => {
    expect(neighborDetailsOf({ seed: 'a', zone })).toEqual(neighborDetailsOf({ seed: 'a', zone }))
    expect(neighborDetailsOf({ seed: 'a', zone }).numberOfNeighbors).toBeGreaterThanOrEqual(60)
  })
})

describe('categories', () => {
  it('add up to exactly 1, and their usage to the whole', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('ELECTRICITY', 'GAS'), fc.integer({ min: -1e9, max: 5e9 }), (seed, serviceType, micro) => {
        const categories = categoriesOf(seed, serviceType, micro)
        expect(categories.reduce((sum, { ratio }) => sum + ratio, 0)).toBe(1)
        expect(categories.every(({ ratio }) => ratio > 0)).toBe(true)
        expect(Math.round(categories.reduce((sum, { usage }) => sum + usage, 0) * 100)).toBe(Math.round(Math.max(0, micro) / 10_000))
      }),
    )
  })
})
