import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { TestDirectory } from '../accounts/test-directory.js'
import { json, startTestDirectory } from '../accounts/test-directory.js'
import type { TestIssuer } from '../session/test-issuer.js'
import { audience, startTestIssuer } from '../session/test-issuer.js'
import type { GraphqlAnswer, Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'
import { accountOf, canariesIn, nobodysUrn, urnsOf } from './people.js'

const operatorToken = 'operator-token-for-tests'
const query = '{ viewer { login } billingAccountsConnection { edges { node { urn name } } } }'
const [alices = '', brunos = ''] = [...urnsOf('alice'), ...urnsOf('bruno')]

let issuer: TestIssuer
let directory: TestDirectory
let stack: Stack
let folder: string
/** What the directory says of everybody, and under which version. */
let mapping: { version: string; urns: readonly string[] }
/** Each test has a person of its own: what one withdraws does not follow the next. */
let sub = ''
let people = 0

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'substation-withdrawal-'))
  const tokenFile = join(folder, 'operator')
  writeFileSync(tokenFile, operatorToken)
  issuer = await startTestIssuer()
  directory = await startTestDirectory(response => {
    const question = Object(directory.questions.at(-1)) as { issuer: string; sub: string }
    const grants = mapping.urns.map(urn => ({ urn, role: 'holder' }))
    json({ issuer: question.issuer, sub: question.sub, complete: true, version: mapping.version, grants })(response)
  })
  const env = { SESSION_ISSUER: issuer.issuer, SESSION_JWKS_URL: issuer.jwksUrl.href, SESSION_AUDIENCE: audience }
  stack = await startStack({ env: { ...env, DIRECTORY_URL: directory.url.href, ADMIN_TOKEN_FILE: tokenFile } })
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
  await Promise.all([issuer.close(), directory.close()])
  rmSync(folder, { recursive: true })
})
beforeEach(async () => {
  mapping = { version: 'v1', urns: [alices] }
  people += 1
  sub = `person-${people}`
  await stack.control('faults', {})
  await stack.forgetCalls()
})

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds
/** A token that was made before anything here is withdrawn. */
const earlier = (claims: Record<string, unknown> = {}): Promise<string> => issuer.sign({ sub, iat: inSeconds(-60), ...claims })
/** A token as after signing in again, a second later. */
const later = (claims: Record<string, unknown> = {}): Promise<string> => issuer.sign({ sub, iat: inSeconds(1), ...claims })

describe('a session that is withdrawn', () => {
  it('is refused from the next request on, although it was verified and its answer kept a moment ago', async () => {
    const token = await earlier()
    expect((await ask(token)).data).toMatchObject({ viewer: { login: 'alice' } })
    await stack.forgetCalls()
    expect(await order('revocations', { issuer: issuer.issuer, sub })).toBe(204)
    await expectRefused(await ask(token), 'UNAUTHENTICATED')
    expect(await stack.calls()).toEqual([])
  })

  it('is good again with a token that was made later, and with that one only', async () => {
    await order('revocations', { issuer: issuer.issuer, sub })
    for (const token of [await earlier(), await issuer.sign({ sub, iat: undefined })])
      await expectRefused(await ask(token), 'UNAUTHENTICATED')
    expect((await ask(await later())).status).toBe(200)
  })

  it('may be one session of several, and stays ended however new its token', async () => {
    await order('revocations', { issuer: issuer.issuer, sid: `${sub}-1` })
    for (const make of [earlier, later]) await expectRefused(await ask(await make({ sid: `${sub}-1` })), 'UNAUTHENTICATED')
    expect((await ask(await earlier({ sid: `${sub}-2` }))).status).toBe(200)
  })

  it('may be that of somebody who acts for others', async () => {
    const acting = await earlier({ act: { sub: `${sub}-agent` } })
    await order('revocations', { issuer: issuer.issuer, sub: `${sub}-agent` })
    await expectRefused(await ask(acting), 'UNAUTHENTICATED')
    expect((await ask(await earlier())).status).toBe(200)
  })

  it('does not take anybody else’s with it', async () => {
    await order('revocations', { issuer: issuer.issuer, sub })
    expect((await ask(await earlier({ sub: `${sub}-neighbor` }))).status).toBe(200)
  })
})

describe('an account that is withdrawn', () => {
  it('is gone from every session as old as that, whatever the directory says, and there again for a newer one', async () => {
    mapping = { version: 'v1', urns: [alices, brunos] }
    const token = await earlier()
    expect(urnsIn(await ask(token))).toEqual([alices, brunos])
    await order('revocations', { issuer: issuer.issuer, account: brunos })
    const after = await ask(token)
    expect(urnsIn(after)).toEqual([alices])
    expect(canariesIn(after.text, accountOf('bruno'))).toEqual([])
    await stack.forgetCalls()
    const named = await ask(token, `{ billingAccountsConnection(byURNs: ["${brunos}"]) { edges { node { name } } } }`)
    const unknown = await ask(token, `{ billingAccountsConnection(byURNs: ["${nobodysUrn}"]) { edges { node { name } } } }`)
    expect([named.status, named.text]).toEqual([403, unknown.text])
    expect(await stack.calls()).toEqual([])
    expect(urnsIn(await ask(await later()))).toEqual([alices, brunos])
  })

  it('has the directory asked again, and so shows at once what else has changed there', async () => {
    const token = await later()
    expect(urnsIn(await ask(token))).toEqual([alices])
    mapping = { version: 'v2', urns: [brunos] }
    expect(urnsIn(await ask(token))).toEqual([alices])
    await order('purge', { account: alices })
    expect(urnsIn(await ask(token))).toEqual([brunos])
  })
})

