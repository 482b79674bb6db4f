import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { ServerResponse } from 'node:http'
import type { UpstreamCall, UpstreamFetchOptions } from '../../plugins/upstream-fetch.js'
import { useUpstreamFetch } from '../../plugins/upstream-fetch.js'
import type { GatewayErrorCode } from '../../src/errors.js'
import { GatewayError } from '../../src/errors.js'
import { UpstreamFailure } from '../../src/opower/upstream-errors.js'
import { everySpelling } from '../support/secrets.js'
import type { Upstream } from '../support/upstream.js'
import { answerJson, fetchThrough, goodBody, graphqlRequest, startUpstream } from '../support/upstream.js'

const canary = 'canary-account-0042'
const query = '{ billingAccountsConnection { totalCount } }'

let upstream: Upstream
let calls: (UpstreamCall & { context: unknown })[]

function call(options: Partial<UpstreamFetchOptions> = {}, init = {}, context: unknown = undefined): Promise<Response> {
  const plugin = useUpstreamFetch({
    timeoutMs: 5_000,
    sources: { [upstream.origin]: 'Opower' },
    onCall: (each, about) => void calls.push({ ...each, context: about }),
    ...options,
  })
  return Promise.resolve(fetchThrough(plugin)(upstream.url, { ...graphqlRequest(query), ...init }, context))
}

async function refusalOf(outcome: Promise<unknown>): Promise<GatewayError> {
  const error = await outcome.catch((each: unknown) => each)
  if (!(error instanceof GatewayError)) throw new Error(`expected a refusal, got ${String(error)}`)
  expect(everySpelling(error)).not.toContain(canary)
  expect(error.extensions).toEqual({ code: error.code })
  expect(error.reason).toBeInstanceOf(UpstreamFailure)
  return error
}

beforeEach(async () => {
  calls = []
  upstream = await startUpstream()
})
afterEach(() => upstream.close())

type Row = readonly [GatewayErrorCode, UpstreamCall['result'], number | undefined, (response: ServerResponse) => unknown]

const html = { 'content-type': 'text/html' }
const faults: Record<string, Row> = {
  'a broken connection': ['UPSTREAM_UNAVAILABLE', 'unavailable', undefined, r => r.destroy()],
  'an HTML page': ['UPSTREAM_UNAVAILABLE', 'unavailable', 200, r => r.writeHead(200, html).end(`<html>${canary}</html>`)],
  'an empty body': ['UPSTREAM_UNAVAILABLE', 'unavailable', 200, r => answerJson(r, 200, '')],
  'a body cut short': ['UPSTREAM_UNAVAILABLE', 'unavailable', 200, r => answerJson(r, 200, `{"data":{"a":{"b":"${canary}"}}`)],
  'a body that breaks off': [
    'UPSTREAM_UNAVAILABLE',
    'unavailable',
    200,
    r => (r.writeHead(200, { 'content-length': 500 }).write(`{"data":"${canary}`), setImmediate(() => r.destroy())),
  ],
  'no content': ['UPSTREAM_UNAVAILABLE', 'unavailable', 204, r => r.writeHead(204).end()],
  'a 400': ['UPSTREAM_REFUSED', 'refused', 400, r => answerJson(r, 400, `{"error":"${canary}"}`)],
  'a 401': ['UPSTREAM_UNAVAILABLE', 'token_refused', 401, r => answerJson(r, 401, `{"error":"${canary}"}`)],
  'a 403': ['UPSTREAM_REFUSED', 'refused', 403, r => answerJson(r, 403, `{"error":"no active accounts","error_description":"${canary}"}`)],
  'an HTML 403': ['UPSTREAM_REFUSED', 'refused', 403, r => r.writeHead(403, html).end(`<html>${canary}</html>`)],
  'a 404': ['UPSTREAM_REFUSED', 'refused', 404, r => r.writeHead(404).end(canary)],
  'a 408': ['UPSTREAM_TIMEOUT', 'timeout', 408, r => r.writeHead(408).end(canary)],
  'a 429': ['UPSTREAM_UNAVAILABLE', 'unavailable', 429, r => r.writeHead(429, { 'retry-after': '7' }).end(canary)],
  'a 500': ['UPSTREAM_UNAVAILABLE', 'unavailable', 500, r => answerJson(r, 500, `{"details":"${canary}"}`)],
  'a 503 of a firewall': ['UPSTREAM_UNAVAILABLE', 'unavailable', 503, r => r.writeHead(503, html).end(`<html>${canary}</html>`)],
  'a 504': ['UPSTREAM_TIMEOUT', 'timeout', 504, r => r.writeHead(504).end(canary)],
}

