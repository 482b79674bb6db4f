import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { AccountIds } from '../../src/accounts/account-ids.js'
import { createScope } from '../../src/accounts/scope.js'
import type { CacheRules } from '../../src/cache/cache-rules.js'
import type { Entry } from '../../src/cache/entry.js'
import { createEntryStore } from '../../src/cache/entry-store.js'
import type { SharedEntries } from '../../src/cache/shared-entries.js'
import { createSharedEntries } from '../../src/cache/shared-entries.js'
import { createJobRegister } from '../../src/exports/job-register.js'
import { opowerAccess } from '../../src/opower/access.js'
import { HeldResponse } from '../../src/opower/held-response.js'
import { createAccountIdCache } from '../../src/opower/account-id-source.js'
import { opowerCacheRules } from '../../src/opower/cache-rules.js'
import { bindOperation } from '../../src/plan/bind.js'
import { createCursorSeal } from '../../src/plan/cursors.js'
import type { Executed, UpstreamRequest } from '../../src/plan/execute.js'
import { executePlan } from '../../src/plan/execute.js'
import type { Period } from '../../src/plan/interval.js'
import { always, formatInstant, isInside, readInterval } from '../../src/plan/interval.js'
import type { Session } from '../../src/session/session.js'
import { createMemoryStore } from '../../src/store/memory-store.js'
import { createWindowLender } from '../../src/windows/lease.js'
import { planOf } from '../plan/customer-graph.js'
import { now, ownIds, ownUrn } from '../plan/run-plan.js'

const [hour, day] = [3_600_000, 86_400_000]

const chart = `query ($during: TimeInterval) { billingAccountByAuthContext { serviceAgreements { uuid servicePoints { uuid
  readStreams(timeInterval: $during, readResolution: HOUR) { rates { tier } netUsage { reads { timeInterval measuredAmount { value } } } reactivePower { reads { readType } } } } } } }`

interface Register {
  readonly id: string
  readonly from: number
  readonly until: number
  readonly gapAt?: number
}

const old: Register = { id: 'old', from: 0, until: Date.parse('2026-06-10T12:00:00Z') }
const fresh: Register = { id: 'new', from: old.until, until: Infinity }

/** A source of one point, whose meter may be another one from some moment on, and what it was asked. */
function createSource(registers: readonly Register[] = [old, fresh]) {
  const source = {
    /** Whether its answers come as bytes, which may prove themselves. */
    isRaw: false,
    /** Whether it tells its reads from the last to the first. */
    isReversed: false,
    /** How many of them did. */
    proven: 0,
    asked: [] as string[],
    /** What the next answers hold in the place of the reads. */
    fault: undefined as { value: unknown; errors?: readonly unknown[]; in?: string } | undefined,
    async call({ variables, prove }: UpstreamRequest): Promise<unknown> {
      const text = Object.values(variables).find((value): value is string => readInterval(value) !== undefined)
      source.asked.push(variables['_gwWith0'] === false ? 'around' : (text ?? ''))
      const period = readInterval(text)
      const { fault } = source
      const isFaulty = fault !== undefined && (fault.in === undefined || fault.in === text)
      const reads = isFaulty ? fault.value : period === undefined ? null : seriesOf(registers, period, source.isReversed)
      const point = { uuid: 'point', ...(variables['_gwWith0'] === false ? {} : { readStreams: reads }) }
      const node = { _gwId: ownUrn, serviceAgreements: [{ uuid: 'agreement', servicePoints: [point] }] }
      const answer = {
        data: { billingAccountByAuthContext: { edges: [{ node }] } },
        ...(isFaulty && fault.errors !== undefined ? { errors: fault.errors } : {}),
      }
      return source.isRaw ? source.asBytes(answer, prove) : answer
    },
    asBytes(answer: object, prove: UpstreamRequest['prove']): unknown {
      const bytes = Buffer.from(JSON.stringify(answer))
      const proof = prove?.(bytes)
      source.proven += proof === undefined ? 0 : 1
      return proof === undefined ? answer : new HeldResponse(bytes, { status: 200, headers: {} }).provenBy(() => proof)
    },
  }
  return source
}

function seriesOf(registers: readonly Register[], { from, until }: Period, isReversed: boolean): unknown {
  const netUsage = registers.flatMap(register => {
    const reads: unknown[] = []
    for (let at = Math.ceil(Math.max(from, register.from) / hour) * hour; at + hour <= Math.min(until, register.until); at += hour)
      reads.push({
        timeInterval: textOf({ from: at, until: at + hour }),
        measuredAmount: at === register.gapAt ? null : { value: at / hour },
      })
    const identity = {
      _gwOf_serviceQuantityIdentifier: 'NET_USAGE',
      _gwOf_unit: 'KWH',
      _gwOf_isOpowerDerived: true,
      _gwOf_registerId: register.id,
    }
    return reads.length === 0 ? [] : [{ ...identity, reads: isReversed ? reads.reverse() : reads }]
  })
  return { rates: [{ tier: 1 }, { tier: 2 }], netUsage, reactivePower: null }
}