describe('an answer that is on its way when something is withdrawn', () => {
  it.each<[string, () => Promise<unknown>, string]>([
    ['its session', () => order('revocations', { issuer: issuer.issuer, sub }), 'UNAUTHENTICATED'],
    ['its account', () => order('revocations', { issuer: issuer.issuer, account: urnsOf('carmen')[0] }), 'ACCOUNT_NOT_IN_SCOPE'],
  ])('does not leave when it was %s', async (_what, withdraw, code) => {
    mapping = { version: 'v1', urns: urnsOf('carmen') }
    const token = await earlier()
    const answer = await duringACall(token, withdraw)
    await expectRefused(answer, code)
    expect(canariesIn(answer.text, accountOf('carmen'))).toEqual([])
  })

  it('does not leave when the mapping is another one by then', async () => {
    const answer = await duringACall(await earlier(), async () => {
      mapping = { version: 'v2', urns: [brunos] }
      await order('purge', { account: alices })
    })
    await expectRefused(answer, 'ACCOUNT_NOT_IN_SCOPE')
  })

  it('does not leave when its session has expired by then', async () => {
    await stack.control('faults', { slow: { ms: 2_100 } })
    const answer = await ask(await issuer.sign({ sub, exp: inSeconds(2) }), fresh())
    await expectRefused(answer, 'SESSION_EXPIRED')
  })

  it('leaves when nothing of it was withdrawn, not even if what is kept about its account is forgotten', async () => {
    const answer = await duringACall(await earlier(), () => order('purge', { account: alices }))
    expect([answer.status, answer.errors]).toEqual([200, undefined])
  })
})

describe('what is kept about an account', () => {
  it('is forgotten on a purge: the next answer comes from Opower again', async () => {
    const token = await earlier()
    const text = fresh()
    for (const _twice of [1, 2]) await ask(token, text)
    expect(await stack.calls()).toHaveLength(1)
    await order('purge', { account: alices })
    await ask(token, text)
    expect((await stack.calls()).length).toBeGreaterThan(1)
  })
})

describe('the operator’s orders', () => {
  it.each<[string, string, unknown, number]>([
    ['an unknown issuer', 'revocations', { issuer: 'https://issuer.example', sub: 'x' }, 400],
    ['no issuer', 'revocations', { sub: 'x' }, 400],
    ['a sub and a sid', 'revocations', { issuer: 'x', sub: 'x', sid: 'y' }, 400],
    ['nothing', 'revocations', {}, 400],
    ['a list', 'revocations', [], 400],
    ['an empty sub', 'revocations', { issuer: 'x', sub: '' }, 400],
    ['an account that is no URN', 'revocations', { account: 'alice' }, 400],
    ['an account in upper case', 'purge', { account: alices.toUpperCase() }, 400],
    ['a purge of a person', 'purge', { issuer: 'x', sub: 'x' }, 400],
    ['another path', 'elsewhere', {}, 404],
  ])('with %s are refused and change nothing', async (_what, path, body, status) => {
    expect(await order(path, body)).toBe(status)
    expect((await ask(await earlier())).status).toBe(200)
  })

  it('are taken from nobody without the operator’s token, and only by POST', async () => {
    const url = `${stack.gateway.adminUrl}/admin/revocations`
    const body = JSON.stringify({ issuer: issuer.issuer, sub })
    for (const authorization of ['', 'Bearer wrong', `Bearer ${await earlier()}`]) {
      expect((await fetch(url, { method: 'POST', headers: { authorization }, body })).status).toBe(401)
    }
    expect((await fetch(url, { headers: { authorization: `Bearer ${operatorToken}` } })).status).toBe(405)
    expect(
      (await fetch(`${stack.gateway.url}/admin/revocations`, { method: 'POST', headers: { authorization: `Bearer ${operatorToken}` } }))
        .status,
    ).toBe(404)
    expect((await ask(await earlier())).status).toBe(200)
  })

  it('say what was expected when they are not JSON or too long', async () => {
    expect(await orderText('not json')).toEqual([400, expect.stringContaining('Expected a body in JSON.')])
    expect((await orderText(JSON.stringify({ sub: 'x'.repeat(20_000) })))[0]).toBe(413)
  })
})

let documents = 0
/** A document that nobody asked before, so that no kept answer stands for it. */
function fresh(): string {
  documents += 1
  return `query Fresh${documents} ${query}`
}

function ask(token: string, text = query): Promise<GraphqlAnswer> {
  return stack.send({ query: text }, { authorization: `Bearer ${token}` })
}

/** Asks, and has something done once the call has arrived upstream and before it is answered there. */
async function duringACall(token: string, work: () => Promise<unknown>): Promise<GraphqlAnswer> {
  await stack.control('faults', { slow: { ms: 300 } })
  const answer = ask(token, fresh())
  while ((await stack.calls()).length === 0) await new Promise(resolve => setImmediate(resolve))
  await work()
  return answer
}

async function order(path: string, body: unknown): Promise<number> {
  return (await orderText(JSON.stringify(body), path))[0]
}

async function orderText(body: string, path = 'revocations'): Promise<[number, string]> {
  const headers = { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json' }
  const response = await fetch(`${stack.gateway.adminUrl}/admin/${path}`, { method: 'POST', headers, body })
  return [response.status, await response.text()]
}

async function expectRefused(answer: GraphqlAnswer, code: string): Promise<void> {
  expect([answer.errors?.map(({ extensions }) => extensions.code), answer.data ?? null]).toEqual([[code], null])
  expect(answer.status).toBe(code === 'ACCOUNT_NOT_IN_SCOPE' ? 403 : 401)
}

function urnsIn({ data }: GraphqlAnswer): readonly string[] {
  const { edges } = (data as { billingAccountsConnection: { edges: { node: { urn: string } }[] } }).billingAccountsConnection
  return edges.map(({ node }) => node.urn)
}
