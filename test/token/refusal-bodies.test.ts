import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { useUpstreamFetch } from '../../plugins/upstream-fetch.js'
import { useUtilityToken } from '../../plugins/utility-token.js'
import { createTokenRefusalMatcher, judgeAnswer } from '../../src/opower/judge-answer.js'
import { isTokenRefused } from '../../src/opower/upstream-errors.js'
import { createTokenSource } from '../../src/token/token-source.js'
import type { TokenSource } from '../../src/token/token-source.js'
import type { TokenServer } from '../support/token-server.js'
import { startTokenServer } from '../support/token-server.js'
import type { Upstream } from '../support/upstream.js'
import { answerJson, fetchThrough, goodBody, graphqlRequest, startUpstream } from '../support/upstream.js'

const client = { clientId: 'client', clientSecret: 'secret' }
const judged = (status: number, body: unknown) => judgeAnswer({ status, body, isJsonExpected: true, retryAfter: null })

describe('an answer about the token', () => {
  it.each([
    [401, undefined],
    [403, { error: 'invalid token', error_description: 'jwtAuthority is not found.' }],
    [403, { details: 'x', errorMessage: 'The token has expired', httpStatus: 403 }],
    [403, { message: 'expired token' }],
    [403, 'invalid_token'],
    [200, { error: 'invalid_token' }],
    [200, { errors: [{ message: 'x', extensions: { code: 'UNAUTHENTICATED' } }] }],
  ])('is known by status %i and body %j', (status, body) => {
    expect(isTokenRefused(judged(status, body))).toBe(true)
  })

  it.each([
    [403, { error: 'no active accounts', error_description: 'There are no active accounts' }],
    [403, { error: 'EMPTY_AUTHORIZED_CUSTOMERS_LIST' }],
    [403, undefined],
    [200, { data: { a: 1 }, errors: [{ message: 'invalid token' }] }],
    [500, { error: 'invalid_token' }],
  ])('is not taken for one at status %i and body %j', (status, body) => {
    expect(isTokenRefused(judged(status, body))).toBe(false)
  })
})

describe('words of another upstream', () => {
  const isRefusal = createTokenRefusalMatcher({ codes: ['credentials_stale'], texts: ['no longer welcome'] })

  it('are looked for in codes, whatever their case, and in messages', () => {
    expect(isRefusal({ errors: [{ message: 'x', extensions: { code: 'CREDENTIALS_STALE' } }] })).toBe(true)
    expect(isRefusal({ data: null, errors: [{ message: 'You are no longer welcome.' }] })).toBe(true)
    expect(isRefusal({ error: 'no longer welcome' })).toBe(true)
  })

  it('never make a refusal of an answer with data, nor of anything else', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (data, other) => {
        fc.pre(data !== null)
        expect(isRefusal({ data, errors: [{ message: 'no longer welcome' }] })).toBe(false)
        expect(isRefusal(other)).toBe(false)
      }),
    )
  })
})

describe('a refusal in the body of a good answer', () => {
  let upstream: Upstream
  let endpoint: TokenServer
  let tokens: TokenSource

  beforeEach(async () => {
    ;[upstream, endpoint] = await Promise.all([startUpstream(), startTokenServer(client)])
    const secrets = { clientId: { value: client.clientId }, clientSecret: { value: client.clientSecret } }
    tokens = createTokenSource({
      settings: { graphqlUrl: new URL(upstream.url), tokenUrl: endpoint.url, utilityCode: 'smu', ...secrets },
    })
    upstream.answer = response =>
      upstream.received.length === 1
        ? answerJson(response, 200, '{"data":null,"errors":[{"message":"x","extensions":{"code":"CREDENTIALS_STALE"}}]}')
        : answerJson(response, 200, goodBody)
  })
  afterEach(async () => {
    tokens.close()
    await Promise.all([upstream.close(), endpoint.close()])
  })

  function ask(query: string): Promise<Response> {
    const isRefusal = createTokenRefusalMatcher({ codes: ['credentials_stale'] })
    const token = useUtilityToken({ tokens, origins: [upstream.origin], isRefusal })
    return Promise.resolve(fetchThrough(useUpstreamFetch({ timeoutMs: 5_000, sources: {} }), token)(upstream.url, graphqlRequest(query)))
  }

  it('is handled like a 401 where it is configured: another token, and the query once more', async () => {
    expect(await (await ask('{ a }')).json()).toEqual(JSON.parse(goodBody))
    expect(upstream.received).toHaveLength(2)
    expect(endpoint.calls).toHaveLength(2)
  })

  it('never repeats a mutation', async () => {
    await expect(ask('mutation { a }')).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' })
    expect(upstream.received).toHaveLength(1)
  })

  it('costs a good answer nothing: its body is still there to be read', async () => {
    upstream.answer = response => answerJson(response, 200, goodBody)
    expect(await (await ask('{ a }')).text()).toBe(goodBody)
    expect(upstream.received).toHaveLength(1)
  })
})
