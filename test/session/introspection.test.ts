import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createIntrospection, isSignedToken } from '../../src/session/introspection.js'
import type { SessionVerifierOptions } from '../../src/session/verify-session.js'
import { createSessionVerifier } from '../../src/session/verify-session.js'
import { loadSettings, SettingsError } from '../../src/settings.js'
import { refusalOf } from '../accounts/refusal-of.js'
import { everySpelling } from '../support/secrets.js'
import type { IntrospectionEndpoint } from './introspection-endpoint.js'
import { answerWith, startIntrospectionEndpoint } from './introspection-endpoint.js'
import type { TestIssuer } from './test-issuer.js'
import { audience, createKey, startTestIssuer, utilityCode } from './test-issuer.js'

let issuer: TestIssuer
let endpoint: IntrospectionEndpoint
let now = Date.now()

beforeEach(async () => {
  issuer = await startTestIssuer()
  endpoint = await startIntrospectionEndpoint()
  now = Date.now()
})

afterEach(async () => {
  await issuer.close()
  await endpoint[Symbol.asyncDispose]()
})

function createVerifier(options: Partial<SessionVerifierOptions> = {}) {
  const introspection = { url: endpoint.url, clientId: { value: 'gateway' }, clientSecret: { value: 'canary-client-secret' } }
  const session = { issuer: issuer.issuer, audience, jwksUrl: issuer.jwksUrl, algorithms: ['ES256'], typ: 'at+jwt', introspection }
  return createSessionVerifier({ session, utilityCode, now: () => now, ...options })
}

function good(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const seconds = Math.floor(now / 1000)
  const claims = { iss: issuer.issuer, aud: audience, sub: 'customer-1', exp: seconds + 3600, iat: seconds }
  return { active: true, token_type: 'Bearer', preferred_username: 'alice', ...claims, ...changes }
}

const token = 'canary-opaque-token-0123456789'

describe('an opaque token', () => {
  it('becomes a session when the issuer says that it is active and for us', async () => {
    endpoint.answer = answerWith(good({ act: { sub: 'agent-7' } }))
    const session = await createVerifier().verify(token)
    expect(session).toMatchObject({ subject: { issuer: issuer.issuer, sub: 'customer-1', actor: 'agent-7' }, login: 'alice', utilityCode })
    expect(session.claims).not.toHaveProperty('active')
    const basic = `Basic ${Buffer.from('gateway:canary%2Dclient%2Dsecret').toString('base64')}`
    expect(endpoint.asked).toEqual([{ token, hint: 'access_token', authorization: basic }])
    expect(issuer.fetches).toBe(0)
  })

  it('is asked about once for a hundred requests at once, and again after a minute', async () => {
    endpoint.answer = answerWith(good())
    const verifier = createVerifier()
    await Promise.all(Array.from({ length: 100 }, () => verifier.verify(token)))
    expect(endpoint.asked).toHaveLength(1)
    now += 59_999
    await verifier.verify(token)
    expect(endpoint.asked).toHaveLength(1)
    now += 1
    await verifier.verify(token)
    expect(endpoint.asked).toHaveLength(2)
  })

  it('may begin up to five seconds ahead, and need not say of what type it is', async () => {
    now = Math.floor(now / 1000) * 1000
    const begins = (seconds: number) => good({ nbf: now / 1000 + seconds, token_type: undefined })
    for (const seconds of [-60, 0, 5]) {
      endpoint.answer = answerWith(begins(seconds))
      await expect(createVerifier().verify(token)).resolves.toHaveProperty('login', 'alice')
    }
    endpoint.answer = answerWith(begins(6))
    expect((await refusalOf(createVerifier().verify(token))).code).toBe('UNAUTHENTICATED')
  })

  it('is not remembered beyond its expiry', async () => {
    const exp = Math.floor(now / 1000) + 10
    endpoint.answer = answerWith(good({ exp }))
    const verifier = createVerifier()
    await verifier.verify(token)
    now = exp * 1000
    expect((await refusalOf(verifier.verify(token))).code).toBe('SESSION_EXPIRED')
    expect(endpoint.asked).toHaveLength(2)
  })

  it('is asked about with the credentials as they are at that moment', async () => {
    const secrets = ['first', 'second']
    const clientSecret = {
      get value() {
        return secrets.shift() ?? ''
      },
    }
    const introspection = { url: endpoint.url, clientId: { value: 'gateway' }, clientSecret }
    const session = { issuer: issuer.issuer, audience, jwksUrl: issuer.jwksUrl, algorithms: ['ES256'], introspection }
    endpoint.answer = answerWith(good())
    const verifier = createVerifier({ session })
    await verifier.verify(token)
    await verifier.verify(`${token}-2`)
    const passwords = endpoint.asked.map(({ authorization = '' }) => Buffer.from(authorization.slice(6), 'base64').toString())
    expect(passwords).toEqual(['gateway:first', 'gateway:second'])
  })
})

