import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { UpstreamCall as MeasuredCall } from '../../plugins/upstream-fetch.js'
import { useUpstreamFetch } from '../../plugins/upstream-fetch.js'
import { useUtilityToken } from '../../plugins/utility-token.js'
import { HeldResponse } from '../../src/opower/held-response.js'
import type { UpstreamRequest } from '../../src/plan/execute.js'
import { composeFetch } from '../../src/server/compose-fetch.js'
import { callThroughFetch } from '../../src/server/source-calls.js'
import { createUpstreamClient } from '../../src/server/upstream-client.js'
import type { Upstream } from '../support/upstream.js'
import { answerJson, goodBody, startUpstream } from '../support/upstream.js'

let upstream: Upstream
let client: ReturnType<typeof createUpstreamClient>
let calls: MeasuredCall[]
let refused: string[]
beforeEach(async () => {
  ;[calls, refused] = [[], []]
  upstream = await startUpstream()
  client = createUpstreamClient({ origin: upstream.origin })
})
afterEach(async () => {
  await client.close()
  await upstream.close()
})

const request: UpstreamRequest = { query: '{ a }', variables: {}, operationName: undefined, lane: 'quick' }
const isGood = (bytes: Buffer) => (bytes.toString() === goodBody ? { isGood: true } : undefined)

/** One call through the steps of the pipeline, as an operation makes it. */
async function call(more: Partial<UpstreamRequest> = {}): Promise<unknown> {
  const steps = [
    useUpstreamFetch({ timeoutMs: 300, sources: { [upstream.origin]: 'Opower' }, onCall: each => void calls.push(each) }),
    useUtilityToken({
      tokens: { token: async () => `token-${refused.length}`, refused: token => refused.push(token) > 0 },
      origins: [upstream.origin],
    }),
  ]
  const fetch = composeFetch(steps, client.fetch)
  return callThroughFetch(fetch, { requestId: 'request-1' }, new URL(upstream.url), 'Opower')({ ...request, ...more })
}

describe('a call to Opower', () => {
  it('brings the bytes where they prove themselves, and else the value', async () => {
    const proven = await call({ prove: isGood })
    expect(proven instanceof HeldResponse ? [proven.held.toString(), proven.proof] : proven).toEqual([goodBody, { isGood: true }])
    expect(await call()).toEqual(JSON.parse(goodBody))
    upstream.answer = response => answerJson(response, 200, '{"data":{"other":1}}')
    expect(await call({ prove: isGood })).toEqual({ data: { other: 1 } })
  })

  it.each([
    ['another status', 400, 'application/json', 'UPSTREAM_REFUSED'],
    ['another format', 200, 'text/html', 'UPSTREAM_UNAVAILABLE'],
  ])('asks nobody to prove an answer of %s', async (_name, status, type, code) => {
    upstream.answer = response => response.writeHead(status, { 'content-type': type }).end(goodBody)
    let asked = 0
    const outcome = call({ prove: () => ++asked })
    await expect(outcome).rejects.toMatchObject({ code })
    expect(asked).toBe(0)
  })

  it('goes with token and id of its request, each time in headers of its own, and is measured', async () => {
    await call()
    await call()
    const heads = upstream.received.map(({ headers }) => [headers.authorization, headers['x-request-id'], headers['content-length']])
    expect(heads).toEqual([
      ['Bearer token-0', 'request-1', heads[0]?.[2]],
      ['Bearer token-0', 'request-1', heads[0]?.[2]],
    ])
    expect(calls).toMatchObject([
      { source: 'Opower', result: 'ok', status: 200 },
      { source: 'Opower', result: 'ok', status: 200 },
    ])
  })

  it('is repeated once with a fresh token', async () => {
    upstream.answer = (response, { headers }) =>
      headers.authorization === 'Bearer token-0' ? answerJson(response, 401, '{}') : answerJson(response, 200, goodBody)
    expect(await call()).toEqual(JSON.parse(goodBody))
    expect([refused, calls.map(({ result }) => result)]).toEqual([['token-0'], ['token_refused', 'ok']])
  })

  it.each([
    ['after its time', () => ({}), 'UPSTREAM_TIMEOUT', 'timeout'],
    ['when nobody waits for it', () => ({ signal: AbortSignal.timeout(50) }), 'UPSTREAM_UNAVAILABLE', 'aborted'],
  ] as const)('ends %s', async (_name, more, code, result) => {
    upstream.answer = () => {}
    await expect(call(more())).rejects.toMatchObject({ code })
    expect(calls).toMatchObject([{ result }])
  })

  it('follows no redirect with the token in hand', async () => {
    upstream.answer = response => response.writeHead(307, { location: `${upstream.origin}/elsewhere` }).end()
    await expect(call()).rejects.toMatchObject({ code: 'UPSTREAM_REFUSED' })
    expect(upstream.received).toHaveLength(1)
  })
})
