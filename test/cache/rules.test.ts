import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, brotliDecompressSync } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import { aheadOfNeed, isAheadOfNeed } from '../../src/cache/ahead-of-need.js'
import { formsOf } from '../../src/cache/answer-forms.js'
import type { CacheRules } from '../../src/cache/cache-rules.js'
import { freshnessOf, keptMs } from '../../src/cache/freshness.js'
import { readCacheSettings } from '../../src/cache/read-cache-settings.js'
import { isTrouble, isWithout, withAge } from '../../src/cache/stale-answer.js'
import { overrideRules } from '../../src/cache/override-rules.js'
import { longestChanged, tagsOf, tagsTouched } from '../../src/cache/tags.js'
import { cacheTimes, longestMs, rulesTouched, timesOfPeriod, timeToLive } from '../../src/cache/time-to-live.js'
import { faultAt, refusal } from '../../src/errors.js'
import { EnvironmentReader } from '../../src/settings/environment-reader.js'
import { planOf } from '../plan/customer-graph.js'
import { now } from '../plan/run-plan.js'

const times = { freshMs: 100, staleWhileRevalidateMs: 10, staleIfErrorMs: 40 }

describe('an answer of a moment', () => {
  const after = (age: number, pressure: 0 | 1 | 2 | 3 = 0) => freshnessOf({ at: 1_000, times }, 1_000 + age, pressure)

  it('is fresh to just before its time is over, then old to just before that is over', () => {
    expect([after(99), after(100), after(109), after(110), after(139), after(140)]).toEqual([
      'fresh',
      'revalidate',
      'revalidate',
      'on-error',
      'on-error',
      'over',
    ])
  })

  it('may be twice, four and eight times as old as calls grow scarce, but is fresh no longer', () => {
    expect([after(99, 3), after(119, 1), after(120, 1), after(139, 2), after(140, 2), after(179, 3), after(180, 3)]).toEqual([
      'fresh',
      'revalidate',
      'on-error',
      'revalidate',
      'on-error',
      'revalidate',
      'on-error',
    ])
    expect([after(179, 1), after(180, 1), after(419, 3), after(420, 3)]).toEqual(['on-error', 'over', 'on-error', 'over'])
  })

  it('is worth its place for as long as it may be given under any pressure, and thirty days at the most', () => {
    expect(keptMs(times)).toBe(100 + 8 * 40)
    expect(keptMs({ ...times, staleWhileRevalidateMs: 50 })).toBe(100 + 8 * 50)
    expect(keptMs({ ...times, freshMs: longestMs })).toBe(longestMs)
  })
})

describe('the time of an operation', () => {
  const rules: CacheRules = {
    'Query.billingAccountByAuthContext': { seconds: 100 },
    'BillingAccount.name': { seconds: 10 },
    'BillingAccount.bills': { settles: 'during', settledSeconds: 1_000, seconds: 50 },
  }
  const of = (query: string, more: object = {}) =>
    timeToLive({ rules, roots: planOf(query).plan.roots, variables: {}, now, settlingDays: 3, ...more })
  const one = (selection: string) => `{ billingAccountByAuthContext { ${selection} } }`

  it('is none without a rule for its root, and none for questions about the schema', () => {
    expect(of('{ billingAccountsConnection { totalCount } }')).toBe(0)
    expect(of(`{ __typename ${one('name').slice(1)}`)).toBe(10_000)
    expect(of(`{ __schema { queryType { name } } ${one('name').slice(1)}`)).toBe(0)
    expect(cacheTimes({ rules, roots: [], variables: {}, now, settlingDays: 3 })).toEqual({
      freshMs: 0,
      staleWhileRevalidateMs: 0,
      staleIfErrorMs: 0,
    })
  })

  it('is the shortest of what it touches, names of types aside, and of what is kept elsewhere nothing', () => {
    expect(of(one('accountNumber __typename'))).toBe(100_000)
    expect(of(one('accountNumber name'))).toBe(10_000)
    expect(of(one('accountNumber name'), { without: 'BillingAccount.name' })).toBe(100_000)
    expect(of(one('name'), { without: 'BillingAccount.name' })).toBe(100_000)
    expect(of(one('name'), { ttlScale: 0.5 })).toBe(5_000)
  })

  it('is longer for what no longer changes: all of it as many days back as it takes to settle', () => {
    const bills = (until: number) => one(`bills(during: "2026-01-01/${new Date(until).toISOString()}") { urn }`)
    const settled = now - 3 * 86_400_000
    expect([of(bills(settled)), of(bills(settled + 1)), of(bills(settled), { settlingDays: 4 })]).toEqual([1_000_000, 50_000, 50_000])
    expect(of(one('bills(during: "2026-01-01/2026-02-01") { urn }'))).toBe(1_000_000)
    expect([of(one('bills { urn }')), of(one('bills(during: "now") { urn }'))]).toEqual([50_000, 50_000])
    expect(
      of(`query ($during: TimeInterval) ${one('bills(during: $during) { urn }')}`, { variables: { during: '2026-01-01/2026-02-01' } }),
    ).toBe(1_000_000)
  })

  it('of a rule is rounded to the millisecond and bounded', () => {
    const rule = { seconds: 1.0006, staleWhileRevalidate: 2, staleIfError: 9e9 }
    const input = { now, settlingDays: 3 }
    expect(timesOfPeriod(rule, undefined, input)).toEqual({ freshMs: 1_001, staleWhileRevalidateMs: 2_000, staleIfErrorMs: longestMs })
    expect(timesOfPeriod({ seconds: 1 }, undefined, { ...input, ttlScale: 2 })).toEqual({
      freshMs: 2_000,
      staleWhileRevalidateMs: 0,
      staleIfErrorMs: 0,
    })
  })
})

