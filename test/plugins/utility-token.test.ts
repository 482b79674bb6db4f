import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { useUpstreamFetch } from '../../plugins/upstream-fetch.js'
import { useUtilityToken } from '../../plugins/utility-token.js'
import { GatewayError } from '../../src/errors.js'
import { startSimulator } from '../../simulator/server.js'
import { createTokenSource } from '../../src/token/token-source.js'
import type { TokenSource } from '../../src/token/token-source.js'
import { everySpelling } from '../support/secrets.js'
import type { TokenServer } from '../support/token-server.js'
import { startTokenServer } from '../support/token-server.js'
import type { Upstream } from '../support/upstream.js'
import { answerJson, fetchThrough, goodBody, graphqlRequest, startUpstream } from '../support/upstream.js'

const clientId = '019ebf3c-bc9c-41fa-87aa-09b1ecc86012'
const clientSecret = 'bdf46a70-c553-44bd-846e-7bd4f9d98690'
const query = '{ billingAccountsConnection { totalCount } }'
const mutation = 'mutation { generateUsageExportFile(usageExportFileConfigurationInput: {}) { uuid } }'

let upstream: Upstream
let endpoint: TokenServer
let tokens: TokenSource

function tokenSource(tokenUrl: URL): TokenSource {
  const secrets = { clientId: { value: clientId }, clientSecret: { value: clientSecret } }
  return createTokenSource({ settings: { graphqlUrl: new URL('/graphql', tokenUrl), tokenUrl, utilityCode: 'smu', ...secrets } })
}

function call(body: string, headers: Record<string, string> = {}, url = upstream.url): Promise<Response> {
  const within = useUpstreamFetch({ timeoutMs: 5_000, sources: {} })
  return Promise.resolve(fetchThrough(within, useUtilityToken({ tokens, origins: [upstream.origin] }))(url, graphqlRequest(body, headers)))
}

async function refusalOf(outcome: Promise<unknown>): Promise<GatewayError> {
  const error = await outcome.catch((each: unknown) => each)
  if (!(error instanceof GatewayError)) throw new Error(`expected a refusal, got ${String(error)}`)
  expect(everySpelling(error)).not.toContain(clientSecret)
  for (const { headers } of upstream.received) expect(everySpelling(error)).not.toContain(headers.authorization?.slice(7) ?? clientSecret)
  return error
}

/** Answers 401 to the first `count` calls. */
function refuseFirst(count: number): void {
  upstream.answer = response => {
    if (upstream.received.length <= count) answerJson(response, 401, '{"error":"invalid_token"}')
    else answerJson(response, 200, goodBody)
  }
}

beforeEach(async () => {
  ;[upstream, endpoint] = await Promise.all([startUpstream(), startTokenServer({ clientId, clientSecret })])
  tokens = tokenSource(endpoint.url)
})
afterEach(async () => {
  tokens.close()
  await Promise.all([upstream.close(), endpoint.close()])
})

describe('the utility token', () => {
  it('goes to a listed origin, spelled Bearer, and the answer comes back', async () => {
    const response = await call(query)
    expect(await response.text()).toBe(goodBody)
    expect(upstream.received[0]?.headers.authorization).toBe(`Bearer ${await tokens.token()}`)
  })

  it('goes to no other origin, and is not even asked for', async () => {
    const stranger = await startUpstream()
    await call(query, {}, stranger.url)
    await call(query, {}, stranger.url.replace('127.0.0.1', 'localhost')).catch(() => undefined)
    expect(stranger.received.length).toBeGreaterThan(0)
    expect(stranger.received.every(({ headers }) => headers.authorization === undefined)).toBe(true)
    expect(endpoint.calls).toHaveLength(0)
    await stranger.close()
  })

  it('goes with nothing that a caller sent to speak for somebody', async () => {
    const identity = {
      Authorization: 'Bearer caller',
      cookie: 'session=caller',
      Forwarded: 'for=caller',
      'X-Forwarded-For': 'caller',
      'Opower-Selected-Entities': '["urn:opower:customer:uuid:caller"]',
      'x-anything': 'caller',
    }
    await call(query, { ...identity, 'x-request-id': 'request-1' })
    expect(JSON.stringify(upstream.received)).not.toContain('caller')
    expect(upstream.received[0]?.headers['x-request-id']).toBe('request-1')
  })

  it('crosses no redirect: where it points sees nothing', async () => {
    const stranger = await startUpstream()
    for (const status of [301, 302, 303, 307, 308]) {
      upstream.answer = response => response.writeHead(status, { location: stranger.url }).end()
      expect((await refusalOf(call(query))).code).toBe('UPSTREAM_REFUSED')
    }
    expect(stranger.received).toHaveLength(0)
    await stranger.close()
  })

  it('shares no headers between calls: a longer body follows a shorter one whole', async () => {
    const init = graphqlRequest(query)
    const fetch = fetchThrough(useUtilityToken({ tokens, origins: [upstream.origin] }))
    await fetch(upstream.url, init)
    const longer = JSON.stringify({ query, variables: { text: 'x'.repeat(500) } })
    await fetch(upstream.url, { ...init, body: longer })
    expect(upstream.received.map(({ body }) => body)).toEqual([init.body, longer])
    expect(init.headers).toEqual({ 'content-type': 'application/json' })
  })

  it('is missing when the endpoint gives none: then nothing goes upstream', async () => {
    endpoint.credentials = []
    expect((await refusalOf(call(query))).code).toBe('UPSTREAM_UNAVAILABLE')
    expect(upstream.received).toHaveLength(0)
  })
})