describe('an opaque token is refused as UNAUTHENTICATED', () => {
  const changes: Record<string, () => Record<string, unknown>> = {
    'when it is of another issuer': () => ({ iss: 'https://elsewhere.example' }),
    'when it differs from the issuer by a slash': () => ({ iss: `${issuer.issuer}/` }),
    'when the answer names no issuer': () => ({ iss: undefined }),
    'when it is for another audience': () => ({ aud: 'another-app' }),
    'when it is for others': () => ({ aud: ['another-app', 'a-third'] }),
    'when the answer names no audience': () => ({ aud: undefined }),
    'when it never expires': () => ({ exp: undefined }),
    'when its expiry is a text': () => ({ exp: String(Math.floor(now / 1000) + 3600) }),
    'when it has no subject': () => ({ sub: undefined }),
    'when its subject is empty': () => ({ sub: '' }),
    'when it is not valid yet': () => ({ nbf: Math.floor(now / 1000) + 3600 }),
    'when its beginning cannot be read': () => ({ nbf: 'soon' }),
    'when it is a refresh token': () => ({ token_type: 'refresh_token' }),
    'when it is bound to a key by its type': () => ({ token_type: 'DPoP' }),
    'when it is bound to a key': () => ({ cnf: { jkt: 'x' } }),
    'when it names another utility': () => ({ utility: 'abcd' }),
    'when its actor is of another issuer': () => ({ act: { sub: 'agent-7', iss: 'https://elsewhere.example' } }),
  }

  it.each(Object.keys(changes))('%s', async name => {
    endpoint.answer = answerWith(good(changes[name]?.()))
    expect((await refusalOf(createVerifier().verify(token))).code).toBe('UNAUTHENTICATED')
  })

  it.each([
    ['when it is of another issuer', 'the introspection answer is of another issuer, or of none'],
    ['when it is for others', 'the token is for another audience, or for none'],
    ['when it is a refresh token', 'the token is no bearer token'],
    ['when it is bound to a key', 'the token is bound to a key'],
    ['when it is not valid yet', 'the token is not valid yet'],
  ])('%s, which the log says', async (name, reason) => {
    endpoint.answer = answerWith(good(changes[name]?.()))
    expect((await refusalOf(createVerifier().verify(token))).reason).toBe(reason)
  })

  it('when it is not active, and for a few seconds nobody is asked again; then it may be active', async () => {
    const verifier = createVerifier()
    for (const _attempt of [1, 2, 3]) {
      const { code, reason } = await refusalOf(verifier.verify(token))
      expect([code, reason]).toEqual(['UNAUTHENTICATED', 'the issuer says that the token is not active'])
    }
    expect(endpoint.asked).toHaveLength(1)
    now += 3000
    endpoint.answer = answerWith(good())
    await expect(verifier.verify(token)).resolves.toHaveProperty('login', 'alice')
  })

  it('with a challenge, and without the token or the secret in anything that is said or logged', async () => {
    endpoint.answer = answerWith(good({ aud: 'another-app' }))
    const error = await refusalOf(createVerifier().verify(token))
    expect(error.extensions).toMatchObject({
      http: { status: 401, headers: { 'www-authenticate': expect.stringContaining('invalid_token') } },
    })
    expect(everySpelling(error)).not.toMatch(/canary/)
  })
})

