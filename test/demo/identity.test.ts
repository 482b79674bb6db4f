import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { request } from 'node:http'
import { createClaimsDirectory } from '../../src/accounts/claims-directory.js'
import type { AccountDirectory } from '../../src/accounts/directory.js'
import { createHttpDirectory } from '../../src/accounts/http-directory.js'
import { createScope } from '../../src/accounts/scope.js'
import type { Session } from '../../src/session/session.js'
import type { SessionVerifier } from '../../src/session/verify-session.js'
import { createSessionVerifier } from '../../src/session/verify-session.js'
import { requestToken } from '../../simulator/demo/demo-tokens.js'
import { startDemoDirectory } from '../../simulator/demo/directory-service.js'
import { startDemoIssuer, subjectOf } from '../../simulator/demo/issuer.js'
import type { RunningServer } from '../../simulator/demo/json-server.js'
import { population } from '../../simulator/population/population.js'
import { refusalOf } from '../accounts/refusal-of.js'

const audience = 'substation'
const loopback = { host: '127.0.0.1', port: 0, population }
const utilityCode = population.utilities[0]?.code ?? ''

let issuer: RunningServer
let service: RunningServer
let sessions: SessionVerifier
let directory: AccountDirectory

beforeAll(async () => {
  issuer = await startDemoIssuer({ ...loopback, audience })
  service = await startDemoDirectory({ ...loopback, issuer: issuer.url })
  sessions = verifierFor(issuer)
  directory = createHttpDirectory({ url: new URL('/grants', service.url) })
})

afterAll(async () => {
  await issuer.close()
  await service.close()
})

function verifierFor({ url }: RunningServer): SessionVerifier {
  const session = { issuer: url, audience, jwksUrl: new URL('/jwks.json', url), algorithms: ['ES256'], typ: 'at+jwt' }
  return createSessionVerifier({ session, utilityCode })
}

async function signIn(login: string): Promise<Session> {
  return sessions.verify(await requestToken(issuer.url, login))
}

const ofThisUtility = population.customers.filter(({ login }) => login !== 'vera')

describe('every demo customer', () => {
  it.each(ofThisUtility.map(customer => [customer.login, customer] as const))(
    '%s signs in and has their accounts',
    async (login, customer) => {
      const session = await signIn(login)
      const { grants } = await directory.grantsOf(session)
      expect(session.login).toBe(login)
      expect(grants.map(({ urn }) => urn)).toEqual(customer.accountUrns)
      expect(grants.every(({ role }) => role === customer.role)).toBe(true)
    },
  )

  it.each(ofThisUtility.map(({ login }) => login))('%s has the same accounts by claims as by the directory service', async login => {
    const session = await signIn(login)
    const byClaims = await createClaimsDirectory({ claim: 'accounts' }).grantsOf(session)
    // A token has no room for premises.
    const { grants } = await directory.grantsOf(session)
    expect(byClaims.grants).toEqual(grants.map(({ premises: _places, ...grant }) => grant))
  })

  it.each(ofThisUtility.map(({ login }) => login))('%s has a token that fits into 8 KiB', async login => {
    expect((await requestToken(issuer.url, login)).length).toBeLessThan(8000)
  })

  it('stays signed in for 8 hours', async () => {
    const { expiresAt } = await signIn('alice')
    expect(Math.abs(expiresAt - Date.now() / 1000 - 8 * 3600)).toBeLessThan(5)
  })
})

describe('the demo', () => {
  it('gives alice and hanna the same account and different scopes', async () => {
    const scopes = await Promise.all(
      ['alice', 'hanna'].map(async login => {
        const session = await signIn(login)
        return createScope(session, await directory.grantsOf(session), Date.now())
      }),
    )
    expect(scopes[0]?.grants[0]?.urn).toBe(scopes[1]?.grants[0]?.urn)
    expect(new Set(scopes.map(({ key }) => key)).size).toBe(2)
  })

  it('ends the time that dora may see where that of emil begins', async () => {
    const [dora, emil] = await Promise.all(['dora', 'emil'].map(async login => (await directory.grantsOf(await signIn(login))).grants[0]))
    expect(dora?.dataUntil).toBeLessThanOrEqual(emil?.dataFrom ?? 0)
    expect(emil?.dataUntil).toBeUndefined()
  })

  it("refuses vera, whose account is another utility's", async () => {
    expect((await refusalOf(directory.grantsOf(await signIn('vera')))).code).toBe('ACCOUNT_NOT_IN_SCOPE')
  })

  it('knows no accounts of strangers, of another issuer, or for somebody who acts for whom they should not', async () => {
    const alice = await signIn('alice')
    const strangers = [
      { ...alice.subject, sub: 'alice' },
      { ...alice.subject, issuer: 'https://other.example' },
      { ...alice.subject, actor: 'bruno' },
      { ...alice.subject, sub: subjectOf('bruno'), actor: subjectOf('agnes') },
    ]
    for (const subject of strangers) expect((await directory.grantsOf({ ...alice, subject })).grants).toEqual([])
  })

  it('trusts no token of an earlier start', async () => {
    const earlier = await startDemoIssuer({ ...loopback, audience, issuer: issuer.url })
    const token = await requestToken(earlier.url, 'alice')
    await earlier.close()
    expect((await refusalOf(sessions.verify(token))).code).toBe('UNAUTHENTICATED')
  })

  it('lists who can sign in, without secrets', async () => {
    const answer: unknown = await (await fetch(`${issuer.url}/customers`)).json()
    expect(answer).toEqual({
      customers: population.customers.map(({ login, name, accountUrns }) => ({ login, name, accounts: accountUrns.length })),
    })
  })

  it('says who it knows when asked for somebody else', async () => {
    await expect(requestToken(issuer.url, 'zed')).rejects.toThrow(/^Nobody signs in as "zed"\. The demo knows: alice, hanna/)
  })

  it('says when it does not run', async () => {
    const stopped = await startDemoIssuer({ ...loopback, audience })
    await stopped.close()
    await expect(requestToken(stopped.url, 'alice')).rejects.toThrow(/^No demo answers at http:\/\/127\.0\.0\.1:\d+: run npm start first/)
  })

  it('answers nothing under a name that is not of this machine', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request(`${issuer.url}/customers`, { headers: { host: 'rebound.example' } }, response => {
        response.resume()
        resolve(response.statusCode)
      })
        .on('error', reject)
        .end()
    })
    expect(status).toBe(404)
  })

  it.each(['', 'null', '{}', '{"login":7}', 'x'.repeat(70_000)])('survives a sign-in request that is not one (%#)', async body => {
    const answered = await fetch(`${issuer.url}/tokens`, { method: 'POST', body }).then(
      ({ status }) => status,
      () => 0,
    )
    expect([0, 404]).toContain(answered)
    await expect(requestToken(issuer.url, 'alice')).resolves.toEqual(expect.any(String))
  })
})