describe('an error', () => {
  it('is trouble where an answer cannot be had for the moment, and nothing else is', () => {
    const codes = [
      'UPSTREAM_UNAVAILABLE',
      'UPSTREAM_TIMEOUT',
      'UPSTREAM_BUDGET_EXHAUSTED',
      'UPSTREAM_REFUSED',
      'INTERNAL',
      'ACCOUNT_NOT_IN_SCOPE',
    ] as const
    expect(codes.map(code => isTrouble(refusal(code)))).toEqual([true, true, true, false, false, false])
    expect(isTrouble(Object.assign(new Error('x'), { code: 'UPSTREAM_TIMEOUT' }))).toBe(false)
  })

  it('leaves nothing of an answer where all of it is trouble and no value came', () => {
    const trouble = faultAt(['a'], 'UPSTREAM_TIMEOUT')
    expect(isWithout({ data: { a: null, b: null }, errors: [trouble, trouble] })).toBe(true)
    expect([isWithout({ data: null, errors: [trouble] }), isWithout({ errors: [trouble] })]).toEqual([true, true])
    expect(isWithout({ data: { a: null, b: 1 }, errors: [trouble] })).toBe(false)
    expect(isWithout({ data: { a: null }, errors: [trouble, faultAt(['b'], 'INTERNAL')] })).toBe(false)
    expect([isWithout({ data: { a: null } }), isWithout({ data: { a: null }, errors: [] }), isWithout({})]).toEqual([false, false, false])
  })

  it('has the age of an old answer told in whole seconds, beside what else is told of it', () => {
    const answer = { data: { a: 1 }, extensions: { substation: { x: 1 }, other: 2 } }
    expect(withAge(answer, 61_999)).toEqual({ data: { a: 1 }, extensions: { substation: { x: 1, stale: { ageSeconds: 61 } }, other: 2 } })
    expect(withAge({ data: null }, 0)).toEqual({ data: null, extensions: { substation: { stale: { ageSeconds: 0 } } } })
    expect(answer.extensions.substation).toEqual({ x: 1 })
  })
})

describe('the calls of an answer that nobody waits for', () => {
  const batch = '{"query":"{ a }","operationName":"SubstationBatch"}'

  function callsOf(request?: Request) {
    const calls: { url: string; init: unknown; context: { request?: Request }; info: unknown }[] = []
    const context = {
      ...(request === undefined ? {} : { request }),
      mine: 1,
      fetch: async (url: string, init: unknown, context: object, info: unknown) => void calls.push({ url, init, context, info }),
    }
    return { calls, context }
  }

  it('say so, and hang on no client any more', async () => {
    const hungUp = new AbortController()
    const { calls, context } = callsOf(new Request('http://gateway.example/graphql', { signal: hungUp.signal }))
    aheadOfNeed(context)
    hungUp.abort()
    await context.fetch('http://hub.example', { body: '{}' }, {}, 'info')
    const [call] = calls
    expect([call?.url, call?.init, call?.info]).toEqual(['http://hub.example', { body: '{}' }, 'info'])
    expect(call?.context.request?.headers.get('sec-purpose')).toBe('prefetch')
    expect([call?.context.request?.url, call?.context.request?.signal.aborted]).toEqual(['http://gateway.example/graphql', false])
    expect(call?.context).toHaveProperty('mine', 1)
  })

  it('are as urgent as what they carry along', async () => {
    const { calls, context } = callsOf(new Request('http://gateway.example/graphql'))
    aheadOfNeed(context)
    for (const body of [batch, `${batch} `, new Uint8Array(), undefined])
      await context.fetch('', body === undefined ? undefined : { body }, {}, '')
    expect(calls.map(({ context }) => context.request?.headers.get('sec-purpose'))).toEqual([null, 'prefetch', 'prefetch', 'prefetch'])
  })

  it('need neither a request nor a way to call', async () => {
    const { calls, context } = callsOf()
    aheadOfNeed(context)
    await context.fetch('', undefined, {}, '')
    expect(calls[0]?.context.request?.headers.get('sec-purpose')).toBe('prefetch')
    const without = {}
    aheadOfNeed(without)
    expect(without).toEqual({})
    expect([isAheadOfNeed(context), isAheadOfNeed({})]).toEqual([true, false])
  })
})

