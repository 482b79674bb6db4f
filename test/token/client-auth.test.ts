import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { KeyObject } from 'node:crypto'
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startOidcProvider } from '../../bench/token/servers.js'
import type { Settings } from '../../src/settings.js'
import type { ClientAuthSettings } from '../../src/settings/client-auth.js'
import { readClientAuth } from '../../src/settings/client-auth.js'
import { EnvironmentReader } from '../../src/settings/environment-reader.js'
import { SettingsError } from '../../src/settings/settings-error.js'
import { faultOfClientKey, readClientKey } from '../../src/token/client-key.js'
import { createTokenSource } from '../../src/token/token-source.js'
import { everySpelling } from '../support/secrets.js'

let folder: string
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'substation-key-'))))
afterAll(() => rmSync(folder, { recursive: true }))

const pairs = {
  RSA: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  Ed25519: generateKeyPairSync('ed25519'),
}
type Kind = keyof typeof pairs

const pemOf = (key: KeyObject): string => key.export({ format: 'pem', type: 'pkcs8' }).toString()
const jwkOf = (key: KeyObject, more: object = {}): string => JSON.stringify({ ...key.export({ format: 'jwk' }), ...more })
const publicJwks = (kind: Kind, more: object = {}) => ({
  jwks: { keys: [{ ...pairs[kind].publicKey.export({ format: 'jwk' }), ...more }] },
})

/** What was sent, as the endpoint received it. */
interface Sent {
  readonly authorization: string | null
  readonly body: URLSearchParams
}

/** Asks the provider for one token with these settings; `sent` holds each call. */
async function ask(
  client: object,
  own: Partial<Settings['opower']> = {},
): Promise<{ token?: string; calls: object; sent: Sent[]; error: string }> {
  await using endpoint = await startOidcProvider(client)
  const sent: Sent[] = []
  const fetch: typeof globalThis.fetch = (url, init) => {
    sent.push({ authorization: new Headers(init?.headers).get('authorization'), body: new URLSearchParams(String(init?.body)) })
    return globalThis.fetch(url, init)
  }
  const source = createTokenSource({ settings: { ...endpoint.settings, ...own }, fetch })
  try {
    const token = await source.token()
    return { token, calls: source.status().calls, sent, error: '' }
  } catch (error) {
    return { calls: source.status().calls, sent, error: everySpelling(error) }
  } finally {
    source.close()
  }
}

const signed: ClientAuthSettings = { method: 'private_key_jwt' }
const byKey = { token_endpoint_auth_method: 'private_key_jwt' }
const token = expect.stringMatching(/^[\w.-]{20,}$/)

describe('the client proves itself', () => {
  it.each(['client_secret_basic', 'client_secret_post'] as const)('by %s', async method => {
    const { calls, sent } = await ask({ token_endpoint_auth_method: method }, { clientAuth: { method } })
    expect(calls).toEqual({ ok: 1 })
    const isInBody = method === 'client_secret_post'
    expect(sent.map(({ authorization, body }) => [authorization !== null, body.has('client_secret')])).toEqual([[!isInBody, isInBody]])
  })

  it.each(Object.keys(pairs) as Kind[])('by a statement signed with a key of the kind %s, from PEM and from a JWK', async kind => {
    const { privateKey } = pairs[kind]
    const keyId = randomUUID()
    for (const text of [pemOf(privateKey), jwkOf(privateKey, { kid: keyId })]) {
      const { algorithm } = readClientKey(text)
      const client = { ...byKey, ...publicJwks(kind, { kid: keyId }), token_endpoint_auth_signing_alg: algorithm }
      const { token: given, sent } = await ask(client, { clientSecret: { value: text }, clientAuth: signed })
      expect(given).toEqual(token)
      expect(sent).toHaveLength(1)
      expect([sent[0]?.authorization, [...(sent[0]?.body.keys() ?? [])].sort()]).toEqual([
        null,
        ['client_assertion', 'client_assertion_type', 'client_id', 'grant_type'],
      ])
    }
  })

  it('and is told apart from somebody with another key, whose key is in no error', async () => {
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    const { calls, error } = await ask(
      { ...byKey, ...publicJwks('P-256') },
      { clientSecret: { value: pemOf(stranger) }, clientAuth: signed },
    )
    expect(calls).toEqual({ invalid_client: 1 })
    expect(error).not.toContain(String(stranger.export({ format: 'jwk' }).d))
  })

  it('with a statement for the endpoint alone, or for what it calls itself', async () => {
    const client = { ...byKey, ...publicJwks('P-256') }
    const clientSecret = { value: pemOf(pairs['P-256'].privateKey) }
    const audienceOf = ({ sent }: { sent: Sent[] }): unknown => {
      const [, claims = ''] = (sent[0]?.body.get('client_assertion') ?? '').split('.')
      return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { aud: unknown }).aud
    }
    expect(audienceOf(await ask(client, { clientSecret, clientAuth: signed }))).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/token$/)
    const elsewhere = await ask(client, { clientSecret, clientAuth: { ...signed, audience: 'https://elsewhere.example' } })
    expect([audienceOf(elsewhere), elsewhere.calls]).toEqual(['https://elsewhere.example', { invalid_client: 1 }])
  })

  it('goes on with the key before while its file holds none, or one that is not known there yet', async () => {
    const keyFile = join(folder, 'key')
    const client = { ...byKey, ...publicJwks('P-256') }
    await using endpoint = await startOidcProvider(client)
    writeFileSync(keyFile, pemOf(pairs['P-256'].privateKey))
    const settings = { ...endpoint.settings, clientSecret: { file: keyFile }, clientAuth: signed }
    const source = createTokenSource({ settings, watchMs: 20 })
    try {
      const first = await source.token()
      for (const content of ['-----BEGIN PRIVATE KEY-----\nhalf of it', pemOf(pairs.Ed25519.privateKey)]) {
        writeFileSync(keyFile, content)
        await new Promise(resolve => setTimeout(resolve, 150))
        source.refused(await source.token())
        expect(await source.token()).toEqual(token)
      }
      expect(await source.token()).not.toBe(first)
    } finally {
      source.close()
    }
  })
})

