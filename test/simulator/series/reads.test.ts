import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { assertCanary, isCanary } from '../../../simulator/series/canaries.js'
import { readsOf, registersOf } from '../../../simulator/series/reads.js'
import { usageOf } from '../../../simulator/series/usage.js'
import type { Interval, Meter, Read, ReadQuery, SeriesResolution } from '../../../simulator/series/types.js'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const now = Date.parse('2026-12-01T18:00:00Z')
const zones = ['America/New_York', 'America/Los_Angeles', 'America/Chicago']
const lengths = { QUARTER_HOUR: hourMs / 4, HALF_HOUR: hourMs / 2, HOUR: hourMs }

function meterOf(over: Partial<Meter> = {}): Meter {
  return { seed: 'test', zone: 'America/New_York', shape: 'evening', unit: 'KWH', from: Date.parse('2023-12-01T05:00:00Z'), ...over }
}

function read(meter: Meter, resolution: SeriesResolution, window: Interval, over: Partial<ReadQuery> = {}): Read[] {
  return readsOf(meter, { quantity: 'NET_USAGE', now, resolution, ...window, ...over })
}

function day(text: string): Interval {
  const [from = '', until = ''] = text.split('/')
  return { from: Date.parse(from), until: Date.parse(until) }
}

function total(reads: readonly Read[]): number {
  return reads.reduce((sum, { micro }) => sum + (micro ?? NaN), 0)
}

const anyCanary = fc
  .tuple(fc.integer({ min: 2, max: 8 }), fc.integer({ min: 2, max: 8 }), fc.integer({ min: 1, max: 8 }))
  .map(([a, b, c]) => 9000 + 100 * a + 10 * b + c)
const anyMeter = fc.record({
  seed: fc.string(),
  zone: fc.constantFrom(...zones),
  shape: fc.constantFrom('flat', 'evening', 'shop', 'solar'),
  canary: fc.option(anyCanary, { nil: undefined }),
})
const anyWindow = fc
  .tuple(fc.integer({ min: Date.parse('2024-01-01T00:00:00Z'), max: now - 6 * dayMs }), fc.integer({ min: 1, max: 5 * dayMs }))
  .map(([from, length]) => ({ from, until: from + length }))

