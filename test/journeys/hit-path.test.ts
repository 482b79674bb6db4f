import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { pipeline } from '../../plugins/index.js'
import { createLog } from '../../src/server/log.js'
import type { TestDirectory } from '../accounts/test-directory.js'
import { json, startTestDirectory } from '../accounts/test-directory.js'
import type { TestIssuer } from '../session/test-issuer.js'
import { audience, startTestIssuer } from '../session/test-issuer.js'
import type { PlainAnswer, PlainRequest } from '../support/plain-request.js'
import { ask } from '../support/plain-request.js'
import type { Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'
import { operation } from './hub.js'
import { accountOf, leaksIn, urnsOf } from './people.js'

const operatorToken = 'operator-token-for-tests'
const people = ['alice', 'bruno', 'fatima', 'hanna', 'nadia'] as const
type Person = (typeof people)[number]

let issuer: TestIssuer
let directory: TestDirectory
let stack: Stack
let folder: string
/** Who may see what, and under which version; a test may change it. */
let mapping: { version: string; urns: (sub: string) => readonly string[] }
/** How often Yoga heard of a request: what is answered from bytes it never hears of. */
let yogaAsked = 0
const lines: Record<string, unknown>[] = []
const bearers = new Map<Person, string>()
const cookies = new Map<Person, string>()

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'substation-hits-'))
  writeFileSync(join(folder, 'operator'), operatorToken)
  issuer = await startTestIssuer()
  mapping = { version: 'v1', urns: urnsOf }
  directory = await startTestDirectory(response => {
    const { sub, issuer: asked } = Object(directory.questions.at(-1)) as { issuer: string; sub: string }
    const grants = mapping.urns(sub).map(urn => ({ urn, role: 'holder' }))
    json({ issuer: asked, sub, complete: true, version: mapping.version, grants })(response)
  })
  stack = await startStack({
    env: {
      SESSION_ISSUER: issuer.issuer,
      SESSION_JWKS_URL: issuer.jwksUrl.href,
      SESSION_AUDIENCE: audience,
      DIRECTORY_URL: directory.url.href,
      ADMIN_TOKEN_FILE: join(folder, 'operator'),
      CORS_ORIGINS: 'https://my.utility.example',
      AUDIT: 'log',
    },
    log: createLog('info', new Writable({ write: (chunk, _encoding, done) => done(void lines.push(JSON.parse(String(chunk)) as never)) })),
    pipeline: (settings, parts) => [{ onRequest: () => void (yogaAsked += 1) }, ...pipeline(settings, parts)],
  })
  for (const login of people) {
    bearers.set(login, await tokenOf(login))
    const { headers } = await send({ method: 'POST', path: '/session', headers: { authorization: `Bearer ${bearers.get(login)}` } })
    cookies.set(login, String(headers['set-cookie']?.[0]?.split(';')[0]))
  }
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
  await Promise.all([issuer.close(), directory.close()])
  rmSync(folder, { recursive: true })
})
beforeEach(async () => {
  mapping = { version: 'v1', urns: urnsOf }
  await stack.forgetCalls()
})

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds
const tokenOf = (sub: string, claims = {}): Promise<string> =>
  issuer.sign({ sub, preferred_username: sub, iat: inSeconds(-60), exp: inSeconds(3_000), ...claims })
const send = (request: PlainRequest): Promise<PlainAnswer> => ask(stack.gateway.url, request)

const name = '{ billingAccountByAuthContext { name } }'
interface Question {
  readonly query: string
  readonly variables?: Record<string, unknown>
  readonly operationName?: string
}

