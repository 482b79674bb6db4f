import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { subjectOf } from '../../simulator/demo/issuer.js'
import { servedAccess } from '../../src/access/served-access.js'
import { loadLimits } from '../../src/settings.js'
import { judgeOperations, renderJudged } from '../../src/trusted/judge-operations.js'
import { servedSchema } from '../plan/customer-graph.js'
import type { Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'
import { accountOf, leaksIn, nobodysUrn, urnsOf } from './people.js'

const operatorToken = 'operator-token-for-tests'
const query = `query Mine($urn: ID) { billingAccountByAuthContext(selectedAccount: $urn) { urn name billForecast { timeInterval }
  serviceAgreements { servicePoints { readStreams(timeInterval: "2026-11-01T05:00:00Z/2026-11-02T05:00:00Z", readResolution: HOUR) {
    netUsage { reads { timeInterval measuredAmount { value } } } } } } } }`
const exporting = `mutation { generateUsageExportFile(usageExportFileConfigurationInput: { format: CSV, timeInterval: "2026-10-01T04:00:00Z/2026-10-03T04:00:00Z" }) { uuid } }`
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const manifest = { [sha256(query)]: query, export: exporting }

const realNow = Date.now.bind(Date)
let ahead = 0
let folder: string
let stack: Stack
/** Serves nothing but what is registered. */
let closed: Stack

beforeAll(async () => {
  jest.spyOn(Date, 'now').mockImplementation(() => realNow() + ahead)
  folder = mkdtempSync(join(tmpdir(), 'substation-ways-'))
  writeFileSync(join(folder, 'operator'), operatorToken)
  writeFileSync(join(folder, 'documents.json'), JSON.stringify(manifest))
  const env = { ADMIN_TOKEN_FILE: join(folder, 'operator'), TRUSTED_DOCUMENTS: join(folder, 'documents.json') }
  stack = await startStack({ env })
  closed = await startStack({ env: { ...env, TRUSTED_DOCUMENTS_ONLY: 'true' } })
  await revoke(stack, 'hanna')
})
afterAll(async () => {
  jest.restoreAllMocks()
  await Promise.all([stack[Symbol.asyncDispose](), closed[Symbol.asyncDispose]()])
  rmSync(folder, { recursive: true })
})
beforeEach(() => stack.forgetCalls())
afterEach(async () => {
  ahead = 0
  await stack.control('faults', {})
})

async function revoke({ gateway }: Stack, login: string): Promise<void> {
  const { authorization } = await headersOf(login)
  const claims = JSON.parse(Buffer.from(authorization?.split('.')[1] ?? '', 'base64url').toString()) as { iss: string }
  const response = await fetch(`${gateway.adminUrl}/admin/revocations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ issuer: claims.iss, sub: subjectOf(login) }),
  })
  expect(response.status).toBe(204)
}

interface Answer {
  readonly status: number
  readonly text: string
}

async function headersOf(login: string | undefined): Promise<Record<string, string>> {
  const accept = { accept: 'application/graphql-response+json' }
  return login === undefined ? accept : { ...accept, authorization: `Bearer ${await stack.tokenOf(login)}` }
}

type Way = (login: string | undefined, variables: Record<string, unknown>) => Promise<Answer>

const read = async (response: Response): Promise<Answer> => ({ status: response.status, text: await response.text() })
const requestTo = (origin: string, headers: Record<string, string>, body: object): Request =>
  new Request(`${origin}/graphql`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
const byPost =
  (body: object): Way =>
  async (login, variables) =>
    read(await fetch(requestTo(stack.gateway.url, await headersOf(login), { ...body, variables })))
const byGet =
  (params: Record<string, string>): Way =>
  async (login, variables) => {
    const search = new URLSearchParams({ ...params, variables: JSON.stringify(variables) })
    return read(await fetch(`${stack.gateway.url}/graphql?${search}`, { headers: await headersOf(login) }))
  }
const inside =
  (body: object): Way =>
  async (login, variables) =>
    read(await stack.gateway.fetch(requestTo('http://substation', await headersOf(login), { ...body, variables })))
const persistedQuery = { version: 1, sha256Hash: sha256(query) }

/** Somebody's own answer is under way, or is kept, when the one asks who is looked at. */
const while_ =
  (prepare: () => Promise<unknown>): Way =>
  async (login, variables) => {
    await prepare()
    await stack.forgetCalls()
    return byPost({ query })(login, variables)
  }
const own = { urn: urnsOf('alice')[0] }
const kept = () => byPost({ query })('alice', own)
const stale = async () => {
  await kept()
  ahead += 7 * 60_000
  await stack.control('faults', { down: true })
}
const underWay = async () => {
  ahead += 60 * 60_000
  await stack.control('faults', { slow: { rate: 1, ms: 150 } })
  void kept()
  await new Promise(resolve => setTimeout(resolve, 30))
}

const ways: readonly (readonly [string, Way])[] = [
  ['by POST', byPost({ query })],
  ['by GET', byGet({ query })],
  ['by the id of a registered document', byPost({ documentId: sha256(query) })],
  ['by its hash as persisted queries have it', byPost({ extensions: { persistedQuery } })],
  ['by GET and the hash', byGet({ extensions: JSON.stringify({ persistedQuery }) })],
  ['from inside the process', inside({ query })],
  ['from inside, by the id of a registered document', inside({ documentId: sha256(query) })],
  ['beside an answer that is kept', while_(kept)],
  ['beside one that is stale and nothing else to be had', while_(stale)],
  ['beside one that is under way', while_(underWay)],
]
const strangers = {
  'somebody else’s account': { urn: urnsOf('alice')[0] },
  'an account that does not exist': { urn: nobodysUrn },
} as const

const refused = '{"errors":[{"message":"This session has no access to what was asked for.","extensions":{"code":"ACCOUNT_NOT_IN_SCOPE"}}]}'
const signIn = 'Sign in to continue: a valid session token is needed.'

describe.each(ways)('%s', (_name, way) => {
  it('one’s own is answered, and nobody else’s with it', async () => {
    const { status, text } = await way('alice', own)
    expect([status, leaksIn(text, 'alice')]).toEqual([200, []])
    expect(JSON.parse(text)).toMatchObject({ data: { billingAccountByAuthContext: { urn: own.urn, name: accountOf('alice').name } } })
  })

  it.each(Object.entries(strangers))('%s is refused in the same bytes as everywhere, and nothing is sent', async (_what, variables) => {
    expect(await way('bruno', variables)).toEqual({ status: 403, text: refused })
    const urns = (await stack.calls()).flatMap(({ variables: sent }) => JSON.stringify(sent))
    expect(urns.filter(text => accountOf('bruno').urn !== '' && text.includes(accountOf('bruno').urn))).toEqual([])
    expect(urns.filter(text => text.includes(nobodysUrn))).toEqual([])
  })

  it.each([
    ['nobody', undefined],
    ['whose session is withdrawn', 'hanna'],
  ])('%s is told to sign in, whatever is asked', async (_who, login) => {
    for (const variables of [own, ...Object.values(strangers)]) {
      const { status, text } = await way(login, variables)
      expect([status, JSON.parse(text)]).toEqual([401, { errors: [{ message: signIn, extensions: { code: 'UNAUTHENTICATED' } }] }])
    }
  })
})

describe('a file', () => {
  it('is its owner’s alone: to everybody else there is none', async () => {
    const started = await byPost({ documentId: 'export' })('bruno', {})
    const { data } = JSON.parse(started.text) as { data: { generateUsageExportFile: { uuid: string } } }
    const asking = { query: `{ exportJob(jobUuid: "${data.generateUsageExportFile.uuid}") { result } }` }
    let path: string | undefined
    while (path === undefined) path = /"result":"([^"]+)"/.exec((await byPost(asking)('bruno', {})).text)?.[1]
    const get = async (login: string | undefined, of: string) => {
      return read(await fetch(`${stack.gateway.url}${of}`, { headers: await headersOf(login) }))
    }
    expect((await get('bruno', path)).text).toContain(accountOf('bruno').canaries.name)
    await stack.forgetCalls()
    const none = await get('alice', '/files/there-is-no-such-file')
    expect([none.status, await get('alice', path)]).toEqual([403, none])
    for (const login of [undefined, 'hanna']) expect((await get(login, path)).status).toBe(401)
    expect(await stack.calls()).toEqual([])
  })
})

describe('ways that are off', () => {
  it('several operations in one body, in the process too', async () => {
    const message = 'Batches are not accepted: send one operation per request.'
    const batch = [{ query, variables: own }]
    const answers = [
      await fetch(requestTo(stack.gateway.url, await headersOf('alice'), batch)),
      await stack.gateway.fetch(requestTo('http://substation', await headersOf('alice'), batch)),
    ]
    for (const answer of answers) expect(await read(answer)).toEqual({ status: 400, text: expect.stringContaining(message) })
    expect(await stack.calls()).toEqual([])
  })

  it.each([
    ['a stream of events', { accept: 'text/event-stream' }, 406],
    ['parts of an answer', { accept: 'multipart/mixed' }, 406],
    ['an upload', { 'content-type': 'multipart/form-data; boundary=x' }, 415],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
  ])('%s', async (_what, header, status) => {
    const init = { method: 'POST', headers: { ...(await headersOf('alice')), 'content-type': 'application/json', ...header } }
    const outside = await fetch(`${stack.gateway.url}/graphql`, { ...init, body: JSON.stringify({ query, variables: own }) })
    const within = await stack.gateway.fetch(new Request('http://substation/graphql', { ...init, body: JSON.stringify({ query }) }))
    expect([outside.status, within.status]).toEqual([status, status])
    expect(await stack.calls()).toEqual([])
  })

  it('a registered mutation by GET', async () => {
    expect((await byGet({ documentId: 'export' })('alice', {})).status).toBe(405)
    expect(await stack.calls()).toEqual([])
  })

  it('another path in the process', async () => {
    const answer = await stack.gateway.fetch(new Request('http://substation/admin/purge', { method: 'POST' }))
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([404, 'private, no-store'])
  })
})

describe('docs/ways-in.md', () => {
  const page = readFileSync(new URL('../../docs/ways-in.md', import.meta.url), 'utf8')

  it('has a call from inside the process that works', async () => {
    const request = /(new Request\([\s\S]*?\n  \})\),/.exec(page)?.[1] ?? ''
    const make = new Function('Request', 'token', `return ${request})`) as (type: typeof Request, token: string) => Request
    const answer = await read(await stack.gateway.fetch(make(Request, await stack.tokenOf('bruno'))))
    expect(JSON.parse(answer.text)).toEqual({ data: { billingAccountByAuthContext: { name: accountOf('bruno').name } } })
  })

  it('says what the step itself counts', async () => {
    const text = readFileSync(new URL('operations/bill-forecast.graphql', import.meta.url), 'utf8')
    const documents = new Map([['test/journeys/operations/bill-forecast.graphql', text]])
    const limits = loadLimits({})
    expect(page).toContain(renderJudged(judgeOperations(documents, { schema: servedSchema, access: servedAccess, limits })))
  })
})

describe('a document that is not registered', () => {
  const unknown = { documentId: 'unknown' }
  const refusal = (message: string) => ({
    status: 400,
    text: JSON.stringify({ errors: [{ message, extensions: { code: 'OPERATION_NOT_TRUSTED' } }] }),
  })
  const askClosed = async (login: string | undefined, body: object): Promise<Answer> =>
    read(await fetch(requestTo(closed.gateway.url, login === undefined ? {} : await headersIn(closed, login), body)))

  it('is asked for by its text after the one message that such clients know', async () => {
    expect(await byPost(unknown)('alice', {})).toEqual(refusal('PersistedQueryNotFound'))
    expect((await byPost({ ...unknown, query })('alice', own)).status).toBe(200)
  })

  it('is refused where nothing else is served, whether it comes as an id or as a text, and whoever asks must have signed in', async () => {
    await closed.forgetCalls()
    const message = 'Only registered operations are accepted here.'
    for (const body of [unknown, { query: '{ viewer { login } }' }, { ...unknown, query: '{ viewer { login } }' }, { query: `${query} ` }])
      expect(await askClosed('alice', body)).toEqual(refusal(message))
    expect((await askClosed(undefined, unknown)).status).toBe(401)
    expect(await closed.calls()).toEqual([])
    for (const body of [{ query }, { documentId: sha256(query) }])
      expect((await askClosed('alice', { ...body, variables: own })).status).toBe(200)
  })

  it('and costs too much in the worst case stops the start, in one sentence', async () => {
    const file = join(folder, 'dear.json')
    writeFileSync(file, JSON.stringify({ year: query }))
    await expect(startStack({ env: { TRUSTED_DOCUMENTS: file, LIMIT_OPERATION_CALLS: '3' } })).rejects.toThrow(
      'TRUSTED_DOCUMENTS: year (Mine) may cost 15 calls to Opower, and at most 3 are allowed (LIMIT_OPERATION_CALLS).',
    )
  })
})

async function headersIn(there: Stack, login: string): Promise<Record<string, string>> {
  return { accept: 'application/graphql-response+json', authorization: `Bearer ${await there.tokenOf(login)}` }
}