describe('a call to an upstream', () => {
  it('hands on what came, whole and parsed once', async () => {
    const response = await call()
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual(JSON.parse(goodBody))
    expect(await response.text()).toBe(goodBody)
  })

  it('is told of with source, result, time, status and the context it was made for', async () => {
    const context = {}
    await call({}, {}, context)
    expect(calls).toEqual([{ source: 'Opower', result: 'ok', ms: expect.any(Number), status: 200, context }])
    expect(calls[0]?.context).toBe(context)
  })

  it('counts as unknown when its origin is no source’s', async () => {
    await call({ sources: new Map([['https://elsewhere.example', 'Opower']]) })
    expect(calls[0]?.source).toBe('unknown')
  })

  it.each(Object.entries(faults))(
    'that meets %s fails with a code and no word of the upstream’s',
    async (_name, [code, result, status, answer]) => {
      upstream.answer = answer
      expect((await refusalOf(call())).code).toBe(code)
      expect(calls).toMatchObject([{ source: 'Opower', result, status }])
    },
  )

  it('says how long to leave a busy upstream alone', async () => {
    upstream.answer = response => response.writeHead(429, { 'retry-after': '7' }).end()
    expect((await refusalOf(call())).reason).toMatchObject({ status: 429, retryAfterMs: 7_000 })
  })

  it('hands on the errors of a 400 that speaks GraphQL', async () => {
    const body = '{"errors":[{"message":"Invalid syntax"}]}'
    upstream.answer = response => answerJson(response, 400, body)
    expect(await (await call()).json()).toEqual(JSON.parse(body))
  })

  it('leaves an answer in another format alone, where JSON was not what was asked', async () => {
    upstream.answer = response => response.writeHead(200, { 'content-type': 'text/xml' }).end('<ok/>')
    const response = await call({}, { headers: { 'content-type': 'text/xml' } })
    expect(await response.text()).toBe('<ok/>')
  })

  it('takes no page for data, whatever it was asked in: neither where only JSON is accepted, nor where XML is', async () => {
    upstream.answer = response => response.writeHead(200, html).end(`<html>${canary}</html>`)
    for (const accept of ['application/json', 'application/json, application/problem+json', 'text/xml']) {
      const outcome = call({}, { method: 'GET', body: undefined, headers: { Accept: accept } })
      expect((await refusalOf(outcome)).code).toBe('UPSTREAM_UNAVAILABLE')
    }
    expect(calls.map(({ result }) => result)).toEqual(['unavailable', 'unavailable', 'unavailable'])
    expect(await (await call({}, { method: 'GET', body: undefined, headers: { accept: 'text/html' } })).text()).toContain(canary)
  })

  it('takes nothing but JSON where nothing else is accepted', async () => {
    upstream.answer = response => response.writeHead(200, { 'content-type': 'text/plain' }).end(canary)
    const outcome = call({}, { method: 'GET', body: undefined, headers: { accept: 'application/json' } })
    expect((await refusalOf(outcome)).code).toBe('UPSTREAM_UNAVAILABLE')
  })

  it('takes 204 from a REST API for nothing: no object, and a list without elements', async () => {
    upstream.answer = response => response.writeHead(204).end()
    const response = await call({}, { method: 'GET', body: undefined, headers: { accept: 'application/json' } })
    expect(await response.json()).toEqual([])
    expect(calls.map(({ result, status }) => [result, status])).toEqual([['ok', 204]])
  })

  it('takes data without any root for no answer to GraphQL, and for an answer of anything else', async () => {
    upstream.answer = response => answerJson(response, 200, '{"data":{}}')
    expect((await refusalOf(call())).code).toBe('UPSTREAM_UNAVAILABLE')
    const rest = await call({}, { method: 'GET', body: undefined, headers: { accept: 'application/json' } })
    expect(await rest.json()).toEqual({ data: {} })
  })

  it('fails when nothing listens', async () => {
    const { url } = upstream
    await upstream.close()
    const fetch = fetchThrough(useUpstreamFetch({ timeoutMs: 5_000, sources: {} }))
    expect((await refusalOf(Promise.resolve(fetch(url, graphqlRequest(query))))).reason).toMatchObject({
      message: expect.stringContaining('ECONNREFUSED'),
    })
    upstream = await startUpstream()
  })
})

describe('the time limit of a call', () => {
  it('holds when no answer comes', async () => {
    upstream.answer = () => {}
    expect((await refusalOf(call({ timeoutMs: 50 }))).code).toBe('UPSTREAM_TIMEOUT')
    expect(calls).toMatchObject([{ result: 'timeout', status: undefined }])
  })

  it('holds when a body never ends', async () => {
    upstream.answer = response => response.writeHead(200, { 'content-type': 'application/json' }).write('{"data":')
    expect((await refusalOf(call({ timeoutMs: 50 }))).code).toBe('UPSTREAM_TIMEOUT')
    expect(calls).toMatchObject([{ result: 'timeout', status: 200 }])
  })

  it('does not stretch the caller’s own patience', async () => {
    const caller = new AbortController()
    upstream.answer = () => caller.abort()
    expect((await refusalOf(call({}, { signal: caller.signal }))).code).toBe('UPSTREAM_UNAVAILABLE')
    expect(calls).toMatchObject([{ result: 'aborted' }])
  })

  it('has a limit of bytes beside it', async () => {
    upstream.answer = response => answerJson(response, 200, JSON.stringify({ data: 'x'.repeat(10_000) }))
    expect((await refusalOf(call({ maxBytes: 1_000 }))).code).toBe('UPSTREAM_UNAVAILABLE')
  })
})