describe('an issuer that cannot be asked', () => {
  const answers: Record<string, IntrospectionEndpoint['answer']> = {
    'because it refuses our credentials': answerWith({ error: 'invalid_client' }, 401),
    'because it fails': answerWith({}, 500),
    'because it does not say whether the token is active': answerWith({ sub: 'customer-1' }),
    'because it says so in another type': response =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ...goodLater(), active: 'true' })),
    'because it answers a page': response => response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>'),
    'because it answers no JSON': response => response.writeHead(200, { 'content-type': 'application/json' }).end('{"active":tr'),
    'because its answer is too long': answerWith({ active: true, padding: 'x'.repeat(70_000) }),
    'because it hangs up': response => response.destroy(),
    'because its status says that something is wrong, whatever its answer says': (response, asked) =>
      answerWith(good(), 500)(response, asked),
  }
  const goodLater = (): Record<string, unknown> => ({ iss: 'x' })

  it.each(Object.keys(answers))('leaves nobody in %s', async name => {
    endpoint.answer = answers[name] ?? endpoint.answer
    const error = await refusalOf(createVerifier().verify(token))
    expect(error.code).toBe('UPSTREAM_UNAVAILABLE')
    expect(everySpelling(error)).not.toMatch(/canary/)
  })

  it('but points elsewhere leaves nobody in, and the other place hears nothing', async () => {
    await using elsewhere = await startIntrospectionEndpoint()
    elsewhere.answer = answerWith(good())
    endpoint.answer = response => response.writeHead(307, { location: elsewhere.url.href }).end()
    expect((await refusalOf(createVerifier().verify(token))).code).toBe('UPSTREAM_UNAVAILABLE')
    expect(elsewhere.asked).toEqual([])
  })

  it('is not asked about more strangers’ tokens at once than a hundred', async () => {
    let release = (): void => undefined
    let arrived = (): void => undefined
    const full = new Promise<void>(resolve => (arrived = resolve))
    const released = new Promise<void>(resolve => (release = resolve))
    endpoint.answer = response => {
      if (endpoint.asked.length === 100) arrived()
      void released.then(() => answerWith({ active: false })(response, { token: null, authorization: undefined }))
    }
    const verifier = createVerifier()
    const waiting = Array.from({ length: 100 }, (_, index) => refusalOf(verifier.verify(`${token}-${index}`)))
    await full
    const { code, reason } = await refusalOf(verifier.verify(token))
    expect([code, reason]).toEqual([
      'UPSTREAM_UNAVAILABLE',
      'the session issuer could not be asked about a token: too many tokens are being asked about',
    ])
    release()
    expect(new Set((await Promise.all(waiting)).map(({ code }) => code))).toEqual(new Set(['UNAUTHENTICATED']))
    expect(endpoint.asked).toHaveLength(100)
    expect((await refusalOf(verifier.verify(token))).code).toBe('UNAUTHENTICATED')
  })

  it('is asked for so long and no longer, and over https unless it is on this machine', async () => {
    const ask = (url: URL, answer = endpoint.answer) => {
      endpoint.answer = answer
      const introspection = { url, clientId: { value: 'gateway' }, clientSecret: { value: 'secret' } }
      return refusalOf(
        createIntrospection({ session: { issuer: issuer.issuer, audience }, introspection, utilityCode, timeoutMs: 50 })(token),
      )
    }
    const late = await ask(endpoint.url, () => undefined)
    expect([late.code, late.reason]).toEqual([
      'UPSTREAM_UNAVAILABLE',
      expect.stringMatching(/^the session issuer could not be asked about a token: \w+$/),
    ])
    const { fetch } = globalThis
    const fetched: unknown[] = []
    globalThis.fetch = async url => (fetched.push(String(url)), Response.json(good()))
    try {
      expect((await ask(new URL('http://id.utility.example/introspect'))).code).toBe('UPSTREAM_UNAVAILABLE')
      expect(fetched).toEqual([])
    } finally {
      globalThis.fetch = fetch
    }
  })

  it('is asked again at once when it works again: no failure is remembered', async () => {
    const verifier = createVerifier()
    endpoint.answer = answerWith({}, 500)
    await refusalOf(verifier.verify(token))
    endpoint.answer = answerWith(good())
    await expect(verifier.verify(token)).resolves.toHaveProperty('login', 'alice')
  })
})

