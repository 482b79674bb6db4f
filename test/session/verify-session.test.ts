import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { JWTPayload } from 'jose'
import { base64url, SignJWT } from 'jose'
import type { SessionVerifier, SessionVerifierOptions } from '../../src/session/verify-session.js'
import { createSessionVerifier } from '../../src/session/verify-session.js'
import { refusalOf } from '../accounts/refusal-of.js'
import type { TestIssuer } from './test-issuer.js'
import { audience, createKey, startTestIssuer, utilityCode } from './test-issuer.js'

let issuer: TestIssuer

beforeEach(async () => {
  issuer = await startTestIssuer()
})

afterEach(() => issuer.close())

function settings(): SessionVerifierOptions['session'] {
  return { issuer: issuer.issuer, audience, jwksUrl: issuer.jwksUrl, algorithms: ['ES256'], typ: 'at+jwt' }
}

function createVerifier(options: Partial<SessionVerifierOptions> = {}): SessionVerifier {
  return createSessionVerifier({ session: settings(), utilityCode, ...options })
}

function unsecured(claims: JWTPayload): string {
  const part = (value: unknown) => base64url.encode(JSON.stringify(value))
  return `${part({ alg: 'none', typ: 'at+jwt' })}.${part(claims)}.`
}

describe('a good session token', () => {
  it('becomes a session with issuer, subject, login, utility and expiry', async () => {
    const exp = Math.floor(Date.now() / 1000) + 600
    const session = await createVerifier().verify(await issuer.sign({ exp, accounts: ['a'] }))
    expect(session).toMatchObject({
      subject: { issuer: issuer.issuer, sub: 'customer-1' },
      login: 'alice',
      utilityCode,
      expiresAt: exp,
      claims: { accounts: ['a'] },
    })
    expect(session.subject).not.toHaveProperty('actor')
  })

  it('names the person who acts for the customer', async () => {
    const session = await createVerifier().verify(await issuer.sign({ act: { sub: 'agent-7' } }))
    expect(session.subject.actor).toBe('agent-7')
  })

  it('signs in by its subject where it has no preferred user name', async () => {
    const session = await createVerifier().verify(await issuer.sign({ preferred_username: undefined }))
    expect(session.login).toBe('customer-1')
  })

  it('need not name a utility: the issuer decides it', async () => {
    const session = await createVerifier().verify(await issuer.sign({ utility: undefined }))
    expect(session.utilityCode).toBe(utilityCode)
  })

  it('may be any type where no type is set', async () => {
    const { typ: _unset, ...session } = settings()
    await expect(createVerifier({ session }).verify(await issuer.sign({}, { typ: 'JWT' }))).resolves.toHaveProperty('login', 'alice')
  })

  it('may begin a moment in the future, for an issuer whose clock runs ahead', async () => {
    const nbf = Math.floor(Date.now() / 1000) + 3
    await expect(createVerifier().verify(await issuer.sign({ nbf }))).resolves.toHaveProperty('login', 'alice')
  })
})

