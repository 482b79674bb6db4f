import fc from 'fast-check'
import { describe, expect, it } from '@jest/globals'
import type { CursorPlace } from '../../src/plan/cursors.js'
import { createCursorSeal } from '../../src/plan/cursors.js'

const seal = createCursorSeal()
const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('', '"', '","', 'a', 'a","a'))
const place: fc.Arbitrary<CursorPlace> = fc.record({ coordinate: text, parent: text, arguments: text, scopeKey: text })

describe('a sealed cursor', () => {
  it('opens at its own place and says what was sealed', () => {
    fc.assert(fc.property(place, text, (at, cursor) => expect(seal.open(at, seal.seal(at, cursor))).toBe(Buffer.from(cursor).toString())))
  })

  it('opens at no other place, however alike the two are spelled', () => {
    fc.assert(
      fc.property(place, place, text, (at, other, cursor) => {
        fc.pre(JSON.stringify(at) !== JSON.stringify(other))
        expect(seal.open(other, seal.seal(at, cursor))).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })

  it('opens nowhere when one part of its place is another', () => {
    const part = fc.constantFrom<keyof CursorPlace>('coordinate', 'parent', 'arguments', 'scopeKey')
    fc.assert(
      fc.property(place, part, text, text, (at, name, value, cursor) => {
        fc.pre(at[name] !== value)
        expect(seal.open({ ...at, [name]: value }, seal.seal(at, cursor))).toBeUndefined()
      }),
    )
  })

  it('opens nowhere once any part of it was moved into another', () => {
    const at = { coordinate: 'a', parent: 'bc', arguments: 'd', scopeKey: 'e' }
    for (const other of [
      { ...at, coordinate: 'ab', parent: 'c' },
      { ...at, parent: 'b', arguments: 'cd' },
      { ...at, coordinate: 'a","b', parent: 'c' },
    ])
      expect(seal.open(other, seal.seal(at, 'x'))).toBeUndefined()
  })

  it('opens nowhere with any bit changed, cut, or added', () => {
    fc.assert(
      fc.property(place, text, fc.nat(), fc.integer({ min: 0, max: 7 }), (at, cursor, index, bit) => {
        const sealed = seal.seal(at, cursor)
        const bytes = Buffer.from(sealed, 'base64url')
        const position = index % bytes.length
        bytes[position] = (bytes[position] ?? 0) ^ (1 << bit)
        expect(seal.open(at, bytes.toString('base64url'))).toBeUndefined()
        expect(seal.open(at, sealed.slice(0, -1))).toBeUndefined()
        for (const more of [`${sealed}A`, `${sealed}=`, ` ${sealed}`, `${sealed}\n`]) expect(seal.open(at, more)).toBeUndefined()
      }),
    )
  })

  it('of another process opens nowhere, and neither does anything else', () => {
    const other = createCursorSeal()
    fc.assert(fc.property(place, text, (at, cursor) => expect(other.open(at, seal.seal(at, cursor))).toBeUndefined()))
    fc.assert(
      fc.property(place, fc.oneof(fc.string(), fc.base64String()), (at, anything) => expect(seal.open(at, anything)).toBeUndefined()),
    )
  })

  it('shows nothing of what is in it, and is never the same twice', () => {
    fc.assert(
      fc.property(place, fc.string({ minLength: 6 }), (at, cursor) => {
        const [one, two] = [seal.seal(at, cursor), seal.seal(at, cursor)]
        expect(one).not.toBe(two)
        expect(Buffer.from(one, 'base64url').includes(cursor)).toBe(false)
      }),
    )
  })
})