describe('a signed token beside opaque ones', () => {
  it('is verified by the issuer’s keys, and nobody is asked about it', async () => {
    await expect(createVerifier().verify(await issuer.sign())).resolves.toHaveProperty('login', 'alice')
    expect(endpoint.asked).toEqual([])
  })

  it('that is not good is refused, though the issuer would call it active', async () => {
    endpoint.answer = answerWith(good())
    const { privateKey } = await createKey('key-1')
    const bad = [await issuer.sign({}, {}, privateKey), await issuer.sign({ aud: 'another-app' }), await issuer.sign({}, { typ: 'JWT' })]
    for (const each of bad) expect((await refusalOf(createVerifier().verify(each))).code).toBe('UNAUTHENTICATED')
    expect(endpoint.asked).toEqual([])
  })

  it('need not be one for three parts with dots between: what has no header is opaque', async () => {
    endpoint.answer = answerWith(good())
    await expect(createVerifier().verify('one.two.three')).resolves.toHaveProperty('login', 'alice')
  })
})

it('a signed token has three parts, and a header that names an algorithm', () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const header = part({ alg: 'ES256' })
  expect(isSignedToken(`${header}.x.y`)).toBe(true)
  const others = [null, 'alg', 7, [], {}, { typ: 'JWT' }].map(value => `${part(value)}.x.y`)
  for (const opaque of ['', header, `${header}.x`, `${header}.x.y.z`, ...others]) expect(isSignedToken(opaque)).toBe(false)
})

describe('the settings of introspection', () => {
  const base = {
    OPOWER_ENVIRONMENT: 'production',
    OPOWER_CLIENT_ID: 'a',
    OPOWER_CLIENT_SECRET: 'b',
    OPOWER_UTILITY_CODE: 'smu',
    SESSION_ISSUER: 'https://id.utility.example/',
    SESSION_AUDIENCE: 'substation',
    SESSION_JWKS_URL: 'https://id.utility.example/keys',
    SESSION_ALGORITHMS: 'ES256',
    DIRECTORY: 'claims',
    DIRECTORY_CLAIM: 'accounts',
  }
  const complete = {
    SESSION_INTROSPECTION_URL: 'https://id.utility.example/introspect',
    SESSION_CLIENT_ID: 'gateway',
    SESSION_CLIENT_SECRET: 'canary-secret',
  }
  const namesAtFault = (change: Record<string, string>): readonly string[] => {
    try {
      loadSettings({ ...base, ...change })
      return []
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error
      expect(error.message).not.toContain('canary')
      return error.faults.map(({ name }) => name)
    }
  }

  it('are there together or not at all, over https', () => {
    expect(loadSettings(base).session).not.toHaveProperty('introspection')
    expect(loadSettings({ ...base, ...complete }).session.introspection?.url.href).toBe(complete.SESSION_INTROSPECTION_URL)
    expect(namesAtFault({ ...complete, SESSION_CLIENT_SECRET: '' })).toEqual(['SESSION_CLIENT_SECRET'])
    expect(namesAtFault({ ...complete, SESSION_INTROSPECTION_URL: '' })).toEqual(['SESSION_CLIENT_ID', 'SESSION_CLIENT_SECRET'])
    expect(namesAtFault({ ...complete, SESSION_INTROSPECTION_URL: 'http://id.utility.example/introspect' })).toEqual([
      'SESSION_INTROSPECTION_URL',
    ])
    expect(namesAtFault({ ...complete, SESSION_INTROSPECTION_URL: 'https://127.0.0.1/introspect' })).toEqual(['SESSION_INTROSPECTION_URL'])
  })
})