describe('a token that is not good', () => {
  const past = () => Math.floor(Date.now() / 1000) - 1
  const hsKey = () => new TextEncoder().encode(JSON.stringify(issuer.publicJwk))
  const bad: Record<string, () => Promise<string> | string> = {
    'is empty': () => '',
    'is garbage': () => 'not.a.token',
    'has no signature (alg none)': () => unsecured({ iss: issuer.issuer, aud: audience, sub: 'customer-1', exp: past() + 3600 }),
    'is signed with the public key as an HMAC secret': () =>
      new SignJWT({ iss: issuer.issuer, aud: audience, sub: 'customer-1', exp: past() + 3600 })
        .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: 'key-1' })
        .sign(hsKey()),
    'names a key that the issuer does not have': () => issuer.sign({}, { kid: 'unknown' }),
    "is signed with somebody else's key under the issuer's key id": async () => issuer.sign({}, {}, (await createKey('key-1')).privateKey),
    'brings its own key': async () => {
      const { jwk, privateKey } = await createKey('own')
      return issuer.sign({}, { jwk, kid: 'own' }, privateKey)
    },
    'is of another issuer': () => issuer.sign({ iss: 'https://elsewhere.example' }),
    'differs from the issuer by a slash': () => issuer.sign({ iss: `${issuer.issuer}/` }),
    'has no issuer': () => issuer.sign({ iss: undefined }),
    'is for another audience': () => issuer.sign({ aud: 'another-app' }),
    'has no audience': () => issuer.sign({ aud: undefined }),
    'never expires': () => issuer.sign({ exp: undefined }),
    'has no subject': () => issuer.sign({ sub: undefined }),
    'has an empty subject': () => issuer.sign({ sub: '' }),
    'is of another type': () => issuer.sign({}, { typ: 'JWT' }),
    'is not valid yet': () => issuer.sign({ nbf: past() + 3600 }),
    'names another utility': () => issuer.sign({ utility: 'abcd' }),
    'names a utility in another case': () => issuer.sign({ utility: utilityCode.toUpperCase() }),
    'names no utility as null': () => issuer.sign({ utility: null }),
    'has an actor without a name': () => issuer.sign({ act: {} }),
    'has an actor of another issuer': () => issuer.sign({ act: { sub: 'agent-7', iss: 'https://elsewhere.example' } }),
    'expired and was never for this audience': () => issuer.sign({ exp: past(), aud: 'another-app' }),
    'expired and names another utility': () => issuer.sign({ exp: past(), utility: 'abcd' }),
    'expired long ago and names another utility': () => issuer.sign({ exp: past() - 3600, utility: 'abcd' }),
    'was altered': async () => {
      const [header, , signature] = (await issuer.sign()).split('.')
      return [header, base64url.encode(JSON.stringify({ sub: 'somebody-else' })), signature].join('.')
    },
  }

  it.each(Object.keys(bad))('is refused as UNAUTHENTICATED with a challenge when it %s', async name => {
    const token = (await bad[name]?.()) ?? ''
    const error = await refusalOf(createVerifier().verify(token))
    expect(error.code).toBe('UNAUTHENTICATED')
    expect(error.extensions).toMatchObject({
      http: { status: 401, headers: { 'www-authenticate': 'Bearer realm="substation", error="invalid_token"' } },
    })
  })

  it('is refused as SESSION_EXPIRED from the second of its expiry, when it was good otherwise', async () => {
    const exp = Math.floor(Date.now() / 1000)
    const error = await refusalOf(createVerifier({ now: () => exp * 1000 }).verify(await issuer.sign({ exp })))
    expect(error.code).toBe('SESSION_EXPIRED')
    expect(error.extensions).toMatchObject({ http: { status: 401, headers: { 'www-authenticate': expect.stringContaining('expired') } } })
  })

  it('is refused as SESSION_EXPIRED long after its expiry, when it was good otherwise', async () => {
    expect((await refusalOf(createVerifier().verify(await issuer.sign({ exp: past() - 3600 })))).code).toBe('SESSION_EXPIRED')
  })

  it('has the fault that the library found told to the log', async () => {
    const { reason } = await refusalOf(createVerifier().verify(await issuer.sign({ aud: 'another-app' })))
    expect(reason).toBe('ERR_JWT_CLAIM_VALIDATION_FAILED: unexpected "aud" claim value')
  })

  it('is never quoted in what is sent, and neither is the library', async () => {
    const token = await issuer.sign({ aud: 'another-app' })
    const error = await refusalOf(createVerifier().verify(token))
    const sent = JSON.stringify(error) + JSON.stringify(error.extensions) + error.message
    for (const secret of [...token.split('.'), 'claim', 'JWT', 'another-app']) expect(sent).not.toContain(secret)
    expect(String(error.reason)).not.toContain(token.split('.')[2])
  })
})

