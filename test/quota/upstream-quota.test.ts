import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { MeshFetch } from '@graphql-mesh/types'
import { useUpstreamFetch } from '../../plugins/upstream-fetch.js'
import { useUpstreamQuota } from '../../plugins/upstream-quota.js'
import { useUtilityToken } from '../../plugins/utility-token.js'
import { GatewayError } from '../../src/errors.js'
import type { Quota, QuotaOptions } from '../../src/quota/create-quota.js'
import { createQuota } from '../../src/quota/create-quota.js'
import type { UpstreamRequest } from '../../src/plan/execute.js'
import { OwnCall } from '../../src/server/own-call.js'
import { everySpelling } from '../support/secrets.js'
import type { Upstream } from '../support/upstream.js'
import { answerJson, fetchThrough, goodBody, graphqlRequest, startUpstream } from '../support/upstream.js'

const query = '{ billingAccountsConnection { totalCount } }'
const mutation = 'mutation { generateUsageExportFile(usageExportFileConfigurationInput: {}) { uuid } }'
const settings = {
  perSecond: 20,
  perDay: 100_000,
  queueWaitMs: 2_000,
  queuePerCustomer: 20,
  customerPerMinute: 1_000,
  requestDeadlineMs: 10_000,
}

let upstream: Upstream
let quota: Quota
let breaker: string[]
let send: MeshFetch

beforeEach(async () => {
  upstream = await startUpstream()
  open()
})
afterEach(() => upstream.close())

function open(change: Partial<typeof settings> = {}, guard: QuotaOptions['guard'] = {}): void {
  breaker = []
  const onBreaker: QuotaOptions['onBreaker'] = (source, state) => breaker.push(`${source} ${state}`)
  quota = createQuota({ settings: { ...settings, ...change }, guard, onBreaker, callMs: 5_000 })
  send = steps()
}

interface Caller {
  readonly key?: string
  readonly headers?: Record<string, string>
  readonly signal?: AbortSignal
}

/** A context as a request of the gateway has it; whatever it holds must not show upstream. */
function contextOf({ key = 'canary-scope-key', headers = {}, signal }: Caller): object {
  const request = new Request('http://gateway.test/graphql', { headers, ...(signal === undefined ? {} : { signal }) })
  return { request, customer: { scope: { key }, session: { login: 'canary-login', subject: { sub: 'canary-sub' } } } }
}

const sources = (): Record<string, string> => ({ [upstream.origin]: 'Opower' })

async function call(body = query, context: object = contextOf({})): Promise<Response> {
  return send(upstream.url, graphqlRequest(body), context)
}

/** The steps in the order of the pipeline; the first token is refused where the upstream says so, the second is another. */
function steps(): MeshFetch {
  let token = 0
  const tokens = { token: async () => `token-${token}`, refused: () => Boolean((token += 1)) }
  return fetchThrough(
    useUpstreamFetch({ timeoutMs: 5_000, sources: sources() }),
    useUpstreamQuota({ quota, sources: sources() }),
    useUtilityToken({ tokens, origins: [upstream.origin] }),
  )
}

async function refusalOf(outcome: Promise<unknown>): Promise<GatewayError> {
  const error = await outcome.catch((each: unknown) => each)
  if (!(error instanceof GatewayError)) throw new Error(`expected a refusal, got ${String(error)}`)
  expect(everySpelling(error)).not.toContain('canary')
  return error
}

/** Answers these statuses one after the other, and good bodies after them. */
function answer(...statuses: readonly number[]): void {
  upstream.answer = response => {
    const status = statuses[upstream.received.length - 1] ?? 200
    answerJson(response, status, status === 200 ? goodBody : '{"error":"canary"}')
  }
}

const many = (count: number, each: (at: number) => Promise<unknown>): Promise<unknown[]> =>
  Promise.all(Array.from({ length: count }, (_, at) => each(at).catch((error: unknown) => error)))

describe('a call that may be spent', () => {
  it('goes upstream as it came: nothing of the customer goes with it', async () => {
    expect(await (await call()).text()).toBe(goodBody)
    expect(JSON.stringify(upstream.received)).not.toContain('canary')
    expect(quota.budget().spent).toBe(1)
  })

  it('is counted each time it really goes out: the repetition with a fresh token as well', async () => {
    answer(401)
    await call()
    expect(upstream.received).toHaveLength(2)
    expect(quota.budget().spent).toBe(2)
  })

  it('is not counted when it goes to somebody else', async () => {
    const stranger = await startUpstream()
    await fetchThrough(useUpstreamQuota({ quota, sources: sources() }))(stranger.url, graphqlRequest(query), contextOf({}))
    expect([stranger.received.length, quota.budget().spent]).toEqual([1, 0])
    await stranger.close()
  })
})