describe('a private key of the client', () => {
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
  const locked = pairs['P-256'].privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' }).toString()
  it.each([
    ['a small one', pemOf(small)],
    ['one under a passphrase', locked],
    ['a public one', pairs['P-256'].publicKey.export({ format: 'pem', type: 'spki' }).toString()],
    ['the public half of a JWK', jwkOf(pairs.Ed25519.publicKey)],
    ['one for another algorithm', jwkOf(pairs.RSA.privateKey, { alg: 'ES256' })],
    ['one of another curve', pemOf(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey)],
    ['a shared one', '{"kty":"oct","k":"AAAA"}'],
    ['text', 'canary'],
    ['broken JSON', '{"kty":'],
  ])('is not %s', (_what, text) => {
    expect(faultOfClientKey(text)).toMatch(/^a private key in PEM/)
  })

  it('signs as its JWK says', () => {
    expect(readClientKey(jwkOf(pairs.RSA.privateKey, { alg: 'PS256', kid: 'one' }))).toMatchObject({ algorithm: 'PS256', keyId: 'one' })
    expect(readClientKey(pemOf(pairs.RSA.privateKey))).toMatchObject({ algorithm: 'RS256' })
  })
})

describe('the settings of how the client proves itself', () => {
  const key = (): string => {
    writeFileSync(join(folder, 'setting'), pemOf(pairs.Ed25519.privateKey))
    return join(folder, 'setting')
  }
  function read(environment: Record<string, string>) {
    const reader = new EnvironmentReader(environment)
    const found = readClientAuth(reader, () => undefined)
    reader.finish()
    return found
  }

  it('are HTTP Basic where nothing is said', () => {
    expect(read({ OPOWER_CLIENT_SECRET: 'x' }).clientSecret).toMatchObject({ value: 'x' })
    expect(read({ OPOWER_CLIENT_SECRET: 'x', OPOWER_TOKEN_AUTH: 'client_secret_basic' })).not.toHaveProperty('clientAuth')
  })

  it('name a key in place of a secret', () => {
    const own = { OPOWER_TOKEN_AUTH: 'private_key_jwt', OPOWER_CLIENT_KEY_FILE: key() }
    expect(read(own)).toEqual({ clientSecret: { file: own.OPOWER_CLIENT_KEY_FILE }, clientAuth: { method: 'private_key_jwt' } })
    expect(read({ ...own, OPOWER_TOKEN_AUDIENCE: 'https://id.example' }).clientAuth?.audience).toBe('https://id.example')
  })

  it.each([
    [{ OPOWER_TOKEN_AUTH: 'none', OPOWER_CLIENT_SECRET: 'x' }, ['OPOWER_TOKEN_AUTH']],
    [{ OPOWER_TOKEN_AUTH: 'private_key_jwt' }, ['OPOWER_CLIENT_KEY']],
    [
      { OPOWER_TOKEN_AUTH: 'private_key_jwt', OPOWER_CLIENT_KEY: 'canary-key', OPOWER_CLIENT_SECRET: 'x' },
      ['OPOWER_CLIENT_SECRET', 'OPOWER_CLIENT_KEY'],
    ],
    [
      { OPOWER_CLIENT_SECRET: 'x', OPOWER_CLIENT_KEY: 'canary-key', OPOWER_TOKEN_AUDIENCE: 'y' },
      ['OPOWER_CLIENT_KEY', 'OPOWER_TOKEN_AUDIENCE'],
    ],
  ])('stop the start where they cannot be right, and show no key: %j', (environment, names) => {
    try {
      read(environment as unknown as Record<string, string>)
      throw new Error('expected faults')
    } catch (error) {
      expect(error).toBeInstanceOf(SettingsError)
      expect((error as SettingsError).faults.map(({ name }) => name)).toEqual(names)
      expect((error as SettingsError).message).not.toContain('canary-key')
    }
  })
})