const kept: readonly Question[] = [
  { query: name },
  { query: '{ billingAccountsConnection(first: 2) { totalCount pageInfo { endCursor } edges { cursor node { urn name } } } }' },
  { query: '{ viewer { login accounts { totalCount } } }' },
  { query: operation('topology'), variables: { first: 100, onlyActive: true } },
  { query: operation('accounts-for-bills'), variables: { first: 100, onlyActive: true } },
  { query: `query A { viewer { login } } query B ${name}`, operationName: 'B' },
  { query: `query Named($last: Int) { billingAccountByAuthContext { bills(last: $last) { urn timeInterval } } }`, variables: { last: 2 } },
  {
    query: `query Month($i: TimeInterval!) { billingAccountByAuthContext { urn serviceAgreementsConnection(onlyActive: true) { edges { node { uuid
      servicePointsConnection { edges { node { uuid readStreams(timeInterval: $i, readResolution: DAY) { netUsage { unit reads { timeInterval
      measuredAmount { value } } } } } } } } } } } }`,
    variables: { i: '2026-08-01T00:00:00Z/2026-09-01T00:00:00Z' },
  },
]
/** Refused, each in a way of its own, or answered anew each time. */
const notKept: readonly Question[] = [
  { query: '{ billingAccountByAuthContext { nmae } }' },
  { query: '{ billingAccountByAuthContext { name }' },
  { query: name, operationName: 'Nobody' },
  { query: 'query ($last: Int!) { billingAccountByAuthContext { bills(last: $last) { urn } } }', variables: { last: 'two' } },
  { query: `{ billingAccountsConnection(byURNs: ["${urnsOf('carmen')[0]}"]) { edges { node { name } } } }` },
  { query: '{ __schema { queryType { name } } }' },
]

interface Case {
  readonly who: Person | 'nobody' | 'expired' | 'forged'
  readonly by: 'bearer' | 'cookie' | 'cookie without csrf'
  readonly question: Question
  readonly method: 'POST' | 'GET' | 'HEAD' | 'PUT'
  readonly spacing: '' | ' '
  readonly contentType: string
  readonly more: Readonly<Record<string, string>>
}

const optional = (header: string, ...values: string[]) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, fc.constantFrom(...values.map(value => ({ [header]: value }))))
const cases: fc.Arbitrary<Case> = fc.record({
  who: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...people) },
    fc.constantFrom('nobody' as const, 'expired' as const, 'forged' as const),
  ),
  by: fc.constantFrom('bearer', 'bearer', 'bearer', 'cookie', 'cookie', 'cookie without csrf'),
  question: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...kept) }, fc.constantFrom(...notKept)),
  method: fc.constantFrom('POST', 'POST', 'POST', 'POST', 'GET', 'GET', 'GET', 'HEAD', 'PUT'),
  spacing: fc.constantFrom('', ' '),
  contentType: fc.oneof(
    { weight: 8, arbitrary: fc.constant('application/json') },
    fc.constantFrom('application/json; charset=utf-8', 'application/json;charset=latin1', 'text/plain', 'application/graphql'),
  ),
  more: fc
    .tuple(
      optional(
        'accept',
        '*/*',
        'application/json',
        'application/graphql-response+json',
        'text/html',
        'text/event-stream, application/json;q=0.5',
        '',
      ),
      optional('accept-encoding', 'br', 'gzip, deflate, br', 'gzip;q=1, br;q=0.5', 'identity', 'br;q=0', '*'),
      optional('opower-selected-entities', accountOf('alice').urn, JSON.stringify([accountOf('fatima').customers[0]?.urn]), ''),
      optional('origin', 'https://my.utility.example', 'https://elsewhere.example'),
      optional('if-none-match', '*', '"x"'),
      optional('content-encoding', 'identity', 'gzip'),
      optional('x-request-id', 'a-request-of-my-own', 'bad'),
    )
    .map(parts => Object.assign({}, ...parts) as Record<string, string>),
})

async function toRequest({ who, by, question, method, spacing, contentType, more }: Case): Promise<PlainRequest> {
  const proof = await proofOf(who, by)
  const hasBody = method === 'POST' || method === 'PUT'
  const body = `${spacing}${JSON.stringify(question)}${spacing}`
  const search = new URLSearchParams({ ...question, variables: JSON.stringify(question.variables ?? {}) }).toString()
  const headers = { ...proof, ...(hasBody ? { 'content-type': contentType } : {}), ...more }
  return { method, path: hasBody ? '/graphql' : `/graphql?${search}`, headers, ...(hasBody ? { body } : {}) }
}

async function proofOf(who: Case['who'], by: Case['by']): Promise<Record<string, string>> {
  if (who === 'nobody') return {}
  if (who === 'expired') return { authorization: `Bearer ${await tokenOf('alice', { exp: inSeconds(-5) })}` }
  if (who === 'forged') return { authorization: `Bearer ${bearers.get('alice')?.slice(0, -6)}AAAAAA` }
  if (by === 'bearer') return { authorization: `Bearer ${bearers.get(who)}` }
  return { cookie: cookies.get(who) ?? '', ...(by === 'cookie' ? { 'x-substation-csrf': '1' } : {}) }
}