/** One customer's gateway before the source, with its windows. */
function createCustomer(source: ReturnType<typeof createSource>, rules: CacheRules = opowerCacheRules, shared?: SharedEntries) {
  const state = { now, ids: ownIds, version: '1' }
  const kept: Entry[] = []
  const store = createEntryStore({ now: () => state.now, ...(shared === undefined ? {} : { shared }) })
  const entries = { ...store, keep: (key: string, entry: Entry) => (kept.push(entry), store.keep(key, entry)) }
  const lendWindows = createWindowLender({ rules, now: () => state.now, ttlScale: 1, settlingDays: 3, entries })
  const seal = createCursorSeal()
  return {
    state,
    kept,
    async ask(during: string, query = chart): Promise<Executed & { readonly calls: readonly string[] }> {
      const planned = planOf(query, { during })
      const scope = createScope(session, { grants: [{ urn: ownUrn, role: 'holder' }], version: state.version }, state.now)
      const ids = createAccountIdCache({ accounts: 20 }).through(source.call, [])
      ids.learn(new Map<string, AccountIds>([[ownUrn, state.ids]]))
      const jobs = createJobRegister()
      const common = { ...planned, access: opowerAccess, scope, seal, ids, jobs, call: source.call, selectedEntities: undefined }
      const bound = await bindOperation(planned.plan, { ...common, subject: session.subject, now: state.now, pageSize: 100 })
      lendWindows({ ...planned, bound }, [scope.key], () => undefined)
      source.asked = []
      const callSource = async () => ({ data: {}, errors: [] })
      const executed = await executePlan({ ...common, bound, scopeKey: scope.key, login: 'somebody', callSource, others: {} })
      return Object.assign(executed, { calls: source.asked })
    },
  }
}

const session: Session = {
  subject: { issuer: 'https://issuer.example', sub: 'customer-1' },
  login: 'somebody',
  utilityCode: 'nved',
  expiresAt: now / 1000 + 3600,
  claims: {},
}

interface Series {
  readonly rates: unknown
  readonly reactivePower: unknown
  readonly netUsage: readonly { readonly reads: readonly { readonly timeInterval: string }[] }[]
}

function seriesIn({ data }: Executed): Series | null {
  const { billingAccountByAuthContext } = data as {
    billingAccountByAuthContext: { serviceAgreements: readonly { servicePoints: readonly { readStreams: Series | null }[] }[] }
  }
  return billingAccountByAuthContext.serviceAgreements[0]?.servicePoints[0]?.readStreams ?? null
}

function textOf({ from, until }: Period): string {
  return `${formatInstant(from)}/${formatInstant(until)}`
}

const june = '2026-06-01T00:00:00Z/2026-06-11T00:00:00Z'
const later = '2026-06-05T00:00:00Z/2026-06-20T00:00:00Z'

describe('streams of several windows', () => {
  it('are one where the source names one register, and two where the meter was exchanged, with every read in its own', async () => {
    const customer = createCustomer(createSource())
    await customer.ask(june)
    const joined = seriesIn(await customer.ask(later))
    expect(joined?.netUsage.map(({ reads }) => [reads.length, reads[0]?.timeInterval])).toEqual([
      [132, '2026-06-05T00:00:00Z/2026-06-05T01:00:00Z'],
      [228, '2026-06-10T12:00:00Z/2026-06-10T13:00:00Z'],
    ])
    expect(Object.keys(joined?.netUsage[0] ?? {})).toEqual(['reads'])
  })

  it('keep a null where the point has no such stream, and each price once', async () => {
    const customer = createCustomer(createSource())
    await customer.ask(june)
    const joined = seriesIn(await customer.ask(later))
    expect([joined?.reactivePower, joined?.rates]).toEqual([null, [{ tier: 1 }, { tier: 2 }]])
  })
})

