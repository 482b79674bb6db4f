import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { CacheRules } from '../../src/cache/cache-rules.js'
import { freshnessOf, keptMs } from '../../src/cache/freshness.js'
import type { Pressure } from '../../src/cache/freshness.js'
import { readCacheSettings } from '../../src/cache/read-cache-settings.js'
import { cacheTimes, longestMs } from '../../src/cache/time-to-live.js'
import { opowerCacheRules } from '../../src/opower/cache-rules.js'
import { EnvironmentReader } from '../../src/settings/environment-reader.js'
import { SettingsError } from '../../src/settings.js'
import { sourceCacheRules } from '../../src/sources/cache-rules.js'
import { planOf } from '../plan/customer-graph.js'
import { now } from '../plan/run-plan.js'

const names = { ttlScale: 'CACHE_TTL_SCALE', settlingDays: 'CACHE_SETTLING_DAYS', maxBytes: 'CACHE_MAX_BYTES', rules: 'CACHE_RULES_FILE' }

describe('the times of an answer', () => {
  const rules: CacheRules = {
    'Query.billingAccountByAuthContext': { seconds: 100, staleWhileRevalidate: 50, staleIfError: 500 },
    'BillingAccount.bills': { seconds: 200, staleIfError: 100 },
    'BillingAccount.premisesConnection': { seconds: 0, staleIfError: 100 },
  }
  const of = (query: string, scale?: number) =>
    cacheTimes({
      rules,
      roots: planOf(query).plan.roots,
      variables: {},
      now,
      settlingDays: 3,
      ...(scale === undefined ? {} : { ttlScale: scale }),
    })

  it('are each the shortest of all that it touches, and what holds values has no age of its own', () => {
    expect(of('{ billingAccountByAuthContext { name } }')).toEqual({
      freshMs: 100_000,
      staleWhileRevalidateMs: 50_000,
      staleIfErrorMs: 500_000,
    })
    expect(of('{ billingAccountByAuthContext { bills { urn } } }')).toEqual({
      freshMs: 200_000,
      staleWhileRevalidateMs: 0,
      staleIfErrorMs: 100_000,
    })
    expect(of('{ billingAccountByAuthContext { name bills { urn } } }')).toEqual({
      freshMs: 100_000,
      staleWhileRevalidateMs: 0,
      staleIfErrorMs: 100_000,
    })
  })

  it('are all zero where nothing may be kept: what is never fresh is never old either', () => {
    const zero = { freshMs: 0, staleWhileRevalidateMs: 0, staleIfErrorMs: 0 }
    expect([of('{ billingAccountsConnection { totalCount } }'), of('{ billingAccountByAuthContext { name } }', 0)]).toEqual([zero, zero])
    expect(of('{ billingAccountByAuthContext { premisesConnection(first: 1) { totalCount } } }')).toEqual(zero)
  })

  it('never exceed the longest time there is, whatever the factor', () => {
    const { freshMs } = of('{ billingAccountByAuthContext { name } }', 1_000_000)
    expect(freshMs).toBe(longestMs)
  })

  it('of every rule in use ask for less the faster the data changes', () => {
    // A person's appointments are not kept, although the account that they hang on is.
    const { 'BillingAccount.serviceOrders': never, ...kept } = { ...opowerCacheRules, ...sourceCacheRules }
    expect(never).toEqual({ seconds: 0 })
    for (const rule of Object.values(kept)) {
      expect(rule.seconds).toBeGreaterThan(0)
      expect(rule.staleIfError ?? 0).toBeGreaterThanOrEqual(rule.staleWhileRevalidate ?? 0)
      if (rule.seconds <= 60) expect(rule.staleWhileRevalidate ?? 0).toBe(0)
    }
  })
})

describe('what may be done with an answer', () => {
  it('only becomes less with its age and more with pressure, and it is kept until nothing may be done', () => {
    const order = ['fresh', 'revalidate', 'on-error', 'over']
    const ms = fc.integer({ min: 0, max: 1_000 })
    const times = fc.record({ freshMs: ms, staleWhileRevalidateMs: ms, staleIfErrorMs: ms })
    const pressure = fc.constantFrom<Pressure>(0, 1, 2, 3)
    const holds = fc.property(times, fc.integer({ min: 0, max: 20_000 }), ms, pressure, (own, age, more, scarce) => {
      const at = (ageMs: number, level: Pressure): number => order.indexOf(freshnessOf({ at: 0, times: own }, ageMs, level))
      expect(at(age + more, scarce)).toBeGreaterThanOrEqual(at(age, scarce))
      expect(at(age, 3)).toBeLessThanOrEqual(at(age, scarce))
      if (age >= keptMs(own)) expect(at(age, scarce)).toBe(3)
    })
    fc.assert(holds, { numRuns: 1_000 })
  })
})

describe('what an operator may change', () => {
  it('is a factor and a number of days, each with a default', () => {
    expect(readCacheSettings(new EnvironmentReader({}), names, {})).toEqual({
      ttlScale: 1,
      settlingDays: 3,
      maxBytes: 67_108_864,
      rules: {},
    })
    const given = { CACHE_TTL_SCALE: '0.25', CACHE_SETTLING_DAYS: '10', CACHE_MAX_BYTES: '2000000' }
    expect(readCacheSettings(new EnvironmentReader(given), names, {})).toEqual({
      ttlScale: 0.25,
      settlingDays: 10,
      maxBytes: 2_000_000,
      rules: {},
    })
  })

  it.each(['-1', '11', 'a lot', '1e3', 'Infinity'])('is a fault of the start where it makes no sense: %s', value => {
    const reader = new EnvironmentReader({ CACHE_TTL_SCALE: value })
    readCacheSettings(reader, names, {})
    expect(() => reader.finish()).toThrow(SettingsError)
  })
})