describe('the bytes of an answer', () => {
  const plain = Buffer.from(
    JSON.stringify(Array.from({ length: 500 }, (_none, at) => ({ at, text: `${Math.imul(at, 2654435761)} is number ${at % 7}` }))),
  )

  it('are the same in every form, and compressed once for each', async () => {
    const forms = formsOf(plain)
    expect(formsOf(plain)).toBe(forms)
    expect(forms.plain).toBe(plain)
    for (const [how, restore] of [
      ['br', brotliDecompressSync],
      ['gzip', gunzipSync],
    ] as const) {
      const quick = forms.compressed(how)
      expect(restore(quick)).toEqual(plain)
      expect(forms.compressed(how)).toBe(quick)
      let better = forms.compressed(how)
      for (let waited = 0; better === quick && waited < 500; waited++) {
        await new Promise(resolve => setTimeout(resolve, 2))
        better = forms.compressed(how)
      }
      expect(better.length).toBeLessThan(quick.length)
      expect(restore(better)).toEqual(plain)
      expect(forms.compressed(how)).toBe(better)
    }
  })

  it('have one validator, and other bytes another one', () => {
    const { etag } = formsOf(plain)
    expect(etag).toMatch(/^W\/"[\w-]{27}"$/)
    expect([formsOf(Buffer.from(plain)).etag, formsOf(plain).etag]).toEqual([etag, etag])
    expect(formsOf(Buffer.from('other')).etag).not.toBe(etag)
  })
})

