import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { SignJWT, generateKeyPair } from 'jose'
import type { Answer, Code, TwoUtilities } from './two-utilities.js'
import { accountsQuery, codes, startTwoUtilities, urnsOf } from './two-utilities.js'

const invitations: readonly (readonly [Code, string])[] = [
  ['nved', 'alice'],
  ['nved', 'bruno'],
  ['nved', 'carmen'],
  ['rvgl', 'vera'],
  ['rvgl', 'alice'],
  ['rvgl', 'bruno'],
]

let two: TwoUtilities
beforeAll(async () => {
  two = await startTwoUtilities({}, { CORS_ORIGINS: 'https://both.example' })
}, 240_000)
afterAll(async () => two[Symbol.asyncDispose]())
beforeEach(async () => {
  for (const code of codes) await fetch(`${two.around[code].simulatorUrl}/__sim/calls`, { method: 'DELETE' })
})

function urnsIn({ text }: Answer): readonly string[] {
  return [...text.matchAll(/urn:opower:v1:account:[^"]+/g)].map(([urn]) => urn)
}

function codesIn({ text }: Answer): readonly string[] {
  return [...text.matchAll(/"code":"([A-Z_]+)"/g)].map(([, code = '']) => code)
}

async function callsOfBoth(): Promise<number> {
  const seen = await Promise.all(codes.map(code => two.around[code].seen()))
  return seen.flat().length
}

describe('a customer of one of two utilities', () => {
  it.each(invitations)('%s: %s sees their own accounts, and no others', async (code, login) => {
    const answer = await two.ask(code, login)
    expect(answer.status).toBe(200)
    expect(urnsOf(code, login).length).toBeGreaterThan(0)
    expect(urnsIn(answer)).toEqual(urnsOf(code, login))
  })

  it('is another person than the one of the same name at the other issuer', async () => {
    const [here, there] = await Promise.all(codes.map(code => two.ask(code, 'alice')))
    expect([here?.status, there?.status]).toEqual([200, 200])
    expect(here?.text).not.toBe(there?.text)
  })

  it.each(invitations)('%s: %s is asked about with the credentials of that utility only', async (code, login) => {
    await two.ask(code, login, '{ billingAccountsConnection { edges { node { utilityId } } } }')
    const other = code === 'nved' ? 'rvgl' : 'nved'
    expect(await two.around[other].seen()).toEqual([])
  })

  it('is refused an account of the other utility, without a call', async () => {
    const [urn = ''] = urnsOf('nved', 'alice')
    const answer = await two.ask('rvgl', 'vera', `{ billingAccountsConnection(byURNs: ["${urn}"]) { edges { node { urn } } } }`)
    expect([answer.status, codesIn(answer)]).toEqual([403, ['ACCOUNT_NOT_IN_SCOPE']])
    expect(await callsOfBoth()).toBe(0)
  })
})

describe('credentials that name no utility here', () => {
  const signed = async (claims: { iss?: string; aud?: string | string[]; utility?: unknown }, sub = 'demo-alice') => {
    const { privateKey } = await generateKeyPair('ES256')
    const token = await new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'x' })
      .setSubject(sub)
      .setIssuedAt()
    return `Bearer ${await token.setExpirationTime('1h').sign(privateKey)}`
  }
  const issuerOf = (code: Code): string => two.around[code].issuerUrl

  it.each([
    ['nothing at all', async () => ({})],
    ['a token of another issuer', async () => ({ authorization: await signed({ iss: 'https://other.example', aud: 'substation' }) })],
    ['a token for another audience', async () => ({ authorization: await signed({ iss: issuerOf('nved'), aud: 'billing' }) })],
    ['a token without an issuer', async () => ({ authorization: await signed({ aud: 'substation' }) })],
    ['a token without an audience', async () => ({ authorization: await signed({ iss: issuerOf('rvgl') }) })],
    ['an opaque token', async () => ({ authorization: 'Bearer 8f14e45fceea167a5a36dedd4bea2543' })],
    ['a token in pieces', async () => ({ authorization: 'Bearer eyJhbGciOiJFUzI1NiJ9.bm90IGpzb24.x' })],
    ['another scheme', async () => ({ authorization: 'Basic YTpi' })],
    ['a cookie that names no utility', async () => ({ cookie: `substation=${'a'.repeat(43)}`, 'x-substation-csrf': '1' })],
    ['a cookie that names a utility elsewhere', async () => ({ cookie: `substation=abcd.${'a'.repeat(43)}`, 'x-substation-csrf': '1' })],
    [
      'two cookies',
      async () => ({ cookie: `substation=nved.${'a'.repeat(43)}; substation=rvgl.${'b'.repeat(43)}`, 'x-substation-csrf': '1' }),
    ],
  ])('are refused before anybody is asked: %s', async (_what, headers) => {
    const answer = await two.send(await headers())
    expect([answer.status, codesIn(answer)]).toEqual([401, ['UNAUTHENTICATED']])
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm="substation"/)
    expect(answer.headers.get('x-request-id')).toMatch(/^[\w-]+$/)
    expect(await callsOfBoth()).toBe(0)
  })

  it.each(codes)('that lie about %s are refused by that utility', async code => {
    const answer = await two.send({ authorization: await signed({ iss: issuerOf(code), aud: 'substation' }) })
    expect([answer.status, codesIn(answer)]).toEqual([401, ['UNAUTHENTICATED']])
    expect(await callsOfBoth()).toBe(0)
  })

  it('are those of a token whose payload was exchanged for one of the other utility', async () => {
    const [header, , signature] = (await two.around.nved.tokenOf('alice')).split('.')
    const [, payload] = (await two.around.rvgl.tokenOf('alice')).split('.')
    const answer = await two.send({ authorization: `Bearer ${header}.${payload}.${signature}` })
    expect([answer.status, codesIn(answer)]).toEqual([401, ['UNAUTHENTICATED']])
    expect(await callsOfBoth()).toBe(0)
  })

  it('are counted and logged, and the log names nobody', async () => {
    const before = two.lines.length
    await two.send({
      authorization: await signed({ iss: 'https://other.example', aud: 'substation' }),
      'x-request-id': 'request-of-nobody',
    })
    expect(two.lines.slice(before).map(line => JSON.parse(line))).toEqual([
      expect.objectContaining({ msg: 'request', requestId: 'request-of-nobody', status: 401, codes: ['UNAUTHENTICATED'] }),
    ])
    expect(await two.metrics()).toMatch(/^substation_requests_total\{code="UNAUTHENTICATED"\} \d+$/m)
  })
})

