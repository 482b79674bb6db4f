import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { localDayOf, localMidnight } from '../../simulator/series/local-time.js'
import { formatInstant, hull, isEmpty, isInside } from '../../src/plan/interval.js'
import type { Period } from '../../src/plan/interval.js'
import type { PlannedField } from '../../src/plan/plan.js'
import type { Grain } from '../../src/windows/periods.js'
import { fewestRanges, grainOf, needOf, touches, windowsOver } from '../../src/windows/periods.js'
import { AtHand } from '../../src/windows/at-hand.js'
import { joinShares } from '../../src/windows/join.js'
import { stretchOfValue } from '../../src/windows/stretch.js'
import { createWindowStore } from '../../src/windows/window-store.js'
import { planOf } from '../plan/customer-graph.js'

const [hour, day] = [3_600_000, 86_400_000]

/** Whole hours, half hours, a quarter; and hours that change on both sides of the equator, and on none. */
const zones = ['America/New_York', 'America/Los_Angeles', 'America/St_Johns', 'Australia/Adelaide', 'Asia/Kathmandu', 'Europe/Paris']
const lengths = { QUARTER_HOUR: hour / 4, HALF_HOUR: hour / 2, HOUR: hour } as const
type Resolution = keyof typeof lengths | 'DAY'

const query = `{ billingAccountByAuthContext { serviceAgreements { servicePoints {
  readStreams(timeInterval: "2026-01-01T00:00:00Z/2026-01-02T00:00:00Z", readResolution: HOUR) {
    timeInterval netUsage { reads { timeInterval } }
  } } } } }`

/** A meter whose reads follow its own clock: an hour begins with the hour of the wall. */
function readsOf(zone: string, resolution: Resolution, { from, until }: Period): readonly Period[] {
  const reads: Period[] = []
  for (let at = localDayOf(zone, from) - 1; localMidnight(zone, at) < until; at++) {
    const [start, end] = [localMidnight(zone, at), localMidnight(zone, at + 1)]
    const length = resolution === 'DAY' ? end - start : lengths[resolution]
    for (let own = start; own < end; own += length) reads.push({ from: own, until: own + length })
  }
  return reads.filter(read => isInside(read, { from, until }))
}

/** A source that answers what lies in a range as a whole, and counts how often it is asked. */
function createChart(zone: string, resolution: Resolution) {
  const field = seriesField()
  const grain = grainFor(resolution)
  const rule = { seconds: 1_000, settles: 'timeInterval', settledSeconds: 1_000 }
  const store = createWindowStore({ ttlScale: 1, settlingDays: 0, now: () => Date.parse('2030-01-01T00:00:00Z') })
  let calls = 0
  const fetchRange = (range: Period, windows: readonly Period[]): void => {
    calls += 1
    expect(range.until - range.from).toBeLessThanOrEqual(grain.capMs)
    const periods = new WeakMap<object, Period>()
    const reads = readsOf(zone, resolution, range).map(read => {
      const value = { timeInterval: textOf(read) }
      periods.set(value, read)
      return value
    })
    const stream = { reads }
    const facts = { idOf: () => 'one', periodOf: (read: object) => periods.get(read) }
    const told = stretchOfValue(field, { timeInterval: textOf(range), netUsage: [stream] }, facts, range)
    if (told === undefined) throw new TypeError('expected every read to have its place in time')
    const touched = windows.filter(window => touches(window, range, grain))
    expect(touched).toEqual(windows.filter(window => !isEmpty(needOf(window, range, grain))))
    store.keepStretch('s', told, { windows: touched, rule })
  }
  return {
    ask(asked: Period) {
      const before = calls
      const windows = windowsOver(asked, grain.unit)
      const atHand = (): AtHand => new AtHand({ period: asked, grain, windows }, store)
      const known = atHand()
      const needs = windows.filter(window => !known.knows('s', window)).map(window => needOf(window, asked, grain))
      for (const range of fewestRanges(needs, grain)) fetchRange(range, windows)
      const shares = atHand().shares('s') ?? []
      expect(isInside(asked, hull(shares.map(share => share.needs)))).toBe(true)
      const joined: unknown = JSON.parse(Buffer.concat(joinShares(field, shares, { text: textOf(asked), period: asked }).parts).toString())
      return { joined, calls: calls - before }
    },
  }
}