describe('what an operator may set', () => {
  const names = { ttlScale: 'CACHE_TTL_SCALE', settlingDays: 'CACHE_SETTLING_DAYS', maxBytes: 'CACHE_MAX_BYTES', rules: 'CACHE_RULES_FILE' }
  function read(scale?: string, days?: string) {
    const reader = new EnvironmentReader({
      ...(scale === undefined ? {} : { CACHE_TTL_SCALE: scale }),
      ...(days === undefined ? {} : { CACHE_SETTLING_DAYS: days }),
    })
    const settings = readCacheSettings(reader, names, {})
    try {
      reader.finish()
      return settings
    } catch (error) {
      return String(error)
    }
  }

  it('is a file of other times for rules that there are, and a fault of the start where it is none', () => {
    const folder = mkdtempSync(join(tmpdir(), 'substation-'))
    const file = join(folder, 'rules.json')
    const rules = { 'Query.a': { seconds: 1 } }
    const readFrom = (content: string) => {
      writeFileSync(file, content)
      const reader = new EnvironmentReader({ CACHE_RULES_FILE: file })
      return { reader, rules: readCacheSettings(reader, names, rules).rules }
    }
    expect(readFrom('{"Query.a":{"seconds":2}}').rules).toEqual({ 'Query.a': { seconds: 2, staleWhileRevalidate: 0, staleIfError: 0 } })
    const wrong = readFrom('{"Query.b":{"seconds":2}}')
    expect(wrong.rules).toBe(rules)
    expect(() => wrong.reader.finish()).toThrow(/CACHE_RULES_FILE.*a JSON file of \{ "<Type.field>".*Query\.b, for which there is no rule/)
    rmSync(folder, { recursive: true })
  })

  it('is a factor from 0 to 10 in digits', () => {
    for (const [text, ttlScale] of [
      ['0', 0],
      ['10', 10],
      ['10.0', 10],
      ['0.5', 0.5],
      ['9.9999', 9.9999],
      [undefined, 1],
    ] as const)
      expect(read(text)).toMatchObject({ ttlScale, settlingDays: 3 })
    for (const text of ['11', '10.1', '-1', '1e1', '.5', '1.', '1.00001', '100', ' 1x', 'x1'])
      expect(read(text)).toContain('a factor from 0 to 10, such as 0.5')
    expect(read('2', '60')).toMatchObject({ ttlScale: 2, settlingDays: 60 })
  })
})

describe('rules that an operator changes', () => {
  const rules: CacheRules = {
    'Query.a': { tag: 'as', seconds: 10, staleIfError: 5 },
    'Query.b': { tag: 'bs', settles: 'during', settledSeconds: 100, seconds: 10, staleWhileRevalidate: 1 },
  }
  const overridden = (content: string): unknown => {
    const folder = mkdtempSync(join(tmpdir(), 'substation-'))
    const file = join(folder, 'rules.json')
    writeFileSync(file, content)
    try {
      return overrideRules(rules, file)
    } catch (error) {
      return error instanceof Error ? error.message : error
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  it('have other times where they are given, and are the same in all else', () => {
    expect(overridden('{}')).toEqual(rules)
    expect(overridden('{"Query.a":{"seconds":0}}')).toEqual({
      ...rules,
      'Query.a': { tag: 'as', seconds: 0, staleWhileRevalidate: 0, staleIfError: 5 },
    })
    expect(overridden('{"Query.b":{"settledSeconds":7,"staleWhileRevalidate":2,"staleIfError":3}}')).toEqual({
      ...rules,
      'Query.b': { tag: 'bs', settles: 'during', settledSeconds: 7, seconds: 10, staleWhileRevalidate: 2, staleIfError: 3 },
    })
    expect(overridden('{"Query.b":{"seconds":2592000}}')).toMatchObject({
      'Query.b': { settledSeconds: 100, seconds: 2_592_000, staleWhileRevalidate: 1, staleIfError: 0 },
    })
  })

  it.each([
    ['{', 'a file that is not JSON'],
    ['[]', 'something else at its outermost object'],
    ['{"Query.a":{"seconds":-1}}', 'something else at Query.a.seconds'],
    ['{"Query.a":{"seconds":2592001}}', 'something else at Query.a.seconds'],
    ['{"Query.a":{"minutes":1}}', 'something else at Query.a'],
    ['{"Query.c":{"seconds":1}}', 'Query.c, for which there is no rule'],
    ['{"Query.a":{"settledSeconds":1}}', 'settledSeconds for Query.a, which never settles'],
  ])('are not changed by %s', (content, message) => expect(overridden(content)).toBe(message))
})

describe('the tags of rules', () => {
  const rules: CacheRules = {
    'Query.b': { tag: 'b', seconds: 1 },
    'Query.a': { tag: 'a', seconds: 10, staleIfError: 2 },
    'T.a': { tag: 'a', seconds: 5 },
    'T.none': { seconds: 100 },
    'T.settled': { tag: 's', settles: 'during', settledSeconds: 1_000, seconds: 1 },
  }

  it('are named once and in order, all of them or those that are touched', () => {
    expect(tagsOf(rules)).toEqual(['a', 'b', 's'])
    expect(tagsTouched(['Query.b', 'T.a', 'T.none', 'Query.a', 'T.else'], rules)).toEqual(['a', 'b'])
  })

  it('tell how long anything lies there that may be changed: as long as it may stand in, and as what has settled', () => {
    expect(longestChanged({ 'Mutation.x': ['a'], 'Mutation.y': ['b'] }, rules, 1)).toBe(10_000 + 8 * 2_000)
    expect(longestChanged({ 'Mutation.x': ['b'] }, rules, 2)).toBe(2_000)
    expect(longestChanged({ 'Mutation.x': ['s'] }, rules, 1)).toBe(1_000_000)
    expect([longestChanged({}, rules, 1), longestChanged({ 'Mutation.x': ['none'] }, rules, 1)]).toEqual([0, 0])
  })

  it('and their times are told for each place that an operation touches, the shortest of several', () => {
    const touched = rulesTouched({
      rules: { 'BillingAccount.bills': { settles: 'during', settledSeconds: 9, seconds: 3 }, 'Bill.urn': { seconds: 2 } },
      roots: planOf('{ billingAccountByAuthContext { name a: bills(during: "2026-01-01/2026-02-01") { urn } bills { timeInterval } } }')
        .plan.roots,
      variables: {},
      now,
      settlingDays: 3,
    })
    expect(touched).toEqual([
      { coordinate: 'BillingAccount.bills', freshMs: 3_000 },
      { coordinate: 'Bill.urn', freshMs: 2_000 },
    ])
  })
})
