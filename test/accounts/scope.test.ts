import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Grant, GrantSet } from '../../src/accounts/grant.js'
import { personalGroups } from '../../src/accounts/grant.js'
import { createScope } from '../../src/accounts/scope.js'
import type { Subject } from '../../src/session/session.js'
import { subjectKey } from '../../src/session/session.js'
import { sessionOf, urnOf } from './test-directory.js'

const now = Date.UTC(2026, 5, 1)

/** Few values, so that near misses are common. */
const bound = fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined })
const fields = fc.option(fc.subarray([...personalGroups].slice(0, 2)), { nil: undefined })
const premises = fc.option(fc.subarray(['1', '2']), { nil: undefined })
const write = fc.option(fc.boolean(), { nil: undefined })
const grant: fc.Arbitrary<Grant> = fc
  .record({
    number: fc.integer({ min: 1, max: 4 }),
    role: fc.constantFrom('holder', 'household', 'landlord', 'third_party'),
    more: fc.record({ fields, write, premises, dataFrom: bound, dataUntil: bound }),
  })
  .map(({ number, role, more }) => {
    const given = Object.entries(more).filter(([, value]) => value !== undefined)
    return { urn: urnOf(number), role, ...Object.fromEntries(given) }
  })
const grants = fc.uniqueArray(grant, { selector: ({ urn }) => urn, maxLength: 4 })
const grantSet: fc.Arbitrary<GrantSet> = fc.record({ grants, version: fc.constantFrom('', '1', '11', '2') })
const name = fc.constantFrom('a', 'b', 'ab', '"', '","', 'null')
const subject: fc.Arbitrary<Subject> = fc.record({ issuer: name, sub: name })

/** What decides the answer to a question, spelled out by hand. */
function essenceOf({ grants, version }: GrantSet): string {
  const accounts = grants.map(({ urn, role, fields, write, premises, dataFrom, dataUntil }) => {
    return [urn, role, fields ?? 'by role', write ?? 'by role', premises ?? 'any', dataFrom ?? 'open', dataUntil ?? 'open']
  })
  return JSON.stringify({ accounts, version })
}

function scopeOf(subject: Subject, set: GrantSet) {
  return createScope(sessionOf('x', { subject }), set, now)
}

describe('the scope key', () => {
  it('differs exactly when grants, roles, shown fields, rights, periods, order or version differ', () => {
    fc.assert(
      fc.property(grantSet, grantSet, subject, (one, other, who) => {
        const areSame = essenceOf(one) === essenceOf(other)
        expect(scopeOf(who, one).key === scopeOf(who, other).key).toBe(areSame)
      }),
      { numRuns: 2000 },
    )
  })

  it('is shared by people who see the same accounts in the same role, and their person keys are not', () => {
    fc.assert(
      fc.property(grantSet, subject, subject, (set, one, other) => {
        const isSamePerson = subjectKey(one) === subjectKey(other)
        expect(scopeOf(one, set).key === scopeOf(other, set).key).toBe(isSamePerson || set.grants.length > 0)
        expect(scopeOf(one, set).personKey === scopeOf(other, set).personKey).toBe(isSamePerson)
      }),
      { numRuns: 2000 },
    )
  })

  it('of people without accounts is their own', () => {
    const none = { grants: [], version: 'v1' }
    const [nadia, omar] = ['nadia', 'omar'].map(sub => createScope(sessionOf(sub), none, now))
    expect(nadia?.key).not.toBe(omar?.key)
    expect(nadia?.personKey).not.toBe(omar?.personKey)
  })

  it('is never a person key', () => {
    fc.assert(
      fc.property(grantSet, grantSet, subject, subject, (one, other, first, second) => {
        expect(scopeOf(first, one).key).not.toBe(scopeOf(second, other).personKey)
      }),
    )
  })

  it('differs between utilities and between defaults', () => {
    const set = { grants: [1, 2].map(number => ({ urn: urnOf(number), role: 'holder' as const })), version: 'v1' }
    const keys = [
      createScope(sessionOf('a'), set, now),
      createScope(sessionOf('a', { utilityCode: 'abcd' }), set, now),
      createScope(sessionOf('a'), { ...set, defaultUrn: urnOf(2) }, now),
    ].map(({ key }) => key)
    expect(new Set(keys).size).toBe(3)
  })
})

describe('a scope', () => {
  const withPeriod = (validFrom: number, validUntil: number) => ({
    version: 'v1',
    defaultUrn: urnOf(1),
    grants: [
      { urn: urnOf(1), role: 'household' as const, validFrom, validUntil },
      { urn: urnOf(2), role: 'holder' as const },
    ],
  })

  it('holds a grant from its first moment to just before its last', () => {
    const urnsAt = (at: number) => createScope(sessionOf('a'), withPeriod(now, now + 10), at).grants.map(({ urn }) => urn)
    expect(urnsAt(now - 1)).toEqual([urnOf(2)])
    expect(urnsAt(now)).toEqual([urnOf(1), urnOf(2)])
    expect(urnsAt(now + 9)).toEqual([urnOf(1), urnOf(2)])
    expect(urnsAt(now + 10)).toEqual([urnOf(2)])
  })

  it('falls back to its first account when the default does not hold now', () => {
    expect(createScope(sessionOf('a'), withPeriod(now, now + 10), now).defaultUrn).toBe(urnOf(1))
    expect(createScope(sessionOf('a'), withPeriod(now - 10, now), now).defaultUrn).toBe(urnOf(2))
  })

  it('of a grant that has ended has the key of one that never was', () => {
    const ended = createScope(sessionOf('a'), withPeriod(now - 10, now), now)
    const never = createScope(sessionOf('a'), { version: 'v1', grants: withPeriod(0, 1).grants.slice(1) }, now)
    expect(ended.key).toBe(never.key)
  })
})