describe('the keys of the issuer', () => {
  it('are fetched once for a hundred different tokens at once', async () => {
    const tokens = await Promise.all(Array.from({ length: 100 }, (_, index) => issuer.sign({ sub: `customer-${index}` })))
    const verifier = createVerifier()
    await Promise.all(tokens.map(token => verifier.verify(token)))
    expect(issuer.fetches).toBe(1)
  })

  it('may rotate: a token of the new key is good after one more fetch, one of the old key no longer', async () => {
    const verifier = createVerifier({ keys: { cooldownMs: 0 } })
    await verifier.verify(await issuer.sign())
    const [old, oldId] = [await issuer.sign({ sub: 'late' }), issuer.publicJwk.kid]
    await issuer.rotate()
    expect(issuer.publicJwk.kid).not.toBe(oldId)
    await expect(verifier.verify(await issuer.sign())).resolves.toHaveProperty('login', 'alice')
    expect(issuer.fetches).toBe(2)
    expect((await refusalOf(verifier.verify(old))).code).toBe('UNAUTHENTICATED')
  })

  it('are not fetched again for every forged key id', async () => {
    const verifier = createVerifier()
    for (let count = 0; count < 5; count += 1) await refusalOf(verifier.verify(await issuer.sign({}, { kid: `forged-${count}` })))
    expect(issuer.fetches).toBe(1)
  })

  it('that cannot be fetched make the service unavailable, not the customer a stranger', async () => {
    issuer.answerWith(503)
    const error = await refusalOf(createVerifier().verify(await issuer.sign()))
    expect([error.code, error.reason]).toEqual(['UPSTREAM_UNAVAILABLE', 'the signing keys of the session issuer could not be fetched'])
    expect(error.extensions).not.toHaveProperty('http.headers.www-authenticate')
  })

  it('that do not come in time make the service unavailable', async () => {
    issuer.answerWith(0)
    const error = await refusalOf(createVerifier({ keys: { timeoutMs: 50 } }).verify(await issuer.sign()))
    expect(error.code).toBe('UPSTREAM_UNAVAILABLE')
  })

  it('that nobody serves make the service unavailable', async () => {
    const token = await issuer.sign()
    await issuer.close()
    expect((await refusalOf(createVerifier().verify(token))).code).toBe('UPSTREAM_UNAVAILABLE')
  })

  it('that could not be fetched are asked for again later', async () => {
    const verifier = createVerifier({ keys: { retryAfterMs: 0 } })
    issuer.answerWith(503)
    expect((await refusalOf(verifier.verify(await issuer.sign()))).code).toBe('UPSTREAM_UNAVAILABLE')
    issuer.answerWith(200)
    await expect(verifier.verify(await issuer.sign())).resolves.toHaveProperty('login', 'alice')
  })

  it('are left alone for a moment after a failed fetch', async () => {
    issuer.answerWith(503)
    const verifier = createVerifier({ keys: { retryAfterMs: 60_000 } })
    for (let count = 0; count < 5; count += 1) await refusalOf(verifier.verify(await issuer.sign({ sub: `c-${count}` })))
    expect(issuer.fetches).toBe(1)
  })

  it('are taken from one address only: a redirect is not followed', async () => {
    issuer.answerWith(302)
    expect((await refusalOf(createVerifier().verify(await issuer.sign()))).code).toBe('UPSTREAM_UNAVAILABLE')
  })

  it('go on serving for a while when the issuer is down', async () => {
    const verifier = createVerifier({ keys: { maxAgeMs: 0, retryAfterMs: 0 } })
    await verifier.verify(await issuer.sign())
    issuer.answerWith(503)
    await expect(verifier.verify(await issuer.sign({ sub: 'customer-2' }))).resolves.toHaveProperty('subject.sub', 'customer-2')
    expect((await refusalOf(verifier.verify(await issuer.sign({}, { kid: 'forged' })))).code).toBe('UNAUTHENTICATED')
  })

  it('serve no longer than that', async () => {
    const verifier = createVerifier({ keys: { maxAgeMs: 0, retryAfterMs: 0, maxStaleMs: -1 } })
    await verifier.verify(await issuer.sign())
    issuer.answerWith(503)
    expect((await refusalOf(verifier.verify(await issuer.sign({ sub: 'customer-2' })))).code).toBe('UPSTREAM_UNAVAILABLE')
  })

  it.each(['<html>down for maintenance</html>', '{}', '[]', '{"keys":{}}'])(
    'serve no longer either where the issuer answers with %s',
    async body => {
      const verifier = createVerifier({ keys: { maxAgeMs: 0, retryAfterMs: 0, maxStaleMs: 50 } })
      await verifier.verify(await issuer.sign())
      issuer.answerWith(200, body)
      await new Promise(resolve => setTimeout(resolve, 60))
      expect((await refusalOf(verifier.verify(await issuer.sign({ sub: 'customer-2' })))).code).toBe('UPSTREAM_UNAVAILABLE')
    },
  )

  it('that are there have a token of another key refused, and not the service called unavailable', async () => {
    const verifier = createVerifier({ keys: { maxStaleMs: -1 } })
    for (const header of [{ kid: 'forged' }, { alg: 'PS256' }])
      expect((await refusalOf(verifier.verify(await forged(header)))).code).toBe('UNAUTHENTICATED')
    expect(issuer.fetches).toBe(1)
  })

  /** A token that is signed with nobody's key. */
  async function forged(header: object): Promise<string> {
    const [first = '', ...rest] = (await issuer.sign()).split('.')
    const own = JSON.parse(Buffer.from(first, 'base64url').toString()) as object
    return [base64url.encode(JSON.stringify({ ...own, ...header })), ...rest].join('.')
  }
})