describe('a call that may not be spent', () => {
  it('never reaches the network, does not count, and says when to come back', async () => {
    open({ customerPerMinute: 1 })
    await call()
    const error = await refusalOf(call())
    expect(error.extensions).toEqual({ code: 'UPSTREAM_BUDGET_EXHAUSTED', retryAfterSeconds: expect.any(Number) })
    expect(error.message).not.toMatch(/\d/)
    expect([upstream.received.length, quota.budget().spent]).toEqual([1, 1])
    await call(query, contextOf({ key: 'somebody else' }))
  })

  it('leaves the queue with its client, and what is on the wire goes on', async () => {
    open({ perSecond: 1 })
    const client = new AbortController()
    const first = call(query, contextOf({ key: 'a', signal: client.signal }))
    const second = call(query, contextOf({ key: 'b', signal: client.signal }))
    await quiet()
    client.abort()
    expect((await refusalOf(second)).code).toBe('UPSTREAM_UNAVAILABLE')
    expect((await first).status).toBe(200)
    expect(upstream.received).toHaveLength(1)
  })
})

describe('a call that nobody waits for any longer', () => {
  const ask = async (body: string, signal: AbortSignal) => send(upstream.url, { ...graphqlRequest(body), signal }, contextOf({}))

  it('is broken off on the wire, gives its place to the next, and says nothing of the source', async () => {
    open({}, { concurrency: 1, leastCalls: 1, threshold: 0.01 })
    const closed = new Promise<void>(resolve => {
      upstream.answer = response => response.once('close', resolve)
    })
    const gone = new AbortController()
    const left = ask(query, gone.signal)
    while (upstream.received.length === 0) await quiet()
    expect((await refusalOf(call())).code).toBe('UPSTREAM_UNAVAILABLE')
    gone.abort()
    await closed
    expect((await refusalOf(left)).code).toBe('UPSTREAM_UNAVAILABLE')
    upstream.answer = response => answerJson(response, 200, goodBody)
    expect((await call()).status).toBe(200)
    expect([upstream.received.length, breaker]).toEqual([2, []])
  })

  it('is left to its end when it is a change that was sent', async () => {
    const gone = new AbortController()
    upstream.answer = response => void setTimeout(() => answerJson(response, 200, goodBody), 50)
    const left = ask(mutation, gone.signal)
    while (upstream.received.length === 0) await quiet()
    gone.abort()
    expect((await left).status).toBe(200)
  })
})

describe('the class of a call', () => {
  it.each<[string, string, Record<string, string>, boolean, string]>([
    ['a customer’s query', query, {}, true, 'interactive'],
    ['a change', mutation, {}, true, 'ordinary'],
    ['the question whether an export is ready', '{ exportJob(jobUuid: "1") { isRunning } }', {}, true, 'ordinary'],
    ['what is fetched ahead of need', query, { 'sec-purpose': 'prefetch' }, true, 'background'],
    ['a change that says it is ahead of need', mutation, { 'sec-purpose': 'prefetch' }, true, 'ordinary'],
    ['what no customer asked for', query, {}, false, 'background'],
    ['what cannot be read', 'query {', {}, true, 'ordinary'],
  ])('of %s is told from the call and its context', async (_what, body, headers, isForCustomer, expected) => {
    open({ perSecond: 1 })
    await call()
    const waiting = call(body, isForCustomer ? contextOf({ headers }) : {})
    await quiet()
    const lengths = (['interactive', 'ordinary', 'background'] as const).filter(each => quota.waiting(each) === 1)
    expect(lengths).toEqual([expected])
    await waiting
  })
})

describe('a busy upstream', () => {
  it('is left alone for as long as it asks, by everybody', async () => {
    upstream.answer = response => response.writeHead(429, { 'retry-after': '30' }).end()
    expect((await refusalOf(call(mutation))).code).toBe('UPSTREAM_UNAVAILABLE')
    const error = await refusalOf(call(query, contextOf({ key: 'somebody else' })))
    expect(error.extensions).toEqual({ code: 'UPSTREAM_BUDGET_EXHAUSTED', retryAfterSeconds: 30 })
    expect(upstream.received).toHaveLength(1)
  })

  it('is called again after the time it asked for', async () => {
    answer(429)
    await refusalOf(call(mutation))
    const askedAt = performance.now()
    expect((await call()).status).toBe(200)
    expect(performance.now() - askedAt).toBeGreaterThan(900)
  })
})

