import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { TestIssuer } from '../session/test-issuer.js'
import { audience, startTestIssuer } from '../session/test-issuer.js'
import type { GraphqlAnswer, Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'
import { urnsOf } from './people.js'

const query = '{ viewer { login } billingAccountsConnection { edges { node { urn } } } }'
const csrf = { 'x-substation-csrf': '1' }
const origin = 'https://my.utility.example'

let issuer: TestIssuer
let stack: Stack
let folder: string
let people = 0
let sub = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'substation-browser-'))
  const tokenFile = join(folder, 'operator')
  writeFileSync(tokenFile, 'operator')
  issuer = await startTestIssuer()
  stack = await startStack({
    env: {
      SESSION_ISSUER: issuer.issuer,
      SESSION_JWKS_URL: issuer.jwksUrl.href,
      SESSION_AUDIENCE: audience,
      DIRECTORY: 'claims',
      DIRECTORY_CLAIM: 'accounts',
      CORS_ORIGINS: origin,
      ADMIN_TOKEN_FILE: tokenFile,
    },
  })
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
  await issuer.close()
  rmSync(folder, { recursive: true })
})
beforeEach(async () => {
  people += 1
  sub = `browser-${people}`
  await stack.forgetCalls()
})

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds
const sign = (claims: Record<string, unknown> = {}): Promise<string> =>
  issuer.sign({ sub, iat: inSeconds(-60), accounts: urnsOf('alice'), preferred_username: 'alice', ...claims })

describe('a browser session', () => {
  it('is opened with a bearer token and then stands for it, while the token is in no byte that the browser gets', async () => {
    const token = await sign()
    const opened = await session('POST', { authorization: `Bearer ${token}` })
    expect([opened.status, await opened.text()]).toEqual([204, ''])
    const set = String(opened.headers.get('set-cookie'))
    expect(set).toMatch(/^substation=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/)
    expect(Number(/Max-Age=(\d+)/.exec(set)?.[1])).toBeGreaterThan(3_500)
    const bytes = JSON.stringify([...opened.headers])
    for (const part of token.split('.')) expect(bytes).not.toContain(part)
    const answer = await ask({ cookie: cookieOf(opened), ...csrf })
    expect(answer.data).toMatchObject({
      viewer: { login: 'alice' },
      billingAccountsConnection: { edges: [{ node: { urn: urnsOf('alice')[0] } }] },
    })
  })

  it('has another name each time, so that none can be guessed or fixed', async () => {
    const authorization = `Bearer ${await sign()}`
    const chosen = `substation=${'A'.repeat(43)}`
    const cookies = await Promise.all([1, 2, 3].map(async () => cookieOf(await session('POST', { authorization, cookie: chosen }))))
    expect(new Set([...cookies, chosen]).size).toBe(4)
    expectRefused(await ask({ cookie: chosen, ...csrf }))
  })

  it('is refused without the header that no other site can send, whatever is asked, and nothing is looked at', async () => {
    const cookie = cookieOf(await open())
    for (const headers of [{}, { 'x-substation-csrf': '0' }, { 'x-substation-csrf': '' }, { 'x-substation-csrf': '1, 1' }]) {
      expectRefused(await ask({ cookie, ...headers }))
    }
    const form = await fetch(`${stack.gateway.url}/graphql`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ query }),
    })
    expect([form.status, await form.text()]).toEqual([401, expect.stringContaining('x-substation-csrf')])
    const link = await fetch(`${stack.gateway.url}/graphql?${new URLSearchParams({ query })}`, { headers: { cookie } })
    expect(link.status).toBe(401)
    expect((await fetch(`${stack.gateway.url}/files/${'x'.repeat(32)}`, { headers: { cookie } })).status).toBe(401)
    expect((await session('DELETE', { cookie })).status).toBe(401)
    expect(await stack.calls()).toEqual([])
    expect((await ask({ cookie, ...csrf })).status).toBe(200)
  })

  it('is ended by DELETE, for this browser and for whoever copied the cookie', async () => {
    const [cookie, other] = [cookieOf(await open()), cookieOf(await open())]
    const closed = await session('DELETE', { cookie, ...csrf })
    expect([closed.status, closed.headers.get('set-cookie')]).toEqual([204, expect.stringMatching(/^substation=; Max-Age=0; Path=\/; /)])
    expectRefused(await ask({ cookie, ...csrf }))
    expect((await ask({ cookie: other, ...csrf })).status).toBe(200)
    expect((await session('DELETE', { cookie, ...csrf })).status).toBe(204)
  })

  it('ends with its token', async () => {
    const cookie = cookieOf(await open({ exp: inSeconds(2) }))
    expect((await ask({ cookie, ...csrf })).status).toBe(200)
    let answer = await ask({ cookie, ...csrf })
    while (answer.status === 200) answer = await ask({ cookie, ...csrf })
    expectRefused(answer)
  })

  it('is withdrawn with its person', async () => {
    const cookie = cookieOf(await open())
    await fetch(`${stack.gateway.adminUrl}/admin/revocations`, {
      method: 'POST',
      headers: { authorization: 'Bearer operator' },
      body: JSON.stringify({ issuer: issuer.issuer, sub }),
    })
    expectRefused(await ask({ cookie, ...csrf }))
    expect((await session('POST', { authorization: `Bearer ${await sign()}` })).status).toBe(401)
  })

  it('that is ended while its answer is on its way gets none', async () => {
    const cookie = cookieOf(await open())
    await stack.control('faults', { slow: { ms: 300 } })
    const answer = ask({ cookie, ...csrf }, `query Slow ${query}`)
    while ((await stack.calls()).length === 0) await new Promise(resolve => setImmediate(resolve))
    await session('DELETE', { cookie, ...csrf })
    expectRefused(await answer)
    await stack.control('faults', {})
  })

  it('gives way to a bearer token that comes with it, good or bad', async () => {
    const cookie = cookieOf(await open())
    const other = await sign({ sub: `${sub}-other`, preferred_username: 'bruno', accounts: urnsOf('bruno') })
    expect((await ask({ cookie, ...csrf, authorization: `Bearer ${other}` })).data).toMatchObject({ viewer: { login: 'bruno' } })
    expect((await ask({ cookie, authorization: `Bearer ${other}` })).status).toBe(200)
    expectRefused(await ask({ cookie, ...csrf, authorization: 'Bearer none' }))
  })
})