describe('reads', () => {
  it('are in step: longer reads are exactly the sum of the shorter ones, as printed', () => {
    fc.assert(
      fc.property(anyMeter, anyWindow, fc.constantFrom('DELIVERED', 'RECEIVED', 'NET_USAGE'), ({ canary, ...shape }, window, quantity) => {
        const meter = meterOf({ ...shape, canaryAt: () => canary })
        for (const [longer, shorter] of [
          ['HALF_HOUR', 'QUARTER_HOUR'],
          ['HOUR', 'HALF_HOUR'],
          ['DAY', 'HOUR'],
        ] as const) {
          for (const whole of read(meter, longer, window, { quantity })) {
            expect(total(read(meter, shorter, whole, { quantity }))).toBe(whole.micro)
            expect(String(whole.value)).toMatch(/^-?\d+(\.\d{1,6})?$/)
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  it('lie wholly in the window, next to each other, on boundaries, and fill it', () => {
    fc.assert(
      fc.property(anyWindow, fc.constantFrom('QUARTER_HOUR', 'HALF_HOUR', 'HOUR'), (window, resolution) => {
        const length = lengths[resolution]
        const reads = read(meterOf(), resolution, window)
        const first = Math.ceil(window.from / length) * length
        expect(reads.map(({ from }) => from)).toEqual(reads.map((_, index) => first + index * length))
        expect(reads).toHaveLength(Math.max(0, Math.floor((window.until - first) / length)))
      }),
    )
  })

  it('are none in a window shorter than one read', () => {
    const from = Date.parse('2026-06-01T10:00:00Z')
    expect(read(meterOf(), 'HOUR', { from, until: from + hourMs - 1 })).toEqual([])
    expect(read(meterOf(), 'DAY', { from: Date.parse('2026-06-01T04:00:00Z'), until: Date.parse('2026-06-02T03:59:59Z') })).toEqual([])
  })

  it('give the same answer each time, and another for another seed', () => {
    const window = day('2026-06-01T04:00:00Z/2026-06-03T04:00:00Z')
    expect(read(meterOf(), 'HOUR', window)).toEqual(read(meterOf(), 'HOUR', window))
    expect(read(meterOf({ seed: 'other' }), 'HOUR', window)).not.toEqual(read(meterOf(), 'HOUR', window))
  })

  it.each([
    ['America/New_York', '2026-03-08T05:00:00Z/2026-03-09T04:00:00Z', 23],
    ['America/New_York', '2026-11-01T04:00:00Z/2026-11-02T05:00:00Z', 25],
    ['America/Los_Angeles', '2026-03-08T08:00:00Z/2026-03-09T07:00:00Z', 23],
    ['America/Los_Angeles', '2026-11-01T07:00:00Z/2026-11-02T08:00:00Z', 25],
    ['America/Phoenix', '2026-03-08T07:00:00Z/2026-03-09T07:00:00Z', 24],
  ])('of a day in %s, %s, are one day of %d hours', (zone, text, hours) => {
    const meter = meterOf({ zone })
    const [only, ...more] = read(meter, 'DAY', day(text))
    expect(more).toEqual([])
    expect(only).toMatchObject(day(text))
    const inHours = read(meter, 'HOUR', day(text))
    expect(inHours).toHaveLength(hours)
    expect(total(inHours)).toBe(only?.micro)
  })

  it('begin with the register and end with the last local midnight', () => {
    const meter = meterOf({ shape: 'solar', registersFrom: { RECEIVED: Date.parse('2025-05-01T04:00:00Z') } })
    const everything = { from: 0, until: Date.parse('2030-01-01T00:00:00Z') }
    const received = read(meter, 'DAY', everything, { quantity: 'RECEIVED' })
    expect(received[0]?.from).toBe(Date.parse('2025-05-01T04:00:00Z'))
    expect(received.at(-1)?.until).toBe(Date.parse('2026-12-01T05:00:00Z'))
    expect(read(meter, 'DAY', everything)[0]?.from).toBe(meter.from)
    expect(registersOf(meter, now).map(({ quantity }) => quantity)).toEqual(['DELIVERED', 'RECEIVED', 'NET_USAGE'])
    expect(registersOf(meterOf({ from: now }), now)[0]?.available).toBeUndefined()
  })

  it('of gas exist by the day alone, much more of them in winter', () => {
    const gas = meterOf({ shape: 'gas', unit: 'TH' })
    expect(read(gas, 'HOUR', day('2026-01-10T05:00:00Z/2026-01-12T05:00:00Z'))).toEqual([])
    const winter = total(read(gas, 'DAY', day('2026-01-01T05:00:00Z/2026-02-01T05:00:00Z')))
    expect(winter).toBeGreaterThan(4 * total(read(gas, 'DAY', day('2026-07-01T04:00:00Z/2026-08-01T04:00:00Z'))))
  })

  it('of a solar home are delivered minus received, about -5 kWh in the noon hour of a summer day', () => {
    const meter = meterOf({ shape: 'solar', zone: 'America/Los_Angeles' })
    const window = day('2026-06-01T07:00:00Z/2026-07-01T07:00:00Z')
    const [net, delivered, received] = (['NET_USAGE', 'DELIVERED', 'RECEIVED'] as const).map(quantity =>
      read(meter, 'HOUR', window, { quantity }),
    )
    expect(net?.map(({ micro }) => micro)).toEqual(delivered?.map(({ micro }, at) => (micro ?? NaN) - (received?.[at]?.micro ?? NaN)))
    const lowest = Math.min(...(net ?? []).map(({ value }) => value ?? NaN))
    expect(lowest).toBeGreaterThan(-7)
    expect(lowest).toBeLessThan(-4)
  })

  it('of a flat household are 0.09 to 0.26 kWh a quarter', () => {
    for (const { value } of read(meterOf({ shape: 'flat' }), 'QUARTER_HOUR', day('2026-05-01T04:00:00Z/2026-05-31T04:00:00Z'))) {
      expect(value).toBeGreaterThanOrEqual(0.09)
      expect(value).toBeLessThan(0.26)
    }
  })

  it('make the sum that usage over the same days is', () => {
    const window = day('2026-02-20T05:00:00Z/2026-03-22T04:00:00Z')
    expect(usageOf(meterOf(), 'NET_USAGE', window)).toBe(total(read(meterOf(), 'DAY', window)))
  })
})

describe('costs', () => {
  const window = { from: now - 20 * dayMs, until: now }

  it('are the usage at 0.33626 a kWh, and absent or zero on the newest days', () => {
    const nulls = read(meterOf(), 'DAY', window, { pricing: { rate: 'FLAT', lagDays: 3 } })
    expect(nulls.slice(-4).map(({ cost }) => cost === null)).toEqual([false, true, true, true])
    for (const { micro, cost } of nulls.slice(0, -3)) expect(cost).toBe(Math.round(((micro ?? 0) / 1e6) * 33.626) / 100)
    const zeros = read(meterOf(), 'DAY', window, { pricing: { rate: 'FLAT', lagDays: 1, lagAs: 'zero' } })
    expect(zeros.at(-1)).toMatchObject({ cost: 0, components: [{ cost: 0 }] })
  })

  it('are split at the peak on summer weekdays, and the parts add up', () => {
    const july = day('2026-07-01T04:00:00Z/2026-07-08T04:00:00Z')
    const days = read(meterOf(), 'DAY', july, { pricing: { rate: 'TIME_OF_USE' } })
    expect(days.map(({ components }) => components.length)).toEqual([2, 2, 2, 1, 1, 2, 2])
    for (const { micro, cost, components } of days) {
      expect(components.reduce((sum, part) => sum + part.micro, 0)).toBe(micro)
      expect(components.reduce((sum, part) => sum + Math.round((part.cost ?? NaN) * 100), 0)).toBe(Math.round((cost ?? NaN) * 100))
    }
    const peaks = read(meterOf(), 'HOUR', july).filter(({ isPeakPeriod }) => isPeakPeriod)
    expect(peaks).toHaveLength(5 * 5)
  })
})

describe('canaries', () => {
  const moved = Date.parse('2026-03-08T05:00:00Z')
  const around = { from: moved - 3 * dayMs, until: moved + 4 * dayMs }
  const autumn = day('2026-10-31T04:00:00Z/2026-11-03T05:00:00Z')
  const resolutions = ['QUARTER_HOUR', 'HALF_HOUR', 'HOUR', 'DAY'] as const

  it.each([
    ['QUARTER_HOUR', 1 / 2],
    ['HALF_HOUR', 1 / 3],
    ['HOUR', 2 / 3],
    ['DAY', 1],
  ] as const)('show as they are in reads of a %s, in a share of %d', (resolution, share) => {
    fc.assert(
      fc.property(anyCanary, fc.constantFrom('flat', 'evening', 'shop'), fc.string(), (canary, shape, seed) => {
        const meter = meterOf({ shape, seed, canaryAt: () => canary })
        for (const window of [around, autumn]) {
          const reads = read(meter, resolution, window)
          const showing = reads.filter(({ value }) => (value ?? NaN).toFixed(6).endsWith(String(canary)))
          expect(Math.abs(showing.length / reads.length - share)).toBeLessThan(0.03)
        }
      }),
      { numRuns: 20 },
    )
  })

  it('show in the first quarter of each half-hour, so that the shortest leak is seen', () => {
    const reads = read(meterOf({ canaryAt: () => 9232 }), 'QUARTER_HOUR', around)
    expect(reads.every(({ value }, at) => at % 2 === 1 || (value ?? NaN).toFixed(6).endsWith('9232'))).toBe(true)
  })

  it('are never imitated: no decimals of any read look like anybody else, across all resolutions and changes of the clock', () => {
    const shapes = fc.constantFrom('flat', 'evening', 'shop', 'solar', 'gas')
    const quantities = fc.constantFrom('NET_USAGE', 'DELIVERED', 'RECEIVED')
    const anyone = fc.option(anyCanary, { nil: undefined })
    fc.assert(
      fc.property(anyone, anyone, shapes, quantities, fc.string(), (dora, emil, shape, quantity, seed) => {
        const meter = meterOf({ shape, seed, canaryAt: ms => (ms < moved ? dora : emil) })
        for (const resolution of resolutions) {
          for (const { from, value } of [around, autumn].flatMap(window => read(meter, resolution, window, { quantity }))) {
            expect(canariesIn(value).filter(canary => canary !== (from < moved ? dora : emil))).toEqual([])
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  it('show in each solar register over the hours in which it moves, the other one being at zero', () => {
    const meter = meterOf({ shape: 'solar', canaryAt: () => 9323 })
    const [delivered, received] = (['DELIVERED', 'RECEIVED'] as const).map(quantity => read(meter, 'QUARTER_HOUR', around, { quantity }))
    for (const [at, { value }] of (delivered ?? []).entries()) expect([value, received?.[at]?.value]).toContain(0)
    for (const quantity of ['DELIVERED', 'RECEIVED'] as const) {
      for (const { value } of read(meter, 'DAY', around, { quantity })) expect((value ?? NaN).toFixed(6)).toMatch(/9323$/)
    }
  })

  it('stand in each day of gas as they are', () => {
    const gas = meterOf({ shape: 'gas', unit: 'TH', canaryAt: () => 9323 })
    for (const { value } of read(gas, 'DAY', around)) expect(String(value)).toMatch(/9323$/)
  })

  it('are refused when they could be taken for something else', () => {
    for (const wrong of [1234, 9123, 9290, 92345, 9.5]) expect(() => assertCanary(wrong)).toThrow(TypeError)
    expect(isCanary(9232)).toBe(true)
    for (const shape of ['flat', 'gas'] as const) {
      expect(() => read(meterOf({ shape, canaryAt: () => 1234 }), 'DAY', around)).toThrow('but got: 1234')
    }
  })
})

/** Every four neighbouring digits of a printed number that could be somebody's canary. */
function canariesIn(value: number | null): number[] {
  return [...String(value).matchAll(/(?=(\d{4}))/g)].map(([, digits]) => Number(digits)).filter(isCanary)
}