describe('the header x-substation-utility', () => {
  it('may say what the token says', async () => {
    expect((await two.ask('rvgl', 'vera', accountsQuery, { 'x-substation-utility': 'rvgl' })).status).toBe(200)
  })

  it.each(['nved', 'abcd', '', 'RVGL', 'rvgl, nved'])('never leads elsewhere: %j', async hint => {
    const answer = await two.ask('rvgl', 'vera', accountsQuery, { 'x-substation-utility': hint })
    expect([answer.status, codesIn(answer)]).toEqual([401, ['UNAUTHENTICATED']])
    expect(await callsOfBoth()).toBe(0)
  })
})

describe('a browser session with one of two utilities', () => {
  const csrf = { 'x-substation-csrf': '1' }

  async function open(code: Code, login: string): Promise<string> {
    const authorization = `Bearer ${await two.around[code].tokenOf(login)}`
    const response = await fetch(`${two.gateway.url}/session`, { method: 'POST', headers: { authorization } })
    expect(response.status).toBe(204)
    return (response.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  }

  it.each(invitations)('%s: %s is known by the cookie alone', async (code, login) => {
    const cookie = await open(code, login)
    expect(cookie).toMatch(new RegExp(`^substation=${code}\\.[\\w-]{43}$`))
    expect(urnsIn(await two.send({ cookie: `other=1; ${cookie}`, ...csrf }))).toEqual(urnsOf(code, login))
  })

  it('is not there at the other utility', async () => {
    const cookie = (await open('nved', 'alice')).replace('nved.', 'rvgl.')
    const answer = await two.send({ cookie, ...csrf })
    expect([answer.status, codesIn(answer)]).toEqual([401, ['UNAUTHENTICATED']])
    expect(await callsOfBoth()).toBe(0)
  })

  it('needs the header that other sites cannot send', async () => {
    expect((await two.send({ cookie: await open('rvgl', 'vera') })).status).toBe(401)
  })

  it('ends by the cookie, whatever token comes with it, and the other one stays', async () => {
    const [here, there] = [await open('nved', 'alice'), await open('rvgl', 'alice')]
    const authorization = `Bearer ${await two.around.rvgl.tokenOf('vera')}`
    const ended = await fetch(`${two.gateway.url}/session`, { method: 'DELETE', headers: { cookie: here, authorization, ...csrf } })
    expect([ended.status, ended.headers.get('set-cookie')]).toEqual([204, expect.stringMatching(/^substation=; Max-Age=0/)])
    expect((await two.send({ cookie: here, ...csrf })).status).toBe(401)
    expect(urnsIn(await two.send({ cookie: there, ...csrf }))).toEqual(urnsOf('rvgl', 'alice'))
  })

  it('is passed over where a token of the other utility comes along', async () => {
    const authorization = `Bearer ${await two.around.rvgl.tokenOf('vera')}`
    expect(urnsIn(await two.send({ cookie: await open('nved', 'alice'), authorization }))).toEqual(urnsOf('rvgl', 'vera'))
  })
})
