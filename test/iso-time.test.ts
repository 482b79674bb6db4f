import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import { isoTime } from '../src/iso-time.js'

it('tells any moment as `Date` does, whatever was told before', () => {
  const moment = fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 })
  const apart = fc.integer({ min: -1_500, max: 1_500 })
  fc.assert(
    fc.property(moment, fc.array(apart, { maxLength: 5 }), (at, steps) => {
      for (const step of [0, ...steps]) expect(isoTime(at + step)).toBe(new Date(at + step).toISOString())
    }),
  )
})