/** All that can be seen of a request: its answer but for what is new each time, and what was noted of it. */
async function observe(request: PlainRequest) {
  const [before, counted, heard] = [lines.length, await counters(), yogaAsked]
  const { status, headers, text } = await send(request)
  const { date: _date, 'x-request-id': id, 'content-length': length, ...kept } = headers
  const isEncoded = headers['content-encoding'] !== undefined
  // The better compression of an answer comes a moment later, so its length is told by the text.
  const seen = { ...kept, ...(isEncoded ? {} : { length }), isOwnId: id === request.headers['x-request-id'] }
  const after = await counters()
  const counts = Object.fromEntries(Object.entries(after).map(([counter, value]) => [counter, value - (counted[counter] ?? 0)]))
  const noted = lines
    .slice(before)
    .map(({ time: _time, ms: _ms, at: _at, requestId, ...line }) => ({ ...line, isSameId: requestId === id }))
  return { isHit: yogaAsked === heard, all: { status, seen, text, noted, counts } }
}

async function counters(): Promise<Record<string, number>> {
  const text = await (await fetch(`${stack.gateway.adminUrl}/metrics`)).text()
  const found = text.matchAll(/^(substation_(?:requests|cache_requests|upstream_calls)_total\{[^}]*\}) (\d+)$/gm)
  return Object.fromEntries([...found].map(([, counter = '', value]) => [counter, Number(value)]))
}

/** What sends the same request the whole way: a header that means nothing to a query. */
const whole = (request: PlainRequest): PlainRequest => ({ ...request, headers: { ...request.headers, 'idempotency-key': 'none' } })

describe('an answer from bytes', () => {
  it('is in every respect the one that the whole way gives', async () => {
    let hits = 0
    await fc.assert(
      fc.asyncProperty(cases, async each => {
        const request = await toRequest(each)
        // Until it is known: asked of the source, then of the cache.
        for (const _time of [1, 2]) await send(request)
        const [short, long] = [await observe(request), await observe(whole(request))]
        expect(short.all).toEqual(long.all)
        if (short.isHit && !long.isHit) hits += 1
      }),
      { numRuns: Number(process.env['HIT_PATH_RUNS'] ?? 60) },
    )
    expect(hits).toBeGreaterThan(10)
  }, 60_000)

  it.each(kept.map((question, index) => [index, question] as const))('is given to question %i of everybody', async (_index, question) => {
    for (const who of people) {
      const request = await toRequest({
        who,
        by: 'bearer',
        question,
        method: 'POST',
        spacing: '',
        contentType: 'application/json',
        more: {},
      })
      const texts = new Set<string>()
      for (let tries = 0; tries < 3; tries += 1) texts.add((await send(request)).text)
      const { isHit, all } = await observe(request)
      texts.add(all.text)
      expect([isHit, texts.size, leaksIn(all.text, who)]).toEqual([true, 1, []])
    }
  })
})

/** A question of one person that was answered from bytes a moment ago. */
async function known(who: string, query = name, claims: Record<string, unknown> = {}): Promise<PlainRequest> {
  const token = await tokenOf(who, claims)
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const request = { method: 'POST', path: '/graphql', headers, body: JSON.stringify({ query }) }
  for (let tries = 0; tries < 3; tries += 1) await send(request)
  expect((await observe(request)).isHit).toBe(true)
  await stack.forgetCalls()
  return request
}

