import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { formatInstant, formatInterval, parseInterval } from '../../../simulator/series/iso.js'
import type { IntervalStyle } from '../../../simulator/series/iso.js'
import { localDayOf, localHour, localMidnight, midnightAfter, midnightBefore } from '../../../simulator/series/local-time.js'

const zone = 'America/Los_Angeles'
const may = { from: Date.parse('2026-05-01T07:00:00Z'), until: Date.parse('2026-05-31T07:00:00Z') }
const instants = fc
  .integer({ min: Date.parse('2015-01-01T00:00:00Z') / 1000, max: Date.parse('2035-01-01T00:00:00Z') / 1000 })
  .map(s => s * 1000)

describe('writing intervals', () => {
  it.each<[IntervalStyle, string]>([
    ['utc', '2026-05-01T07:00:00Z/2026-05-31T07:00:00Z'],
    ['offset', '2026-05-01T00:00:00-07:00/2026-05-31T00:00:00-07:00'],
    ['inclusive', '2026-05-01T00:00:00-07:00/2026-05-30T23:59:59-07:00'],
    ['date', '2026-05-01/2026-05-31'],
  ])('in the style %s gives %s', (style, text) => {
    expect(formatInterval(may, style, zone)).toBe(text)
  })

  it('gives each half its own offset over a change of the clock', () => {
    const november = { from: Date.parse('2026-10-31T07:00:00Z'), until: Date.parse('2026-11-02T08:00:00Z') }
    expect(formatInterval(november, 'offset', zone)).toBe('2026-10-31T00:00:00-07:00/2026-11-02T00:00:00-08:00')
  })

  it('never prints milliseconds', () => {
    expect(formatInstant(Date.parse('2026-05-01T07:00:00.987Z'))).toBe('2026-05-01T07:00:00Z')
  })
})

describe('reading intervals', () => {
  it('undoes writing, in Z and with offsets, in any zone', () => {
    const zones = fc.constantFrom('America/New_York', zone, 'Asia/Kathmandu', 'UTC')
    fc.assert(
      fc.property(instants, instants, zones, fc.constantFrom<IntervalStyle>('utc', 'offset'), (one, other, where, style) => {
        fc.pre(one !== other)
        const interval = { from: Math.min(one, other), until: Math.max(one, other) }
        expect(parseInterval(formatInterval(interval, style, where))).toEqual(interval)
      }),
    )
  })

  it('takes a different offset on each half, and minutes without seconds', () => {
    const march = { from: Date.parse('2026-03-01T08:00:00Z'), until: Date.parse('2026-03-30T07:00:00Z') }
    expect(parseInterval('2026-03-01T00:00-08:00/2026-03-30T00:00:00.000-07:00')).toEqual(march)
  })

  it.each([
    ['no interval at all', 'yesterday'],
    ['three parts', '2026-05-01T07:00:00Z/2026-05-02T07:00:00Z/2026-05-03T07:00:00Z'],
    ['reversed', '2026-05-02T07:00:00Z/2026-05-01T07:00:00Z'],
    ['empty', '2026-05-01T07:00:00Z/2026-05-01T07:00:00Z'],
    ['bare dates', '2026-05-01/2026-05-02'],
    ['without a zone', '2026-05-01T07:00:00/2026-05-02T07:00:00'],
    ['a duration as end', '2026-05-01T07:00:00Z/P30D'],
    ['a duration as start', 'PT24H/2026-05-01T07:00:00Z'],
    ['a day that does not exist', '2026-02-30T07:00:00Z/2026-05-01T07:00:00Z'],
    ['an offset that does not exist', '2026-05-01T07:00:00+19:00/2026-05-02T07:00:00Z'],
  ])('refuses %s: %s', (_, text) => {
    expect(parseInterval(text)).toEqual({ error: expect.any(String) })
  })

  it('takes bare dates as local midnights only where they are allowed', () => {
    expect(parseInterval('2026-05-01/2026-05-31', { datesIn: zone })).toEqual(may)
    expect(parseInterval('2026-02-30/2026-05-31', { datesIn: zone })).toEqual({ error: expect.any(String) })
  })

  it('never throws, whatever the text', () => {
    fc.assert(fc.property(fc.string(), text => expect(parseInterval(text)).toEqual({ error: expect.any(String) })))
  })
})

describe('local days', () => {
  it('hold each instant, and begin at zero hours on the wall clock', () => {
    fc.assert(
      fc.property(instants, fc.constantFrom('America/New_York', zone, 'Europe/Berlin', 'Asia/Kathmandu'), (ms, where) => {
        const day = localDayOf(where, ms)
        expect(localMidnight(where, day)).toBeLessThanOrEqual(ms)
        expect(localMidnight(where, day + 1)).toBeGreaterThan(ms)
        const clock = new Intl.DateTimeFormat('en-GB', { timeZone: where, timeStyle: 'short', dateStyle: 'short' })
        const [date, , month] = [...new Date(day * 86_400_000).toISOString().slice(0, 10).split('-')].reverse()
        expect(clock.format(localMidnight(where, day))).toContain(`${date}/`)
        expect(clock.format(localMidnight(where, day))).toContain('00:00')
        expect(month).toHaveLength(4)
      }),
    )
  })

  it('begin with the jump where the clock skips midnight', () => {
    const skipped = Date.UTC(2026, 8, 6) / 86_400_000
    expect(formatInstant(localMidnight('America/Santiago', skipped))).toBe('2026-09-06T04:00:00Z')
    expect(localDayOf('America/Santiago', Date.parse('2026-09-06T04:00:00Z'))).toBe(skipped)
  })

  it('keep the evening at its hour on days of a clock change', () => {
    const day = Date.UTC(2026, 10, 1) / 86_400_000
    expect(localHour(zone, day, Date.parse('2026-11-02T04:00:00Z'))).toBe(20)
  })

  it('are found before and after an instant', () => {
    expect(midnightBefore(zone, may.from + 1)).toBe(may.from)
    expect(midnightBefore(zone, may.from)).toBe(may.from)
    expect(midnightAfter(zone, may.until - 1)).toBe(may.until)
    expect(midnightAfter(zone, may.until)).toBe(may.until)
  })
})
