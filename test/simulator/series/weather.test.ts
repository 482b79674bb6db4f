import { describe, expect, it } from '@jest/globals'
import { formatInterval } from '../../../simulator/series/iso.js'
import { intervalReadsOf } from '../../../simulator/series/interval-reads.js'
import { readsOf } from '../../../simulator/series/reads.js'
import { ratesOf } from '../../../simulator/series/rates.js'
import { weatherOf } from '../../../simulator/series/weather.js'
import type { Meter, WeatherQuery } from '../../../simulator/series/types.js'

const hourMs = 3_600_000
const zone = 'America/New_York'
const now = Date.parse('2026-12-01T18:00:00Z')
const meter: Meter = { seed: 'test', zone, shape: 'evening', unit: 'KWH', from: Date.parse('2023-12-01T05:00:00Z') }

function weather(from: string, until: string, over: Partial<WeatherQuery> = {}) {
  const query = { from: Date.parse(from), until: Date.parse(until), resolution: 'DAILY', unit: 'FAHRENHEIT', now, ...over } as const
  return weatherOf({ seed: 'here', zone }, query)
}

describe('weather', () => {
  it('is one entry a local day, warm in July and cold in January', () => {
    const july = weather('2026-07-01T04:00:00Z', '2026-08-01T04:00:00Z')
    expect(july).toHaveLength(31)
    expect(july[2] && formatInterval(july[2], 'date', zone)).toBe('2026-07-03/2026-07-04')
    expect(Math.min(...july.map(({ mean }) => mean))).toBeGreaterThan(65)
    for (const { mean } of weather('2026-01-01T05:00:00Z', '2026-02-01T05:00:00Z')) expect(mean).toBeLessThan(45)
    for (const { min, mean, max } of july) expect([min < mean, mean < max]).toEqual([true, true])
  })

  it('is one entry for the whole window, or one an hour, where that is asked for', () => {
    expect(weather('2026-07-01T04:00:00Z', '2026-08-01T04:00:00Z', { resolution: 'MULTI_DAY' })).toHaveLength(1)
    expect(weather('2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z', { resolution: 'HOURLY' })).toHaveLength(25)
  })

  it('is the same in both units', () => {
    const [fahrenheit] = weather('2026-07-01T04:00:00Z', '2026-07-02T04:00:00Z')
    const [celsius] = weather('2026-07-01T04:00:00Z', '2026-07-02T04:00:00Z', { unit: 'CELSIUS' })
    expect(celsius?.mean).toBeCloseTo((((fahrenheit?.mean ?? NaN) - 32) * 5) / 9, 0)
  })

  it('knows no day that is not over', () => {
    expect(weather('2026-11-30T05:00:00Z', '2026-12-03T05:00:00Z')).toHaveLength(1)
    expect(weather('2026-12-02T05:00:00Z', '2026-12-03T05:00:00Z', { resolution: 'MULTI_DAY' })).toEqual([])
  })
})

describe('near-real-time reads', () => {
  const query = { quantity: 'NET_USAGE', resolution: 'QUARTER_HOUR', now, unverified: true } as const

  it('are the newest 24 hours, end 45 to 60 minutes ago and lack a few quarters', () => {
    const counts = Array.from({ length: 60 }, (_, days) => {
      const reads = intervalReadsOf(meter, { ...query, now: now - days * 24 * hourMs - 5 * 60_000 })
      expect(reads).toHaveLength(96)
      const age = now - days * 24 * hourMs - 5 * 60_000 - (reads.at(-1)?.until ?? NaN)
      expect(age).toBeGreaterThanOrEqual(45 * 60_000)
      expect(age).toBeLessThan(60 * 60_000)
      return reads.filter(({ value }) => value === null).length
    })
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length
    expect(mean).toBeGreaterThan(2.5)
    expect(mean).toBeLessThan(5.5)
  })

  it('are at most 24 hours, the last of the window', () => {
    const until = now - 48 * hourMs
    const reads = intervalReadsOf(meter, { ...query, from: until - 30 * hourMs, until })
    expect(reads[0]?.from).toBe(until - 24 * hourMs)
    expect(reads).toHaveLength(96)
  })

  it('are the verified reads otherwise, where they are not missing', () => {
    const until = Date.parse('2026-11-20T05:00:00Z')
    const raw = intervalReadsOf(meter, { ...query, unverified: false, resolution: 'HOUR', from: until - 24 * hourMs, until })
    const verified = readsOf(meter, { quantity: 'NET_USAGE', resolution: 'HOUR', from: until - 24 * hourMs, until, now })
    expect(raw.map(({ micro }) => micro)).toEqual(verified.map(({ micro }) => micro))
  })

  it('are null in the three hours around a change of the clock', () => {
    const change = Date.parse('2026-11-01T06:00:00Z')
    const reads = intervalReadsOf(meter, {
      ...query,
      unverified: false,
      resolution: 'HOUR',
      from: change - 4 * hourMs,
      until: change + 5 * hourMs,
    })
    expect(reads.filter(({ value }) => value === null).map(({ from }) => (from - change) / hourMs)).toEqual([-1, 0, 1])
  })

  it('do not exist for gas', () => {
    expect(intervalReadsOf({ ...meter, shape: 'gas', unit: 'TH' }, query)).toEqual([])
  })
})

describe('rates', () => {
  it('are one flat price, or one for the peak and one for the rest', () => {
    expect(ratesOf('FLAT')).toMatchObject([{ rateType: 'FLAT', costPerUnit: 0.33626, timeOfUsePeriod: null }])
    expect(ratesOf('TIME_OF_USE').map(({ timeOfUsePeriod }) => timeOfUsePeriod?.timeOfUse)).toEqual(['ON_PEAK', 'OFF_PEAK'])
    expect(ratesOf('TIME_OF_USE', 'TH')).toMatchObject([{ rateType: 'FLAT' }])
  })
})
