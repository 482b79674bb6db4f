import { describe, expect, it } from '@jest/globals'
import type { Session } from '../../src/session/session.js'
import type { SessionHeaders, Sessions, SessionsOptions } from '../../src/session/sessions.js'
import { createSessions } from '../../src/session/sessions.js'
import { holdBearers } from '../../src/session/held-bearer.js'
import { refusalOf } from '../accounts/refusal-of.js'
import { sessionOf } from '../accounts/test-directory.js'

const now = Date.parse('2026-11-10T12:00:00Z')
const inAnHour = now / 1000 + 3_600
const byToken = sessionOf('by-token', { expiresAt: inAnHour })
const byCookie = sessionOf('by-cookie', { expiresAt: inAnHour })

interface World {
  readonly token?: Session
  readonly cookie?: Session
  readonly isOpen?: boolean
  readonly revocations?: SessionsOptions['revocations']
}

function create({ token = byToken, cookie = byCookie, isOpen = true, revocations }: World = {}): Sessions {
  return createSessions({
    verifier: { verify: async () => token },
    cookies: {
      find: async header => (header === null ? undefined : cookie),
      isOpen: async () => isOpen,
      open: async () => '',
      close: async () => undefined,
    },
    revocations: revocations ?? { isRevoked: () => false, state: 'live' },
    now: () => now,
  })
}

const headers = (given: Partial<SessionHeaders>): SessionHeaders => ({ authorization: null, cookie: null, csrf: null, ...given })
const bearer = headers({ authorization: 'Bearer token' })
const browser = headers({ cookie: 'substation=x', csrf: '1' })
const causeOf = async (told: unknown): Promise<unknown> => {
  const { code, reason } = await refusalOf(told)
  return [code, reason]
}

describe('who is asking', () => {
  it('is told by the token, or else by the cookie', async () => {
    expect(await create().identify(bearer)).toBe(byToken)
    expect(await create().identify({ ...bearer, cookie: 'substation=x' })).toBe(byToken)
    expect(await create().identify(browser)).toBe(byCookie)
    expect(await create().verify('Bearer token')).toBe(byToken)
  })

  it('is nobody without either, and a bad token is not made good by a cookie', async () => {
    expect(await causeOf(create().identify(headers({})))).toEqual(['UNAUTHENTICATED', 'no credentials'])
    expect((await refusalOf(create().identify({ ...browser, authorization: 'Basic x' }))).code).toBe('UNAUTHENTICATED')
    expect((await refusalOf(create().verify(null))).code).toBe('UNAUTHENTICATED')
  })

  it.each([null, '', '0', '1 ', 'true'])('is not told by a cookie with %j in the header that no other site can send', async csrf => {
    const error = await refusalOf(create().identify({ ...browser, csrf }))
    expect([error.code, error.message]).toEqual([
      'UNAUTHENTICATED',
      'Requests with the session cookie need the header x-substation-csrf: 1.',
    ])
    expect(error.extensions['http']).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer realm="substation"' } })
  })
})

describe('a session stands', () => {
  const atEnd = { ...byToken, expiresAt: now / 1000 }
  it('until its expiry and not a moment longer', async () => {
    const almost = { ...byToken, expiresAt: now / 1000 + 0.001 }
    expect(await create({ token: almost }).identify(bearer)).toBe(almost)
    await create().assertGood(almost)
    for (const refused of [
      create({ token: atEnd }).identify(bearer),
      create({ cookie: atEnd }).identify(browser),
      create().assertGood(atEnd),
    ])
      expect(await causeOf(refused)).toEqual(['SESSION_EXPIRED', 'the session token has expired'])
  })

  it('for a day at most: a withdrawal is kept no longer', async () => {
    const day = 86_400
    const longest = { ...byToken, expiresAt: now / 1000 + day }
    expect(await create({ token: longest }).identify(bearer)).toBe(longest)
    const longer = { ...byToken, expiresAt: now / 1000 + day + 1 }
    expect(await causeOf(create({ token: longer }).identify(bearer))).toEqual(['UNAUTHENTICATED', 'a token that outlives every withdrawal'])
  })

  it('unless it was withdrawn', async () => {
    const revocations = { isRevoked: (session: Session) => session === byCookie, state: 'live' } as const
    const sessions = create({ revocations })
    expect(await sessions.identify(bearer)).toBe(byToken)
    expect(await causeOf(sessions.identify(browser))).toEqual(['UNAUTHENTICATED', 'the session was withdrawn'])
    expect((await refusalOf(sessions.assertGood(byCookie))).code).toBe('UNAUTHENTICATED')
  })

  it('once it is known what was withdrawn: not before, and on while that cannot be read any more', async () => {
    const state = (known: 'unknown' | 'lost') => create({ revocations: { isRevoked: () => false, state: known } })
    expect(await causeOf(state('unknown').identify(bearer))).toEqual(['UPSTREAM_UNAVAILABLE', 'the withdrawals could not be read yet'])
    expect((await refusalOf(state('unknown').assertGood(byCookie))).code).toBe('UPSTREAM_UNAVAILABLE')
    expect(await state('lost').identify(bearer)).toBe(byToken)
  })

  it('while its cookie is open', async () => {
    await create().assertGood(byCookie)
    expect(await causeOf(create({ isOpen: false }).assertGood(byCookie))).toEqual(['UNAUTHENTICATED', 'the session was ended'])
  })
})

describe('the token of a session', () => {
  it('is held beside it, and only where there is one', async () => {
    const { sessions, bearerOf } = holdBearers(create())
    expect(bearerOf(byToken)).toBeUndefined()
    expect(await sessions.identify(bearer)).toBe(byToken)
    expect(bearerOf(byToken)).toBe('token')
    await sessions.verify('Bearer another')
    expect(bearerOf(byToken)).toBe('another')
    expect(bearerOf({ ...byToken })).toBeUndefined()
    expect(JSON.stringify(byToken)).not.toContain('another')
  })

  it('is needed: a session of a cookie has nothing that could stand for the customer', async () => {
    const { sessions, bearerOf } = holdBearers(create())
    const error = await refusalOf(sessions.identify(browser))
    expect([error.code, error.message]).toEqual(['UNAUTHENTICATED', expect.stringContaining('Browser sessions are not served here')])
    expect(error.extensions['http']).toMatchObject({ headers: { 'www-authenticate': 'Bearer realm="substation"' } })
    expect(bearerOf(byCookie)).toBeUndefined()
  })

  it('is not held where it was refused, and whether a session stands is asked as before', async () => {
    const { sessions, bearerOf } = holdBearers(create({ token: { ...byToken, expiresAt: 0 }, isOpen: false }))
    expect((await refusalOf(sessions.verify('Bearer token'))).code).toBe('SESSION_EXPIRED')
    expect(bearerOf(byToken)).toBeUndefined()
    expect((await refusalOf(sessions.assertGood(byCookie))).code).toBe('UNAUTHENTICATED')
  })
})
