import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { expect } from '@jest/globals'
import fc from 'fast-check'
import { pipeline } from '../../plugins/index.js'
import { createLog } from '../../src/server/log.js'
import { json, startTestDirectory } from '../accounts/test-directory.js'
import { audience, startTestIssuer } from '../session/test-issuer.js'
import type { PlainAnswer, PlainRequest } from '../support/plain-request.js'
import { ask } from '../support/plain-request.js'
import type { Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'
import { operation } from './hub.js'
import { accountOf, urnsOf } from './people.js'

export const people = ['alice', 'bruno', 'fatima', 'hanna', 'nadia'] as const
export type Person = (typeof people)[number]

const operatorToken = 'operator-token-for-tests'

export const name = '{ billingAccountByAuthContext { name } }'

export interface Question {
  readonly query: string
  readonly variables?: Record<string, unknown>
  readonly operationName?: string
}

export const kept: readonly Question[] = [
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
export const notKept: readonly Question[] = [
  { query: '{ billingAccountByAuthContext { nmae } }' },
  { query: '{ billingAccountByAuthContext { name }' },
  { query: name, operationName: 'Nobody' },
  { query: 'query ($last: Int!) { billingAccountByAuthContext { bills(last: $last) { urn } } }', variables: { last: 'two' } },
  { query: `{ billingAccountsConnection(byURNs: ["${urnsOf('carmen')[0]}"]) { edges { node { name } } } }` },
  { query: '{ __schema { queryType { name } } }' },
]

export interface Case {
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

export const cases: fc.Arbitrary<Case> = fc.record({
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

/** The case that nothing is odd about. */
export const plainCase = (who: Person, question: Question): Case => ({
  who,
  by: 'bearer',
  question,
  method: 'POST',
  spacing: '',
  contentType: 'application/json',
  more: {},
})

/** What a front end asks all day. */
export const plainCases: fc.Arbitrary<Case> = fc
  .tuple(fc.constantFrom(...people), fc.constantFrom(...kept))
  .map(([who, question]) => plainCase(who, question))

export const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds

/** What sends the same request the whole way: a header that means nothing to a query. */
export const whole = (request: PlainRequest): PlainRequest => ({ ...request, headers: { ...request.headers, 'idempotency-key': 'none' } })

export type ShortWays = Awaited<ReturnType<typeof startShortWays>>

/** A gateway of which everything can be seen, with a directory that can change its mind. */
export async function startShortWays(env: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'substation-short-'))
  writeFileSync(join(folder, 'operator'), operatorToken)
  const issuer = await startTestIssuer()
  const state = {
    /** Who may see what, and under which version. */
    mapping: { version: 'v1', urns: urnsOf as (sub: string) => readonly string[] },
    /** How often the library heard of a request. */
    libraryAsked: 0,
    lines: [] as Record<string, unknown>[],
  }
  const directory = await startTestDirectory(response => {
    const { sub, issuer: asked } = Object(directory.questions.at(-1)) as { issuer: string; sub: string }
    const grants = state.mapping.urns(sub).map(urn => ({ urn, role: 'holder' }))
    json({ issuer: asked, sub, complete: true, version: state.mapping.version, grants })(response)
  })
  const stack: Stack = await startStack({
    env: {
      SESSION_ISSUER: issuer.issuer,
      SESSION_JWKS_URL: issuer.jwksUrl.href,
      SESSION_AUDIENCE: audience,
      DIRECTORY_URL: directory.url.href,
      ADMIN_TOKEN_FILE: join(folder, 'operator'),
      CORS_ORIGINS: 'https://my.utility.example',
      AUDIT: 'log',
      ...env,
    },
    log: createLog(
      'info',
      new Writable({ write: (chunk, _encoding, done) => done(void state.lines.push(JSON.parse(String(chunk)) as never)) }),
    ),
    pipeline: (settings, parts) => [{ onRequest: () => void (state.libraryAsked += 1) }, ...pipeline(settings, parts)],
  })
  const bearers = new Map<string, string>()
  const cookies = new Map<string, string>()

  const send = (request: PlainRequest): Promise<PlainAnswer> => ask(stack.gateway.url, request)
  const tokenOf = (sub: string, claims = {}): Promise<string> =>
    issuer.sign({ sub, preferred_username: sub, iat: inSeconds(-60), exp: inSeconds(3_000), ...claims })
  async function openCookie(login: string): Promise<string> {
    const { headers } = await send({ method: 'POST', path: '/session', headers: { authorization: `Bearer ${bearers.get(login)}` } })
    return String(headers['set-cookie']?.[0]?.split(';')[0])
  }
  for (const login of people) {
    bearers.set(login, await tokenOf(login))
    cookies.set(login, await openCookie(login))
  }

  async function proofOf(who: Case['who'], by: Case['by']): Promise<Record<string, string>> {
    if (who === 'nobody') return {}
    if (who === 'expired') return { authorization: `Bearer ${await tokenOf('alice', { exp: inSeconds(-5) })}` }
    if (who === 'forged') return { authorization: `Bearer ${bearers.get('alice')?.slice(0, -6)}AAAAAA` }
    if (by === 'bearer') return { authorization: `Bearer ${bearers.get(who)}` }
    return { cookie: cookies.get(who) ?? '', ...(by === 'cookie' ? { 'x-substation-csrf': '1' } : {}) }
  }

  async function toRequest({ who, by, question, method, spacing, contentType, more }: Case): Promise<PlainRequest> {
    const proof = await proofOf(who, by)
    const hasBody = method === 'POST' || method === 'PUT'
    const body = `${spacing}${JSON.stringify(question)}${spacing}`
    const search = new URLSearchParams({ ...question, variables: JSON.stringify(question.variables ?? {}) }).toString()
    const headers = { ...proof, ...(hasBody ? { 'content-type': contentType } : {}), ...more }
    return { method, path: hasBody ? '/graphql' : `/graphql?${search}`, headers, ...(hasBody ? { body } : {}) }
  }

  async function counters(): Promise<Record<string, number>> {
    const text = await (await fetch(`${stack.gateway.adminUrl}/metrics`)).text()
    const found = text.matchAll(/^(substation_(?:requests|cache_requests|upstream_calls|guard_faults)_total\{[^}]*\}) (\d+)$/gm)
    return Object.fromEntries([...found].map(([, counter = '', value]) => [counter, Number(value)]))
  }

  /** All that can be seen of a request: its answer but for what is new each time, and what was noted of it. */
  async function observe(request: PlainRequest) {
    const [before, counted, heard] = [state.lines.length, await counters(), state.libraryAsked]
    const { status, headers, text } = await send(request)
    const { date: _date, 'x-request-id': id, 'content-length': length, ...others } = headers
    const isEncoded = headers['content-encoding'] !== undefined
    // The better compression of an answer comes a moment later, so its length is told by the text.
    const seen = { ...others, ...(isEncoded ? {} : { length }), isOwnId: id === request.headers['x-request-id'] }
    const after = await counters()
    const counts = Object.fromEntries(Object.entries(after).map(([counter, value]) => [counter, value - (counted[counter] ?? 0)]))
    const noted = state.lines
      .slice(before)
      .map(({ time: _time, ms: _ms, at: _at, requestId, ...line }) => ({ ...line, isSameId: requestId === id }))
    return { isShort: state.libraryAsked === heard, all: { status, seen, text, noted, counts } }
  }

  async function order(path: string, body: unknown): Promise<void> {
    const headers = { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json' }
    const { status } = await fetch(`${stack.gateway.adminUrl}/admin/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    expect(status).toBe(204)
  }

  return {
    state,
    stack,
    issuer: issuer.issuer,
    bearers,
    send,
    tokenOf,
    openCookie,
    toRequest,
    observe,
    order,
    async close() {
      await stack[Symbol.asyncDispose]()
      await Promise.all([issuer.close(), directory.close()])
      rmSync(folder, { recursive: true })
    },
  }
}
