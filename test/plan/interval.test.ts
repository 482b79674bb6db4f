import fc from 'fast-check'
import { describe, expect, it } from '@jest/globals'
import type { Period } from '../../src/plan/interval.js'
import {
  always,
  formatInstant,
  hull,
  intersect,
  isEmpty,
  isInside,
  isInsideAny,
  mergePeriods,
  narrowInterval,
  never,
  readInstant,
  readInterval,
} from '../../src/plan/interval.js'

const start = Date.parse('2020-01-01T00:00:00Z')
const end = Date.parse('2030-01-01T00:00:00Z')
const instant = fc.integer({ min: start, max: end })
const second = instant.map(at => Math.floor(at / 1000) * 1000)
const period: fc.Arbitrary<Period> = fc.tuple(instant, instant).map(([a, b]) => ({ from: Math.min(a, b), until: Math.max(a, b) }))
const open: fc.Arbitrary<Period> = fc.oneof(
  period,
  fc.constant(always),
  instant.map(from => ({ from, until: Infinity })),
  instant.map(until => ({ from: -Infinity, until })),
)

/** An instant as clients spell it, by Z or with an offset of its own. */
const written = fc.tuple(second, fc.integer({ min: -12 * 4, max: 14 * 4 })).map(([at, quarters]) => {
  if (quarters === 0) return { at, text: formatInstant(at) }
  const local = new Date(at + quarters * 900_000).toISOString().slice(0, 19)
  const [hours, minutes] = [Math.floor(Math.abs(quarters) / 4), (Math.abs(quarters) % 4) * 15].map(part => String(part).padStart(2, '0'))
  return { at, text: `${local}${quarters < 0 ? '-' : '+'}${hours}:${minutes}` }
})
const interval = fc
  .tuple(written, written)
  .filter(([a, b]) => a.at !== b.at)
  .map(([a, b]) =>
    a.at < b.at ? { from: a.at, until: b.at, text: `${a.text}/${b.text}` } : { from: b.at, until: a.at, text: `${b.text}/${a.text}` },
  )

describe('an interval', () => {
  it('is read however its halves are spelled', () => {
    fc.assert(fc.property(interval, ({ from, until, text }) => expect(readInterval(text)).toEqual({ from, until })))
  })

  it('that is reversed, empty, or anything else is none', () => {
    fc.assert(fc.property(interval, ({ text }) => expect(readInterval(text.split('/').reverse().join('/'))).toBeUndefined()))
    fc.assert(fc.property(written, ({ text }) => expect(readInterval(`${text}/${text}`)).toBeUndefined()))
    fc.assert(
      fc.property(fc.anything(), value => {
        const read = readInterval(value, { dates: true })
        if (read !== undefined) expect(read.from).toBeLessThan(read.until)
      }),
    )
  })

  it('once narrowed lies inside what it was and inside the period, and nothing that fits is lost', () => {
    fc.assert(
      fc.property(interval, open, ({ from, until, text }, to) => {
        const narrowed = narrowInterval(text, to)
        const both = intersect({ from, until }, to)
        const read = readInterval(narrowed)
        if (narrowed === undefined) expect(both.until - both.from).toBeLessThan(2_000)
        else expect(read !== undefined && isInside(read, both)).toBe(true)
        // Instants are written to the second, so up to a second is left out at either end.
        if (read !== undefined) expect(read.from - both.from < 1_000 && both.until - read.until < 1_000).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  it('that needs no narrowing keeps its spelling', () => {
    fc.assert(fc.property(interval, ({ text, from, until }) => expect(narrowInterval(text, { from, until })).toBe(text)))
    fc.assert(fc.property(interval, ({ text }) => expect(narrowInterval(text, always)).toBe(text)))
    fc.assert(fc.property(interval, ({ text }) => expect(narrowInterval(text, never)).toBeUndefined()))
  })
})

describe('an instant', () => {
  it('is read as it was written', () => {
    fc.assert(fc.property(second, at => expect(readInstant(formatInstant(at))).toBe(at)))
  })

  it.each(['2026-01-01', '2026-01-01T00:00:00', '2026-01-01T00:00Z ', '2026-13-01T00:00:00Z', '1', '', 'now', 'P1D'])(
    'is not read from %j',
    text => {
      expect(readInstant(text)).toBeUndefined()
    },
  )
})

describe('several periods', () => {
  const periods = fc.array(period, { maxLength: 8 })
  it('merged hold exactly the moments that one of them held, in order and apart', () => {
    fc.assert(
      fc.property(periods, instant, (each, at) => {
        const merged = mergePeriods(each)
        expect(merged.some(one => one.from <= at && at < one.until)).toBe(each.some(one => one.from <= at && at < one.until))
        for (const [index, one] of merged.entries()) expect(one.from).toBeGreaterThan(merged[index - 1]?.until ?? -Infinity)
        expect(merged.some(isEmpty)).toBe(false)
      }),
    )
  })

  it('hold whatever lies inside one of them', () => {
    fc.assert(
      fc.property(
        periods.filter(each => each.some(one => !isEmpty(one))),
        each => {
          const merged = mergePeriods(each)
          for (const one of each) if (!isEmpty(one)) expect(isInsideAny(one, merged)).toBe(true)
          expect(isInside(merged[0] ?? never, hull(each))).toBe(true)
        },
      ),
    )
  })
})