describe('a verified session', () => {
  it('is remembered, so that the same token costs no second check', async () => {
    const [verifier, token] = [createVerifier(), await issuer.sign()]
    const sessions = await Promise.all([verifier.verify(token), verifier.verify(token)])
    expect(sessions[0]).toBe(sessions[1])
    expect(await verifier.verify(token)).toBe(sessions[0])
  })

  it('is forgotten at its expiry, however long it might be remembered', async () => {
    let now = Date.now()
    const exp = Math.floor(now / 1000) + 30
    const [verifier, token] = [createVerifier({ now: () => now }), await issuer.sign({ exp })]
    await verifier.verify(token)
    now = exp * 1000
    expect((await refusalOf(verifier.verify(token))).code).toBe('SESSION_EXPIRED')
  })

  it('is checked anew as soon as it may be remembered for less long', async () => {
    let [now, life] = [Date.now(), 60_000]
    const verifier = createVerifier({ now: () => now, maxCachedMs: () => life, keys: { maxAgeMs: 0 } })
    const token = await issuer.sign()
    await verifier.verify(token)
    now += 30_000
    await verifier.verify(token)
    expect(issuer.fetches).toBe(1)
    life = 30_000
    await verifier.verify(token)
    expect(issuer.fetches).toBe(2)
  })

  it('is checked anew after a minute', async () => {
    let now = Date.now()
    const [verifier, token] = [createVerifier({ now: () => now, keys: { maxAgeMs: 0 } }), await issuer.sign()]
    await verifier.verify(token)
    now += 59_999
    await verifier.verify(token)
    expect(issuer.fetches).toBe(1)
    now += 1
    await verifier.verify(token)
    expect(issuer.fetches).toBe(2)
  })

  it('is the same one after the check, while the issuer has the key that proved it', async () => {
    let now = Date.now()
    const [verifier, token] = [createVerifier({ now: () => now }), await issuer.sign()]
    const first = await verifier.verify(token)
    for (let minute = 0; minute < 3; minute += 1) {
      now += 60_000
      expect(await verifier.verify(token)).toBe(first)
    }
  })

  it('is verified from the start where another fetch gave the keys', async () => {
    let now = Date.now()
    const [verifier, token] = [createVerifier({ now: () => now, keys: { maxAgeMs: 0 } }), await issuer.sign()]
    const first = await verifier.verify(token)
    now += 60_000
    const second = await verifier.verify(token)
    expect(second).toEqual(first)
    expect(second).not.toBe(first)
  })

  it('has the issuer waited for once when its keys do not come', async () => {
    let now = Date.now()
    const verifier = createVerifier({ now: () => now, keys: { maxAgeMs: 0, timeoutMs: 50, retryAfterMs: 0 } })
    const token = await issuer.sign()
    const first = await verifier.verify(token)
    issuer.answerWith(0)
    now += 60_000
    expect(await verifier.verify(token)).toEqual(first)
    expect(issuer.fetches).toBe(2)
  })

  it('is refused after a minute where its key is gone', async () => {
    let now = Date.now()
    const [verifier, token] = [createVerifier({ now: () => now, keys: { maxAgeMs: 0 } }), await issuer.sign()]
    await verifier.verify(token)
    await issuer.rotate()
    expect(await verifier.verify(token)).toHaveProperty('login', 'alice')
    now += 60_000
    expect((await refusalOf(verifier.verify(token))).code).toBe('UNAUTHENTICATED')
  })

  it('is refused after a minute where its key id stands for another key', async () => {
    let now = Date.now()
    const [verifier, token] = [createVerifier({ now: () => now, keys: { maxAgeMs: 0 } }), await issuer.sign()]
    await verifier.verify(token)
    await issuer.rotate(issuer.publicJwk.kid)
    now += 60_000
    expect((await refusalOf(verifier.verify(token))).code).toBe('UNAUTHENTICATED')
  })
})

describe('the verifier', () => {
  it.each(['HS256', 'HS512', 'none', 'hs256', 'A128KW', '', 'xES256', 'ES2567', 'EdDSA2'])('is not built for the algorithm "%s"', name => {
    expect(() => createVerifier({ session: { ...settings(), algorithms: ['ES256', name, 'none'] } })).toThrow(
      new TypeError(`SESSION_ALGORITHMS must be public-key algorithms such as ES256 or RS256, but got: ${name}, none`),
    )
  })

  it.each([{ algorithms: [] }, { issuer: '' }, { audience: '' }])('is not built without issuer, audience and algorithms: %j', fault => {
    expect(() => createVerifier({ session: { ...settings(), ...fault } })).toThrow(/^SESSION_/)
  })
})
