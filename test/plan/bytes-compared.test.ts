import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { instantIn } from '../../src/plan/bytes/instants.js'
import { attempt, Scanner } from '../../src/plan/bytes/scanner.js'
import { Token } from '../../src/plan/bytes/token.js'
import { readInstant } from '../../src/plan/interval.js'

describe('bytes that are compared four at a time', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '"', 'é', '\u0000', '😀'), maxLength: 14 })
  /** Whatever stands around the bytes in memory must not be taken for a part of them. */
  const within = (whole: string, around: string) =>
    Buffer.from(around + whole + around).subarray(Buffer.byteLength(around), Buffer.byteLength(around + whole))

  it('are the expected ones exactly where they are byte by byte', () => {
    fc.assert(
      fc.property(text, text, text, fc.nat({ max: 60 }), (before, expected, around, place) => {
        const whole = before + expected + before
        const bytes = within(whole, around + expected)
        const at = place % (bytes.length + 2)
        const wanted = Buffer.from(expected)
        const isThere = at + wanted.length <= bytes.length && bytes.subarray(at, at + wanted.length).equals(wanted)
        const scanner = new Scanner(bytes)
        scanner.at = at
        expect(scanner.takeIf(new Token(expected))).toBe(isThere)
        expect(scanner.at).toBe(isThere ? at + wanted.length : at)
        scanner.at = at
        expect(attempt(() => (scanner.takeAll(new Token(expected)), true))).toBe(isThere ? true : undefined)
      }),
      { numRuns: 2_000 },
    )
  })

  it('are the same in two places exactly where they are byte by byte', () => {
    const places = fc.tuple(fc.nat({ max: 40 }), fc.nat({ max: 40 }), fc.nat({ max: 24 }))
    fc.assert(
      fc.property(text, text, text, places, (one, two, around, [first, second, length]) => {
        const bytes = within(one + two + one, around)
        const isThere = Math.max(first, second) + length <= bytes.length
        const isEqual = bytes.subarray(first, first + length).equals(bytes.subarray(second, second + length))
        expect(new Scanner(bytes).isSame(first, second, length)).toBe(isThere && isEqual)
      }),
      { numRuns: 2_000 },
    )
  })
})

it('an instant is read from its bytes as it is from its text, or not at all', () => {
  const two = (max: number) => fc.integer({ min: 0, max }).map(each => String(each).padStart(2, '0'))
  const zone = fc.oneof(
    fc.constant('Z'),
    fc.tuple(fc.constantFrom('+', '-'), two(25), two(61)).map(([sign, hours, minutes]) => `${sign}${hours}:${minutes}`),
  )
  const written = fc
    .tuple(two(30), two(99), two(13), two(32), two(25), two(61), two(61), zone)
    .map(
      ([century, year, month, date, hours, minutes, seconds, end]) =>
        `${century}${year}-${month}-${date}T${hours}:${minutes}:${seconds}${end}`,
    )
  const harm = fc.option(fc.tuple(fc.nat(), fc.constantFrom(...'0189-+:TZtz ./x\u0000é')), { freq: 2 })
  let read = 0
  fc.assert(
    fc.property(written, harm, (good, change) => {
      const place = (change?.[0] ?? 0) % good.length
      const text = change == null ? good : good.slice(0, place) + change[1] + good.slice(place + 1)
      const bytes = Buffer.from(`"${text}"`)
      const found = instantIn(bytes, 1, bytes.length - 1)
      if (Number.isNaN(found)) return
      read += 1
      expect([text, readInstant(text)]).toEqual([text, found])
    }),
    { numRuns: 5_000 },
  )
  expect(read).toBeGreaterThan(300)
})