async function order(path: string, body: unknown): Promise<void> {
  const headers = { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json' }
  const { status } = await fetch(`${stack.gateway.adminUrl}/admin/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  expect(status).toBe(204)
}

describe('nothing is answered from bytes', () => {
  it('to a session that was withdrawn, from that moment on', async () => {
    const request = await known('alice', name, { sid: 'withdrawn-session' })
    await order('revocations', { issuer: issuer.issuer, sid: 'withdrawn-session' })
    const { isHit, all } = await observe(request)
    expect([isHit, all.status]).toEqual([false, 401])
    expect(await stack.calls()).toEqual([])
  })

  it('once the token has expired', async () => {
    const request = await known('alice', 'query Expiring { billingAccountByAuthContext { name } }', { exp: inSeconds(2) })
    await new Promise(resolve => setTimeout(resolve, 2_100))
    const { isHit, all } = await observe(request)
    expect([isHit, all.status, all.text]).toEqual([false, 401, (await observe(whole(request))).all.text])
  })

  it('about an account that was withdrawn', async () => {
    const request = await known('dora', 'query Withdrawn { billingAccountsConnection { edges { node { urn } } } }')
    await order('revocations', { issuer: issuer.issuer, account: urnsOf('dora')[0] })
    const { isHit, all } = await observe(request)
    expect([isHit, all.text.includes(urnsOf('dora')[0] ?? '')]).toEqual([false, false])
  })

  it('of what was forgotten on a purge: it comes from the source again', async () => {
    const request = await known('emil', 'query Purged { billingAccountByAuthContext { name } }')
    await order('purge', { account: urnsOf('emil')[0] })
    expect((await observe(request)).isHit).toBe(false)
    expect((await stack.calls()).length).toBeGreaterThan(0)
  })

  it('to somebody else who sends the same bytes', async () => {
    const query = 'query Same { billingAccountsConnection { edges { node { name urn } } } }'
    const request = await known('alice', query)
    const other = { ...request, headers: { ...request.headers, authorization: `Bearer ${bearers.get('bruno')}` } }
    const { isHit, all } = await observe(other)
    expect([isHit, leaksIn(all.text, 'bruno')]).toEqual([false, []])
    expect(all.text).toContain(accountOf('bruno').name)
  })

  it('to a person whom the directory now grants something else', async () => {
    const request = await known('sol', 'query Changed { billingAccountsConnection { edges { node { urn } } } }')
    mapping = { version: 'v2', urns: () => urnsOf('iris') }
    // Whatever has the directory asked again shows the change.
    await order('purge', { account: urnsOf('sol')[0] })
    const { isHit, all } = await observe(request)
    expect([isHit, all.text.includes(urnsOf('iris')[0] ?? ''), leaksIn(all.text, 'iris')]).toEqual([false, true, []])
  })

  it('to a browser session that was ended', async () => {
    const opened = await send({ method: 'POST', path: '/session', headers: { authorization: `Bearer ${bearers.get('fatima')}` } })
    const cookie = String(opened.headers['set-cookie']?.[0]?.split(';')[0])
    const headers = { cookie, 'x-substation-csrf': '1', 'content-type': 'application/json' }
    const request = {
      method: 'POST',
      path: '/graphql',
      headers,
      body: JSON.stringify({ query: 'query Ended { billingAccountByAuthContext { name } }' }),
    }
    for (let tries = 0; tries < 3; tries += 1) await send(request)
    expect((await observe(request)).isHit).toBe(true)
    expect((await send({ method: 'DELETE', path: '/session', headers: { cookie, 'x-substation-csrf': '1' } })).status).toBe(204)
    const { isHit, all } = await observe(request)
    expect([isHit, all.status]).toEqual([false, 401])
  })
})

describe('a GET with the validator of the answer', () => {
  it('is answered 304 to whoever may have it, and judged like any other to everybody else', async () => {
    const headers = { authorization: `Bearer ${bearers.get('alice')}` }
    const request = {
      method: 'GET',
      path: `/graphql?${new URLSearchParams({ query: 'query Get { viewer { login } }' }).toString()}`,
      headers,
    }
    const { headers: first } = await send(request)
    const again = { ...request, headers: { ...headers, 'if-none-match': String(first.etag) } }
    const answers = [await send(again), await send(again), await send(whole(again))]
    for (const { status, bytes, headers: got } of answers)
      expect([status, bytes.length, got.etag, got['cache-control']]).toEqual([304, 0, first.etag, 'private, no-store'])
    expect((await send({ ...again, headers: { 'if-none-match': String(first.etag) } })).status).toBe(401)
    const other = await send({ ...again, headers: { ...again.headers, authorization: `Bearer ${bearers.get('bruno')}` } })
    expect([other.status, other.text]).toEqual([200, '{"data":{"viewer":{"login":"bruno"}}}'])
  })
})
