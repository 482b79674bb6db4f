import fc from 'fast-check'
import { describe, expect, it } from '@jest/globals'
import type { Grant } from '../../src/accounts/grant.js'
import type { PageArguments } from '../../src/plan/page.js'
import { pageOf } from '../../src/plan/page.js'

const list = fc.nat(30).map(length => Array.from({ length }, (_, at): Grant => ({ urn: `urn:${at}`, role: 'holder' })))
const count = fc.option(fc.nat(12), { nil: null })
const position = fc.option(fc.nat(29), { nil: undefined })
const none: PageArguments = { first: null, last: null, after: undefined, before: undefined }

describe('a page of grants', () => {
  it('is a stretch of the list between its cursors, no longer than asked and no longer than the ceiling', () => {
    fc.assert(
      fc.property(list, count, count, position, position, fc.integer({ min: 1, max: 10 }), (all, first, last, after, before, pageSize) => {
        const page = pageOf(all, { first, last, after, before }, pageSize)
        expect(page.grants).toEqual(all.slice(page.offset, page.offset + page.grants.length))
        expect(page.grants.length).toBeLessThanOrEqual(Math.min(first ?? Infinity, last ?? Infinity, pageSize))
        if (page.grants.length > 0) {
          expect(page.offset).toBeGreaterThan(after ?? -1)
          expect(page.offset + page.grants.length).toBeLessThanOrEqual(before ?? Infinity)
          expect(page.hasNextPage).toBe(page.offset + page.grants.length < all.length)
          expect(page.hasPreviousPage).toBe(page.offset > 0)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('followed by the next ones gives every grant once and in order, whatever the ceiling', () => {
    fc.assert(
      fc.property(list, fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 5 }), (all, first, pageSize) => {
        const seen: Grant[] = []
        let page = pageOf(all, { ...none, first }, pageSize)
        seen.push(...page.grants)
        for (let turns = 0; page.hasNextPage && turns < 40; turns++) {
          page = pageOf(all, { ...none, first, after: page.offset + page.grants.length - 1 }, pageSize)
          seen.push(...page.grants)
        }
        expect(seen).toEqual(all)
      }),
    )
  })

  it('preceded by the ones before gives every grant once and in order', () => {
    fc.assert(
      fc.property(list, fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 5 }), (all, last, pageSize) => {
        let page = pageOf(all, { ...none, last }, pageSize)
        let seen = [...page.grants]
        for (let turns = 0; page.hasPreviousPage && turns < 40; turns++) {
          page = pageOf(all, { ...none, last, before: page.offset }, pageSize)
          seen = [...page.grants, ...seen]
        }
        expect(seen).toEqual(all)
      }),
    )
  })

  it('of a negative length is refused', () => {
    fc.assert(
      fc.property(list, fc.integer({ max: -1 }), (all, first) => expect(() => pageOf(all, { ...none, first }, 10)).toThrow(/zero or more/)),
    )
    fc.assert(
      fc.property(list, fc.integer({ max: -1 }), (all, last) => expect(() => pageOf(all, { ...none, last }, 10)).toThrow(/zero or more/)),
    )
  })
})
