import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { exchangeToken, isSessionRefused } from '../../src/token/account-token-request.js'
import { TokenFailure } from '../../src/token/token-failure.js'
import type { ExchangeServer } from '../support/exchange-server.js'
import { reply, startExchangeServer } from '../support/exchange-server.js'
import { everySpelling, formsOf } from '../support/secrets.js'

const clientId = '019ebf3c-canary-id'
const clientSecret = 'canary secret/with:signs-5e1'
const bearer = 'canary-session-token-77'
const issued = 'canary-account-token-31'
const good = {
  access_token: issued,
  issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  token_type: 'Bearer',
  expires_in: 600,
}

let server: ExchangeServer
beforeEach(async () => {
  server = await startExchangeServer({ simulatorUrl: 'http://nowhere.invalid', issuerUrl: 'http://nowhere.invalid', client: '' })
  answerWith(200, good)
})
afterEach(() => Promise.resolve(server[Symbol.asyncDispose]()))

function answerWith(status: number, body: unknown, headers: Record<string, string> = {}): void {
  server.answer = response => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    reply(response, status, body)
  }
}

function ask(settings: object = {}, timeoutMs = 5_000) {
  const all = { exchangeUrl: server.url, ...settings }
  return exchangeToken({ settings: all, credentials: { clientId, clientSecret }, bearer, fetch, timeoutMs })
}

async function failureOf(outcome: Promise<unknown>): Promise<TokenFailure> {
  const error = await outcome.then(
    () => undefined,
    (each: unknown) => each,
  )
  if (!(error instanceof TokenFailure)) throw new Error(`expected a token failure, got ${String(error)}`)
  for (const secret of [...formsOf(clientId, clientSecret), bearer, issued]) expect(everySpelling(error)).not.toContain(secret)
  return error
}

describe('a token exchange', () => {
  it('sends the session token as the subject, as RFC 8693 section 2.1 asks, and the client’s own proof in the header alone', async () => {
    const answer = await ask({ audience: 'opower-accounts', scope: 'usage bills' })
    expect(answer).toEqual({ value: issued, lifeMs: 600_000 })
    expect(server.calls).toHaveLength(1)
    expect(Object.fromEntries(server.calls[0]?.form ?? [])).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: bearer,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience: 'opower-accounts',
      scope: 'usage bills',
    })
    const proof = Buffer.from(server.calls[0]?.authorization?.replace('Basic ', '') ?? '', 'base64').toString('utf8')
    expect(proof).toBe('019ebf3c-canary-id:canary+secret%2Fwith%3Asigns-5e1')
  })

  it('names no audience and no scope where none is set', async () => {
    await ask()
    expect([...(server.calls[0]?.form.keys() ?? [])].sort()).toEqual(
      ['grant_type', 'requested_token_type', 'subject_token', 'subject_token_type'].sort(),
    )
  })

  it.each([
    ['invalid_grant', 400, true],
    ['invalid_request', 400, true],
    ['invalid_target', 400, false],
    ['invalid_scope', 400, false],
    ['unauthorized_client', 400, false],
    ['unsupported_grant_type', 400, false],
  ])('tells whose fault a refusal is: %s', async (error, status, isSession) => {
    answerWith(status, { error, error_description: `${bearer} ${clientSecret}` })
    const failure = await failureOf(ask())
    expect([failure.code, failure.detail, isSessionRefused(failure)]).toEqual(['refused', error, isSession])
  })

  it('takes no word of the endpoint’s for its own', async () => {
    answerWith(400, { error: bearer })
    expect((await failureOf(ask())).detail).toBe('400')
  })

  it.each([
    ['invalid_client', 401, { error: 'invalid_client' }],
    ['invalid_client', 400, { error: 'invalid_client' }],
    ['unavailable', 503, { error: 'temporarily_unavailable' }],
    ['unavailable', 429, {}],
    ['malformed', 200, { ...good, token_type: 'N_A' }],
    ['malformed', 200, { ...good, access_token: `${issued}\r\nx: y` }],
    ['malformed', 200, { ...good, access_token: undefined }],
    ['malformed', 200, [issued]],
  ])('that ends as %s with %i is a failure and no token', async (code, status, body) => {
    answerWith(status, body)
    const failure = await failureOf(ask())
    expect([failure.code, isSessionRefused(failure)]).toEqual([code, false])
  })

  it.each([301, 302, 303, 307, 308])('follows no redirect: %i', async status => {
    const there = await startExchangeServer({ simulatorUrl: 'http://nowhere.invalid', issuerUrl: 'http://nowhere.invalid', client: '' })
    answerWith(status, {}, { location: there.url.href })
    expect((await failureOf(ask())).code).toBe('redirect')
    expect(there.calls).toEqual([])
    await there[Symbol.asyncDispose]()
  })

  it('waits no longer than its limit, for an answer that hangs in its middle as well', async () => {
    server.answer = (response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write('{"access_token":"')
    }
    expect((await failureOf(ask({}, 200))).code).toBe('timeout')
  })

  it('says so when nobody listens', async () => {
    const { url } = server
    await server[Symbol.asyncDispose]()
    const request = exchangeToken({
      settings: { exchangeUrl: url },
      credentials: { clientId, clientSecret },
      bearer,
      fetch,
      timeoutMs: 5_000,
    })
    expect((await failureOf(request)).code).toBe('network')
  })

  it('sends nothing over plain http to another machine', async () => {
    const settings = { exchangeUrl: new URL('http://exchange.utility.example/token') }
    const never: typeof fetch = () => Promise.reject(new Error('nothing may be sent'))
    const request = exchangeToken({ settings, credentials: { clientId, clientSecret }, bearer, fetch: never, timeoutMs: 5_000 })
    const failure = await failureOf(request)
    expect(failure.code).not.toBe('network')
  })
})