describe('a token that the upstream does not believe', () => {
  it('is replaced, and a query is repeated once with the fresh one', async () => {
    refuseFirst(1)
    const response = await call(query)
    expect(await response.json()).toEqual(JSON.parse(goodBody))
    const [first, second] = upstream.received.map(({ headers }) => headers.authorization)
    expect(second).not.toBe(first)
    expect(upstream.received.map(({ body }) => body)).toEqual(Array(2).fill(JSON.stringify({ query })))
  })

  it.each([
    ['a 403 that says so', 403, '{"error":"invalid token","error_description":"jwtAuthority is not found."}'],
    ['a 200 that says so', 200, '{"error":"invalid_token"}'],
    ['a GraphQL error that says so', 200, '{"data":null,"errors":[{"message":"x","extensions":{"classification":"UNAUTHORIZED"}}]}'],
  ])('is known by %s as well', async (_name, status, body) => {
    upstream.answer = response =>
      upstream.received.length === 1 ? answerJson(response, status, body) : answerJson(response, 200, goodBody)
    expect((await call(query)).status).toBe(200)
    expect(upstream.received).toHaveLength(2)
    expect(endpoint.calls).toHaveLength(2)
  })

  it('is not repeated twice', async () => {
    refuseFirst(9)
    const error = await refusalOf(call(query))
    expect(error.code).toBe('UPSTREAM_UNAVAILABLE')
    expect(error.extensions).toEqual({ code: 'UPSTREAM_UNAVAILABLE' })
    expect(upstream.received).toHaveLength(2)
  })

  it('never makes a mutation run twice: the customer hears that nothing was started', async () => {
    refuseFirst(1)
    const error = await refusalOf(call(mutation))
    expect(error.code).toBe('UPSTREAM_UNAVAILABLE')
    expect(error.message).toBe('Nothing was started. Try again.')
    expect(upstream.received).toHaveLength(1)
    expect((await call(mutation)).status).toBe(200)
    expect(endpoint.calls).toHaveLength(2)
  })

  it('is not replaced for a body that cannot be read, since it might be a mutation', async () => {
    refuseFirst(1)
    expect((await refusalOf(call('not GraphQL {'))).code).toBe('UPSTREAM_UNAVAILABLE')
    expect(upstream.received).toHaveLength(1)
  })

  it('costs one token call for a hundred customers at once', async () => {
    const stale = await tokens.token()
    upstream.answer = (response, { headers }) =>
      headers.authorization === `Bearer ${stale}` ? answerJson(response, 401, '{}') : answerJson(response, 200, goodBody)
    const responses = await Promise.all(Array.from({ length: 100 }, () => call(query)))
    expect(responses.every(({ status }) => status === 200)).toBe(true)
    expect(endpoint.calls).toHaveLength(2)
    expect(upstream.received).toHaveLength(200)
  })

  it('is recognised without the step that judges answers, too', async () => {
    refuseFirst(1)
    const response = await fetchThrough(useUtilityToken({ tokens, origins: [upstream.origin] }))(upstream.url, graphqlRequest(query))
    expect(response.status).toBe(200)
  })
})

describe('against the simulator', () => {
  it('a customer does not notice that every token was revoked', async () => {
    const simulator = await startSimulator({ port: 0, profile: 'test' })
    const source = tokenSource(new URL(`${simulator.url}/apis/authorization-v1/oauth2/token`))
    const fetch = fetchThrough(
      useUpstreamFetch({ timeoutMs: 5_000, sources: {} }),
      useUtilityToken({ tokens: source, origins: [simulator.url] }),
    )
    const ask = async () => (await fetch(`${simulator.url}/graphql`, graphqlRequest('{ __typename }'))).json()
    expect(await ask()).toEqual({ data: { __typename: 'Query' } })
    await globalThis.fetch(`${simulator.url}/__sim/tokens/revoke`, { method: 'POST' })
    expect(await ask()).toEqual({ data: { __typename: 'Query' } })
    expect(source.status().calls).toEqual({ ok: 2 })
    source.close()
    await simulator.close()
  })
})
