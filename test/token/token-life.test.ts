import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { backOffMs, readLifeMs, refreshAfterMs, usableForMs } from '../../src/token/token-life.js'

const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe('the life of a token', () => {
  it('is what the endpoint says, as a number or as text', () => {
    expect([3599, '3599', ' 3599 ', '3.6e3', 0.5, 90_000].map(readLifeMs)).toEqual([
      3_599_000, 3_599_000, 3_599_000, 3_600_000, 1_000, 86_400_000,
    ])
  })

  it('is five minutes when the endpoint says nothing that makes sense', () => {
    const nonsense = [undefined, null, '', ' ', 'soon', 0, '0', -1, '-3599', Number.NaN, -Infinity, true, {}, [], [3599]]
    expect(new Set(nonsense.map(readLifeMs))).toEqual(new Set([300_000]))
  })

  it('is at most a day, even when the endpoint says for ever', () => {
    expect([Infinity, 'Infinity', 1e308, '1e999', Number.MAX_SAFE_INTEGER].map(readLifeMs)).toEqual(Array(5).fill(86_400_000))
  })

  it('is between a second and a day, and its three points stand in order, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.double(), fc.double().map(String), fc.integer()), unit, (expiresIn, random) => {
        const life = readLifeMs(expiresIn)
        const [refresh, usable] = [refreshAfterMs(life, () => random), usableForMs(life)]
        expect(life).toBeGreaterThanOrEqual(1_000)
        expect(life).toBeLessThanOrEqual(86_400_000)
        expect(refresh).toBeGreaterThanOrEqual(life * 0.75)
        expect(refresh).toBeLessThan(life * 0.8 + 1e-6)
        expect(usable).toBeGreaterThan(refresh)
        expect(usable).toBeLessThan(life)
      }),
    )
  })
})

describe('the back-off', () => {
  it('doubles from one second to thirty, less at most half by chance', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), unit, (failures, random) => {
        const full = Math.min(30_000, 1_000 * 2 ** (failures - 1))
        const wait = backOffMs(failures, () => random)
        expect(wait).toBeGreaterThanOrEqual(full / 2)
        expect(wait).toBeLessThanOrEqual(full)
      }),
    )
  })
})