describe('no browser session', () => {
  it.each<[string, () => Promise<Record<string, string>> | Record<string, string>]>([
    ['without a token', () => ({})],
    ['with a bad token', () => ({ authorization: 'Bearer none' })],
    ['with an expired token', async () => ({ authorization: `Bearer ${await sign({ exp: inSeconds(-1) })}` })],
    ['with a cookie alone', async () => ({ cookie: cookieOf(await open()), ...csrf })],
  ])('is opened %s', async (_how, headersOf) => {
    const refused = await session('POST', await headersOf())
    expect([refused.status, refused.headers.get('set-cookie')]).toEqual([401, null])
    expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer /)
  })

  it.each(['substation=', 'substation=short', `substation=${'A'.repeat(43)}`, `substation=${'A'.repeat(42)}%`, 'other=1'])(
    'stands behind %s',
    async cookie => {
      expectRefused(await ask({ cookie, ...csrf }))
      expect(await stack.calls()).toEqual([])
    },
  )

  it('stands behind two cookies of the name, though one of them is good', async () => {
    const cookie = cookieOf(await open())
    for (const both of [`${cookie}; substation=${'A'.repeat(43)}`, `substation=${'A'.repeat(43)}; ${cookie}`])
      expectRefused(await ask({ cookie: both, ...csrf }))
    expect((await ask({ cookie: `theme=dark; ${cookie}; a=b`, ...csrf })).status).toBe(200)
  })

  it('is opened or ended by any other method', async () => {
    for (const method of ['GET', 'PUT']) {
      const refused = await session(method, { authorization: `Bearer ${await sign()}` })
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'POST, DELETE'])
    }
  })
})

describe('another origin', () => {
  it.each(['/graphql', '/session', '/files/x'])('that is listed may send the cookie to %s, and no other may', async path => {
    const preflight = (from: string): Promise<Response> =>
      fetch(`${stack.gateway.url}${path}`, {
        method: 'OPTIONS',
        headers: { origin: from, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-substation-csrf' },
      })
    const listed = await preflight(origin)
    expect([
      listed.status,
      listed.headers.get('access-control-allow-origin'),
      listed.headers.get('access-control-allow-credentials'),
    ]).toEqual([204, origin, 'true'])
    for (const other of ['https://evil.example', 'null']) {
      const refused = await preflight(other)
      expect([refused.status, [...refused.headers.keys()].filter(name => name.startsWith('access-control'))]).toEqual([403, []])
    }
  })
})

function session(method: string, headers: Record<string, string>): Promise<Response> {
  return fetch(`${stack.gateway.url}/session`, { method, headers })
}

async function open(claims: Record<string, unknown> = {}): Promise<Response> {
  return session('POST', { authorization: `Bearer ${await sign(claims)}` })
}

function cookieOf(response: Response): string {
  return String(response.headers.get('set-cookie')?.split(';')[0])
}

function ask(headers: Record<string, string>, text = query): Promise<GraphqlAnswer> {
  return stack.send({ query: text }, headers)
}

function expectRefused(answer: GraphqlAnswer): void {
  expect([answer.status, answer.data]).toEqual([401, undefined])
  expect(['UNAUTHENTICATED', 'SESSION_EXPIRED']).toContain(answer.errors?.[0]?.extensions.code)
}
