import { describe, expect, it } from '@jest/globals'
import type { AccountDirectory } from '../../src/accounts/directory.js'
import { createScope } from '../../src/accounts/scope.js'
import { createStanding } from '../../src/accounts/standing.js'
import { createCookieSessions } from '../../src/session/cookie-session.js'
import type { Session } from '../../src/session/session.js'
import { createSessions } from '../../src/session/sessions.js'
import { loadSettings } from '../../src/settings.js'
import type { Settings } from '../../src/settings.js'
import { createMemoryStore } from '../../src/store/memory-store.js'
import { withAccountTokens } from '../../src/token/account-token-parts.js'
import { createTokenSource } from '../../src/token/token-source.js'
import { refusalOf } from '../accounts/refusal-of.js'

const settings = loadSettings({
  OPOWER_ENVIRONMENT: 'production',
  OPOWER_CLIENT_ID: 'canary-client',
  OPOWER_CLIENT_SECRET: 'canary-secret',
  OPOWER_UTILITY_CODE: 'nved',
  SESSION_ISSUER: 'https://id.utility.example/',
  SESSION_AUDIENCE: 'substation',
  SESSION_JWKS_URL: 'https://id.utility.example/keys',
  SESSION_ALGORITHMS: 'ES256',
  DIRECTORY: 'claims',
  DIRECTORY_CLAIM: 'accounts',
})
const exchangeUrl = new URL('https://id.utility.example/exchange')
const withExchange: Settings = { ...settings, opower: { ...settings.opower, account: { exchangeUrl } } }
const urn = 'urn:opower:v1:account:nved:uuid:0d0d0d0d-0d0d-11ee-8a7b-0200170abcde'
const directory: AccountDirectory = { grantsOf: async () => ({ grants: [{ urn, role: 'holder' }], version: '1' }) }

function sessionOf(sub: string): Session {
  const expiresAt = Math.floor(Date.now() / 1000) + 3_600
  const claims = { sub, exp: expiresAt, iss: settings.session.issuer }
  return { subject: { issuer: settings.session.issuer, sub }, login: sub, utilityCode: 'nved', expiresAt, claims }
}

/** Real parts; a bearer token is the name of its person. */
function partsOf() {
  const warned: string[] = []
  const cookies = createCookieSessions({ store: createMemoryStore(), issuer: settings.session.issuer, utilityCode: 'nved', secure: true })
  const revocations = { isRevoked: () => false, state: 'live' } as const
  const sessions = createSessions({ verifier: { verify: async token => sessionOf(token) }, cookies, revocations })
  const standing = createStanding({ sessions, directory })
  const tokens = createTokenSource({ settings: settings.opower })
  const log = { warn: (_detail: object, message: string) => void warned.push(message) }
  return { warned, parts: { tokens, sessions, cookies, directory, standing, metrics: { tokenCalled: () => undefined }, log } }
}

const bearer = { authorization: 'Bearer alice', cookie: null, csrf: null }

describe('a gateway where no exchange is set', () => {
  it('has the parts that it had, and warns of nothing', () => {
    const { parts, warned } = partsOf()
    expect(withAccountTokens(parts, settings)).toBe(parts)
    expect(warned).toEqual([])
  })
})

describe('a gateway where customers have tokens of their own', () => {
  it('says at its start what it will not serve', () => {
    const { parts, warned } = partsOf()
    withAccountTokens(parts, withExchange)
    expect(warned).toEqual([expect.stringContaining('cookie')])
  })

  it('opens no browser session, and refuses one that was opened before', async () => {
    const { parts } = partsOf()
    const cookie = (await parts.cookies.open(sessionOf('alice'))).split(';')[0] ?? ''
    const { cookies, sessions } = withAccountTokens(parts, withExchange)
    expect((await refusalOf(cookies.open(sessionOf('alice')))).code).toBe('BAD_REQUEST')
    expect((await refusalOf(sessions.identify({ authorization: null, cookie, csrf: '1' }))).code).toBe('UNAUTHENTICATED')
    expect((await refusalOf(sessions.identify({ authorization: null, cookie, csrf: null }))).code).toBe('UNAUTHENTICATED')
    expect(await cookies.close(cookie)).toContain('Max-Age=0')
  })

  it('gives two people with the same accounts nothing in common to share', async () => {
    const { directory: personal } = withAccountTokens(partsOf().parts, withExchange)
    const keyOf = async (sub: string, from: AccountDirectory) =>
      createScope(sessionOf(sub), await from.grantsOf(sessionOf(sub)), Date.now()).key
    expect(await keyOf('alice', directory)).toBe(await keyOf('hanna', directory))
    expect(await keyOf('alice', personal)).toBe(await keyOf('alice', personal))
    expect(await keyOf('alice', personal)).not.toBe(await keyOf('hanna', personal))
  })

  it('still finds a request as good as it was before anything leaves', async () => {
    const { directory: personal, sessions, standing } = withAccountTokens(partsOf().parts, withExchange)
    const session = await sessions.identify(bearer)
    const scope = createScope(session, await personal.grantsOf(session), Date.now())
    expect(await standing.assertUnchanged({ session, scope })).toBeUndefined()
  })

  it('puts nothing into a session: its token is beside it', async () => {
    const { sessions } = withAccountTokens(partsOf().parts, withExchange)
    const { expiresAt: _at, claims: _claims, ...session } = await sessions.identify(bearer)
    expect(session).toEqual({ subject: { issuer: settings.session.issuer, sub: 'alice' }, login: 'alice', utilityCode: 'nved' })
  })
})