describe('a storm of 429', () => {
  it('is not made worse: of sixty who call at once a second’s calls at most reach the upstream, and the rest are told when to come back', async () => {
    upstream.answer = response => response.writeHead(429, { 'retry-after': '5' }).end()
    const outcomes = await many(60, at => refusalOf(call(query, contextOf({ key: String(at) }))))
    expect(upstream.received.length).toBeLessThanOrEqual(20)
    const codes = outcomes.map(each => (each instanceof GatewayError ? each.code : undefined))
    expect(codes.filter(code => code === 'UPSTREAM_BUDGET_EXHAUSTED').length).toBeGreaterThanOrEqual(40)
    expect(codes).not.toContain(undefined)
  })
})

describe('a repeat', () => {
  it('is made for one query in ten that failed for the moment, and for no more', async () => {
    open({ perSecond: 1_000 })
    for (let each = 0; each < 30; each += 1) await call()
    answer(...Array.from({ length: 30 }, () => 200), ...Array.from({ length: 10 }, () => 502))
    await many(10, () => call())
    expect(upstream.received.length).toBeLessThanOrEqual(30 + 10 + 4)
    expect(upstream.received.length).toBeGreaterThan(40)
  })

  it('makes a query good that a broken connection had spoilt', async () => {
    for (let each = 0; each < 9; each += 1) await call()
    upstream.answer = (response, received) => {
      if (upstream.received.length === 10) response.destroy()
      else answerJson(response, 200, received.body === '' ? '' : goodBody)
    }
    expect((await call()).status).toBe(200)
    expect(upstream.received).toHaveLength(11)
  })

  it('is never made of a mutation, a refused call or one that took too long', async () => {
    open({ perSecond: 1_000 })
    for (let each = 0; each < 30; each += 1) await call()
    answer(...Array.from({ length: 30 }, () => 200), 502, 400, 504)
    for (const body of [mutation, query, query]) await refusalOf(call(body))
    expect(upstream.received).toHaveLength(33)
  })
})

describe('a source in trouble', () => {
  const guard = { leastCalls: 5, openMs: 100 }

  it.each<[string, (received: number) => [number, string]]>([
    ['server errors', () => [500, '{}']],
    ['429', () => [429, '{}']],
    ['pages instead of data', () => [200, '<html></html>']],
    ['null roots', () => [200, '{"data":{"a":null}}']],
    [
      'coded errors',
      () => [200, '{"data":{"a":null},"errors":[{"message":"canary","extensions":{"classification":"DataFetchingException"}}]}'],
    ],
  ])('is spared after %s: further calls fail at once, and none is made', async (_what, fault) => {
    open({ perSecond: 1_000, queueWaitMs: 1 }, { ...guard, openMs: 60_000 })
    upstream.answer = response => answerJson(response, ...fault(upstream.received.length))
    await many(5, at => call(mutation, contextOf({ key: String(at) })))
    expect(breaker).toEqual(['Opower open'])
    const before = upstream.received.length
    const errors = await many(20, () => refusalOf(call()))
    expect(errors).toEqual(errors.map(() => expect.objectContaining({ code: 'UPSTREAM_UNAVAILABLE' })))
    expect(upstream.received.length).toBe(before)
  })

  it.each<[string, string]>([
    ['partial data', '{"data":{"a":{"billForecast":null}},"errors":[{"message":"x","path":["a","billForecast"]}]}'],
    ['a range that is too long', '{"data":{"a":null},"errors":[{"message":"Provided range must be no more than 720 hours."}]}'],
    [
      'a field that it does not know',
      '{"data":null,"errors":[{"message":"Validation error (FieldUndefined@[x])","extensions":{"classification":"ValidationError"}}]}',
    ],
  ])('is not what a source is that answers with %s', async (_what, body) => {
    open({ perSecond: 1_000 }, guard)
    upstream.answer = response => answerJson(response, 200, body)
    await many(20, () => call())
    expect([breaker, upstream.received.length]).toEqual([[], 20])
  })

  it('is tried by one call after a while, and whoever comes meanwhile does not wait for its end', async () => {
    open({ perSecond: 1_000 }, guard)
    answer(500, 500, 500, 500, 500)
    await many(5, () => call(mutation))
    await new Promise(resolve => setTimeout(resolve, 110))
    const probe = new Promise<() => void>(resolve => {
      upstream.answer = response => resolve(() => answerJson(response, 200, goodBody))
    })
    const first = call()
    const release = await probe
    const others = await many(5, () => refusalOf(call()))
    expect(others).toHaveLength(5)
    expect(upstream.received).toHaveLength(6)
    answer()
    release()
    expect((await first).status).toBe(200)
    expect((await call()).status).toBe(200)
    expect(breaker).toEqual(['Opower open', 'Opower half-open', 'Opower closed'])
  })

  it('stays spared when the try fails, for longer than before', async () => {
    open({ perSecond: 1_000 }, guard)
    upstream.answer = response => answerJson(response, 500, '{}')
    await many(5, () => call(mutation))
    await new Promise(resolve => setTimeout(resolve, 110))
    await refusalOf(call(mutation))
    await new Promise(resolve => setTimeout(resolve, 110))
    await refusalOf(call(mutation))
    expect(upstream.received).toHaveLength(6)
  })

  it('holds no more calls at once than its part', async () => {
    open({ perSecond: 1_000 }, { concurrency: 3 })
    const answers: (() => void)[] = []
    upstream.answer = response => answers.push(() => answerJson(response, 200, goodBody))
    const calls = many(5, () => call())
    while (answers.length < 3) await quiet()
    for (const each of answers) each()
    const outcomes = await calls
    expect(outcomes.filter(each => each instanceof GatewayError)).toHaveLength(2)
    expect(upstream.received).toHaveLength(3)
  })
})