describe('what is asked of the source', () => {
  it('is only what is missing, by a document with nothing but the reads in it', async () => {
    const customer = createCustomer(createSource())
    expect((await customer.ask(june)).calls).toEqual([june])
    expect((await customer.ask(later)).calls).toEqual(['2026-06-10T00:00:00Z/2026-06-20T00:00:00Z'])
    expect((await customer.ask('2026-06-02T00:00:00Z/2026-06-18T00:00:00Z')).calls).toEqual([])
  })

  it('is what lies around the reads alone, once that is old and they are settled', async () => {
    const customer = createCustomer(createSource())
    await customer.ask(june)
    customer.state.now += 5 * hour
    const { calls, data } = await customer.ask('2026-06-02T00:00:00Z/2026-06-08T00:00:00Z')
    expect(calls).toEqual(['around'])
    expect(seriesIn({ data } as Executed)?.netUsage[0]?.reads).toHaveLength(6 * 24)
  })

  it('is the newest reads again after minutes, and the settled ones not for days', async () => {
    const customer = createCustomer(createSource())
    const during = `${formatInstant(now - 17 * hour - 9 * day)}/${formatInstant(now - 17 * hour)}`
    await customer.ask(during)
    expect((await customer.ask(during)).calls).toEqual([])
    customer.state.now += 6 * 60_000
    const [again = '', ...others] = (await customer.ask(during)).calls
    expect(others).toEqual([])
    const period = readInterval(again) ?? always
    expect(now - 17 * hour - period.from).toBe(3 * day)
  })

  it('is a day with a missing amount again after minutes, for it may yet come', async () => {
    const gapAt = Date.parse('2026-06-03T07:00:00Z')
    const customer = createCustomer(createSource([{ ...old, gapAt }]))
    await customer.ask(june)
    customer.state.now += 6 * 60_000
    expect((await customer.ask('2026-06-01T00:00:00Z/2026-06-10T00:00:00Z')).calls).toEqual(['2026-06-03T00:00:00Z/2026-06-04T01:00:00Z'])
  })

  it('is everything again once the account is known to have held the point at another time', async () => {
    const customer = createCustomer(createSource())
    await customer.ask(june)
    const until = Date.parse('2026-06-05T00:00:00Z')
    customer.state.ids = { ...ownIds, points: new Map([['point', [{ from: -Infinity, until }]]]) }
    const answer = await customer.ask('2026-06-02T00:00:00Z/2026-06-11T00:00:00Z')
    expect(answer.calls).toEqual(['2026-06-02T00:00:00Z/2026-06-05T00:00:00Z'])
    const reads = seriesIn(answer)?.netUsage.flatMap(stream => stream.reads) ?? []
    expect(reads.every(read => isInside(readInterval(read.timeInterval) ?? always, { from: -Infinity, until }))).toBe(true)
  })

  it('is everything again for another scope, another selection and other arguments', async () => {
    const source = createSource()
    const customer = createCustomer(source)
    await customer.ask(june)
    const zoom = '2026-06-02T00:00:00Z/2026-06-03T00:00:00Z'
    const others = [
      chart.replace('measuredAmount { value }', 'readType'),
      chart.replace('readResolution: HOUR', 'readResolution: HOUR, includePeakTimeRebates: true'),
      chart.replace('billingAccountByAuthContext {', 'billingAccountByAuthContext(forceLegacyData: true) {'),
      chart.replace('readResolution: HOUR', 'readResolution: HALF_HOUR'),
    ]
    for (const query of others) expect([query, (await customer.ask(zoom, query)).calls.length]).toEqual([query, 1])
    customer.state.version = '2'
    expect((await customer.ask(zoom)).calls).toEqual([zoom])
  })
})

it('replicas join what any of them has fetched, and each learns of what the other fetched after it', async () => {
  const store = createMemoryStore({ now: () => now })
  for (const isRaw of [false, true]) {
    const source = createSource()
    source.isRaw = isRaw
    const shared = (): SharedEntries => createSharedEntries({ store, generation: String(isRaw), now: () => now + day, timeoutMs: 5_000 })
    const [one, other] = [createCustomer(source, opowerCacheRules, shared()), createCustomer(source, opowerCacheRules, shared())]
    expect((await one.ask(june)).calls).toEqual([june])
    other.state.now += 1_000
    const joined = await other.ask(later)
    expect(joined.calls).toEqual(['2026-06-10T00:00:00Z/2026-06-20T00:00:00Z'])
    const again = await one.ask(later)
    expect([again.calls, again.data]).toEqual([[], joined.data])
  }
})

