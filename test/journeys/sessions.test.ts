import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { TestIssuer } from '../session/test-issuer.js'
import { audience, createKey, startTestIssuer } from '../session/test-issuer.js'
import type { Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'

let issuer: TestIssuer
let stack: Stack
beforeAll(async () => {
  issuer = await startTestIssuer()
  stack = await startStack({ env: { SESSION_ISSUER: issuer.issuer, SESSION_JWKS_URL: issuer.jwksUrl.href, SESSION_AUDIENCE: audience } })
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
  await issuer.close()
})
beforeEach(() => stack.forgetCalls())

const query = '{ viewer { login } billingAccountByAuthContext { name } }'
const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('who is not signed in is answered 401 in either media type, and nothing is looked at', () => {
  it.each<[string, () => Promise<string | undefined> | string | undefined, string]>([
    ['no token', () => undefined, 'UNAUTHENTICATED'],
    ['another scheme', () => 'Basic YWxpY2U6c2VjcmV0', 'UNAUTHENTICATED'],
    ['an empty token', () => 'Bearer ', 'UNAUTHENTICATED'],
    ['a token that is none', () => 'Bearer abc', 'UNAUTHENTICATED'],
    ['two tokens', async () => `Bearer ${await issuer.sign()}, Bearer ${await issuer.sign()}`, 'UNAUTHENTICATED'],
    ['an expired token', async () => `Bearer ${await issuer.sign({ exp: inSeconds(-1) })}`, 'SESSION_EXPIRED'],
    ['a token without an end', async () => `Bearer ${await issuer.sign({ exp: undefined })}`, 'UNAUTHENTICATED'],
    ['a token of the future', async () => `Bearer ${await issuer.sign({ nbf: inSeconds(600) })}`, 'UNAUTHENTICATED'],
    ['another issuer', async () => `Bearer ${await issuer.sign({ iss: 'https://issuer.example' })}`, 'UNAUTHENTICATED'],
    ['another audience', async () => `Bearer ${await issuer.sign({ aud: 'another-app' })}`, 'UNAUTHENTICATED'],
    ['another utility', async () => `Bearer ${await issuer.sign({ utility: 'rvgl' })}`, 'UNAUTHENTICATED'],
    ['another key', async () => `Bearer ${await issuer.sign({}, {}, (await createKey('key-1')).privateKey)}`, 'UNAUTHENTICATED'],
    ['no signature', async () => `Bearer ${part({ alg: 'none' })}.${(await issuer.sign()).split('.')[1]}.`, 'UNAUTHENTICATED'],
    ['a changed claim', async () => withClaim(await issuer.sign(), { sub: 'somebody-else' }), 'UNAUTHENTICATED'],
    ['the demo’s own token', async () => `Bearer ${await stack.tokenOf('alice')}`, 'UNAUTHENTICATED'],
  ])('%s', async (_what, authorizationOf, code) => {
    const authorization = await authorizationOf()
    for (const accept of ['application/graphql-response+json', 'application/json']) {
      for (const body of [{ query }, 'no JSON at all']) {
        const answer = await stack.send(body, { accept, ...(authorization === undefined ? {} : { authorization }) })
        expect([answer.status, answer.errors?.map(({ extensions }) => extensions.code)]).toEqual([401, [code]])
        expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm="substation"/)
        expect(answer.text).not.toMatch(/"data"|jose|JWS|JWT|signature/)
      }
    }
    expect(await stack.calls()).toEqual([])
  })

  it('not even by way of a GET, or of the schema', async () => {
    for (const text of ['{ viewer { login } }', '{ __schema { types { name } } }', '{ __typename }']) {
      const answer = await fetch(`${stack.gateway.url}/graphql?${new URLSearchParams({ query: text })}`)
      expect([answer.status, await answer.text()]).toEqual([401, expect.stringContaining('UNAUTHENTICATED')])
    }
  })
})

it('who is signed in and unknown to the directory has no accounts, and costs no call', async () => {
  const answer = await stack.send({ query }, { authorization: `Bearer ${await issuer.sign()}` })
  expect(answer.data).toEqual({ viewer: { login: 'alice' }, billingAccountByAuthContext: null })
  expect(await stack.calls()).toEqual([])
})

function withClaim(token: string, claims: object): string {
  const [header, payload = '', signature] = token.split('.')
  return `Bearer ${header}.${part({ ...JSON.parse(Buffer.from(payload, 'base64url').toString()), ...claims })}.${signature}`
}