describe('the whole request', () => {
  it('has one deadline, and a call gets only what the queue has left of it', async () => {
    open({ perSecond: 1, requestDeadlineMs: 1_300 })
    await call()
    upstream.answer = () => {}
    const startedAt = performance.now()
    expect((await refusalOf(call())).code).toBe('UPSTREAM_TIMEOUT')
    const took = performance.now() - startedAt
    expect(took).toBeGreaterThan(1_200)
    expect(took).toBeLessThan(2_200)
    expect(upstream.received).toHaveLength(2)
  })

  it('makes no further call when its time is over', async () => {
    open({ requestDeadlineMs: 50 })
    const context = contextOf({})
    upstream.answer = response => setTimeout(() => answerJson(response, 200, goodBody), 200)
    await refusalOf(call(query, context))
    expect((await refusalOf(call(query, context))).code).toBe('UPSTREAM_TIMEOUT')
    expect(upstream.received).toHaveLength(1)
  })
})

describe('a call that is under way', () => {
  const wanted = { customer: 'a', priority: 'interactive', isQuery: true, signal: undefined } as const
  const signalOf = async (deadline: number, ending?: AbortSignal): Promise<AbortSignal | undefined> => {
    let given: AbortSignal | undefined
    await quota.spend('Opower', { ...wanted, deadline: quota.clock.now() + deadline, ending }, signal => {
      given = signal
      return new Response('{}')
    })
    return given
  }

  it('has the clock of the whole request only where its own could be too late', async () => {
    const ending = new AbortController().signal
    expect([await signalOf(5_500), await signalOf(5_500, ending)]).toEqual([undefined, ending])
    const near = await signalOf(4_500, ending)
    expect(near === undefined || near === ending).toBe(false)
  })

  it.each([
    ['is a query where the gateway says so beside it', 2, (request: UpstreamRequest) => new OwnCall('Opower', request)],
    ['is none where anything else says so', 1, (request: UpstreamRequest) => ({ request })],
  ])('%s, whatever its body holds', async (_name, calls, beside) => {
    // Repeats have to be earned.
    await many(10, () => call())
    upstream.received.length = 0
    answer(503)
    const info = beside({ query, variables: {}, operationName: undefined }) as unknown as Parameters<MeshFetch>[3]
    await Promise.resolve(send(upstream.url, { ...graphqlRequest(query), body: '{}' }, contextOf({}), info)).catch(() => {})
    expect(upstream.received).toHaveLength(calls)
  })
})

/** Lets everything that is ready happen. */
function quiet(): Promise<void> {
  return new Promise(resolve => setImmediate(() => setImmediate(resolve)))
}