describe('a fault in one range', () => {
  const long = '2026-05-01T00:00:00Z/2026-07-01T00:00:00Z'
  it('takes the series with it, as one error at its place, and nothing of that range is kept', async () => {
    const source = createSource()
    const customer = createCustomer(source)
    await customer.ask(june)
    const path = ['billingAccountByAuthContext', 'edges', 0, 'node', 'serviceAgreements', 0, 'servicePoints', 0, 'readStreams']
    source.fault = { value: null, errors: [{ message: 'No data returned from API', path }] }
    const broken = await customer.ask(long)
    expect(seriesIn(broken)).toBeNull()
    expect(broken.errors.map(({ code, path: at }) => [code, at?.join('.')])).toEqual([
      ['UPSTREAM_UNAVAILABLE', 'billingAccountByAuthContext.serviceAgreements.0.servicePoints.0.readStreams'],
    ])
    source.fault = undefined
    const good = await customer.ask(long)
    expect(good.errors).toEqual([])
    expect(seriesIn(good)?.netUsage.flatMap(({ reads }) => reads)).toHaveLength(61 * 24)
  })

  it('is a null where the source says null and nothing else, and that is not kept either', async () => {
    const source = createSource()
    const customer = createCustomer(source)
    await customer.ask(june)
    source.fault = { value: null }
    const without = await customer.ask(later)
    expect([without.errors, seriesIn(without)]).toEqual([[], null])
    source.fault = undefined
    expect(seriesIn(await customer.ask(later))?.netUsage).toHaveLength(2)
  })
})

describe('answers that come as bytes', () => {
  const begin = Date.parse('2026-05-20T00:00:00Z')
  const steps = fc.array(
    fc.record({
      from: fc.integer({ min: 0, max: 30 * 24 }),
      hours: fc.integer({ min: 1, max: 45 * 24 }),
      /** What the source tells in place of the reads. */
      fault: fc.option(fc.constantFrom<unknown>(null, {}, { rates: null, netUsage: null, reactivePower: [null] }, 7), { freq: 6 }),
      afterMs: fc.constantFrom(0, 0, 6 * 60_000, 9 * 3_600_000),
    }),
    { minLength: 1, maxLength: 5 },
  )

  it('are joined, kept and asked for again like values', async () => {
    let proven = 0
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), fc.boolean(), async (asked, hasGap, isReversed) => {
        const gap = hasGap ? { gapAt: begin + 50 * hour } : {}
        const sources = [createSource([{ ...old, ...gap }, fresh]), createSource([{ ...old, ...gap }, fresh])] as const
        sources[1].isRaw = true
        for (const source of sources) source.isReversed = isReversed
        const [byValue, byBytes] = [createCustomer(sources[0]), createCustomer(sources[1])]
        for (const { from, hours, fault, afterMs } of asked) {
          for (const source of sources) source.fault = fault === null ? undefined : { value: fault }
          for (const { state } of [byValue, byBytes]) state.now += afterMs
          const during = textOf({ from: begin + from * hour, until: begin + (from + hours) * hour })
          expect(plain(await byBytes.ask(during))).toEqual(plain(await byValue.ask(during)))
        }
        proven += sources[1].proven
      }),
      { numRuns: 40 },
    )
    expect(proven).toBeGreaterThan(20)
  })

  it('are kept where the answer lies, not a second time, whether they came with it or were put into it', async () => {
    const source = createSource()
    source.isRaw = true
    const customer = createCustomer(source)
    for (const during of [june, '2026-07-01T00:00:00Z/2026-07-11T00:00:00Z']) {
      customer.kept.length = 0
      const { body, calls } = await customer.ask(during)
      expect(calls).toHaveLength(1)
      const [stretch] = customer.kept.filter(({ note }) => note !== undefined)
      expect(stretch?.body.length).toBeGreaterThan(10_000)
      expect(stretch?.body.buffer).toBe(body?.buffer)
    }
    expect(seriesIn(await customer.ask('2026-07-03T00:00:00Z/2026-07-04T00:00:00Z'))?.netUsage[0]?.reads).toHaveLength(24)
  })

  it('are kept in memory of their own where they are only a few reads of it', async () => {
    const source = createSource()
    source.isRaw = true
    const customer = createCustomer(source)
    await customer.ask(june)
    customer.kept.length = 0
    const { body } = await customer.ask('2026-06-01T12:00:00Z/2026-06-11T12:00:00Z')
    const [stretch] = customer.kept.filter(({ note }) => note !== undefined)
    expect(stretch?.body.buffer).not.toBe(body?.buffer)
    expect((stretch?.body.length ?? Infinity) * 5).toBeLessThan(body?.length ?? 0)
  })

  function plain({ data, body, errors, faults, withheld, calls }: Awaited<ReturnType<ReturnType<typeof createCustomer>['ask']>>): unknown {
    const value: unknown = JSON.parse(body === undefined ? JSON.stringify({ data }) : body.toString())
    return { value, codes: errors.map(({ code, path }) => [code, path]), faults, withheld, calls }
  }
})