describe('reads that are kept in windows', () => {
  const at = fc.integer({ min: Date.parse('2025-01-01T00:00:00Z') / 900_000, max: Date.parse('2026-12-01T00:00:00Z') / 900_000 })
  const asks = fc.array(fc.record({ at, quarters: fc.integer({ min: 1, max: 4_000 }) }), { minLength: 1, maxLength: 6 })

  it.each<[Resolution, number]>([
    ['QUARTER_HOUR', 40],
    ['HALF_HOUR', 40],
    ['HOUR', 80],
    ['DAY', 60],
  ])(
    'are exactly those of the stretch, in every zone and over both clock changes, whatever was asked before (%s)',
    (resolution, numRuns) => {
      const holds = fc.property(fc.constantFrom(...zones), asks, (zone, list) => {
        const chart = createChart(zone, resolution)
        for (const each of list) {
          const asked = { from: each.at * 900_000, until: (each.at + each.quarters * (resolution === 'DAY' ? 10 : 1)) * 900_000 }
          const { joined, calls } = chart.ask(asked)
          expect(intervalsIn(joined)).toEqual(readsOf(zone, resolution, asked).map(textOf))
          expect(calls).toBeLessThanOrEqual(Math.ceil((asked.until - asked.from) / (grainFor(resolution).capMs - day - 25 * hour)) + 1)
          expect(chart.ask(asked).calls).toBe(0)
        }
      })
      fc.assert(holds, { numRuns })
    },
  )

  it.each([
    ['America/New_York', '2026-03-08', 23],
    ['America/New_York', '2026-11-01', 25],
    ['Australia/Adelaide', '2026-04-05', 25],
    ['Australia/Adelaide', '2026-10-04', 23],
  ])('of %s on %s are %s hours', (zone, date, hours) => {
    const chart = createChart(zone, 'HOUR')
    const local = Math.floor(Date.parse(date) / day)
    const asked = { from: localMidnight(zone, local), until: localMidnight(zone, local + 1) }
    chart.ask({ from: asked.from - 3 * day, until: asked.until - 5 * hour })
    expect(intervalsIn(chart.ask(asked).joined)).toHaveLength(hours)
  })

  it('are asked for once where one call can answer, and in two where the clock change makes it an hour too long', () => {
    const from = Date.parse('2026-10-20T04:00:00Z')
    expect(createChart('America/New_York', 'HOUR').ask({ from, until: from + 720 * hour }).calls).toBe(1)
    expect(createChart('America/New_York', 'HOUR').ask({ from, until: from + 721 * hour }).calls).toBe(2)
    expect(createChart('America/New_York', 'DAY').ask({ from, until: from + 365 * day }).calls).toBe(1)
    expect(createChart('America/New_York', 'DAY').ask({ from, until: from + 400 * day }).calls).toBe(2)
  })
})

describe('the fewest ranges', () => {
  it('hold every need, are as long as the source answers, and could not be fewer', () => {
    const grain = grainFor('HOUR')
    const start = Date.parse('2026-01-01T00:00:00Z')
    const holds = fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 120 }), { minLength: 1 }), days => {
      const asked = { from: start, until: start + 121 * day }
      const needs = [...days]
        .sort((a, b) => a - b)
        .map(each => needOf({ from: start + each * day, until: start + (each + 1) * day }, asked, grain))
      const ranges = fewestRanges(needs, grain)
      for (const need of needs) expect(ranges.some(range => isInside(need, range))).toBe(true)
      for (const { from, until } of ranges) expect(until - from).toBeLessThanOrEqual(grain.capMs)
      // No call can hold the first needs of two ranges.
      const firsts = ranges.map(range => needs.find(({ from }) => from === range.from) ?? range)
      for (const [index, first] of firsts.slice(1).entries()) expect(first.until - (firsts[index]?.from ?? 0)).toBeGreaterThan(grain.capMs)
    })
    fc.assert(holds)
  })
})

function seriesField(): PlannedField {
  const field = planOf(query).plan.series?.fields[0]?.field
  if (field === undefined) throw new TypeError('expected a series in the plan, but got none')
  return field
}

function grainFor(resolution: Resolution): Grain {
  const grain = grainOf(resolution, resolution === 'DAY' ? 365 * 24 : 720)
  if (grain === undefined) throw new TypeError(`expected a grain for ${resolution}, but got none`)
  return grain
}

function textOf({ from, until }: Period): string {
  return `${formatInstant(from)}/${formatInstant(until)}`
}

function intervalsIn(joined: unknown): readonly string[] {
  const { netUsage } = joined as { netUsage: readonly { reads: readonly { timeInterval: string }[] }[] }
  return netUsage[0]?.reads.map(({ timeInterval }) => timeInterval) ?? []
}
