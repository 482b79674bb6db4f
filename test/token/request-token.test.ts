import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { TokenAnswer } from '../../src/token/request-token.js'
import { requestToken } from '../../src/token/request-token.js'
import type { TokenFailureCode } from '../../src/token/token-failure.js'
import { TokenFailure } from '../../src/token/token-failure.js'
import { everySpelling, formsOf } from '../support/secrets.js'
import type { TokenServer } from '../support/token-server.js'
import { json, startTokenServer, tokenBody } from '../support/token-server.js'

const credentials = { clientId: 'canary-client-7f3e', clientSecret: 'canary/secret+1b9c' }
const token = 'canary-token-55aa'
const secrets = [...formsOf(credentials.clientId, credentials.clientSecret), token]

let server: TokenServer

function ask(options: { tokenUrl?: URL; fetch?: typeof fetch; timeoutMs?: number } = {}): Promise<TokenAnswer> {
  return requestToken({ tokenUrl: server.url, credentials, fetch, timeoutMs: 5_000, ...options })
}

async function failureOf(call: Promise<unknown>): Promise<TokenFailure> {
  const outcome = await call.catch((error: unknown) => error)
  if (!(outcome instanceof TokenFailure)) throw new Error('expected a failure')
  const spelled = everySpelling(outcome)
  for (const secret of secrets) expect(spelled).not.toContain(secret)
  return outcome
}

beforeEach(async () => {
  server = await startTokenServer(credentials)
})
afterEach(() => server.close())

/** What an endpoint may answer, and what the log then says; every answer repeats the secrets where it can. */
const answers: Record<string, readonly [TokenFailureCode, (response: ServerResponse) => unknown]> = {
  'a refusal of the client': ['invalid_client', r => json(r, 401, `{"error":"invalid_client","error_description":"${secrets.join(' ')}"}`)],
  'a challenge': ['invalid_client', r => r.writeHead(401, { 'www-authenticate': `Basic realm="${token}"` }).end()],
  'a 400 for the client': ['invalid_client', r => json(r, 400, '{"error":"invalid_client"}')],
  'another refusal': ['refused', r => json(r, 400, `{"error":"${token}"}`)],
  'a bare 403': ['refused', r => r.writeHead(403).end(token)],
  'a rate limit': ['unavailable', r => r.writeHead(429).end(token)],
  'an HTML page in place of a 503': ['unavailable', r => r.writeHead(503, { 'content-type': 'text/html' }).end(`<html>${token}</html>`)],
  'an HTML page in place of a token': ['malformed', r => r.writeHead(200, { 'content-type': 'text/html' }).end(`<html>${token}</html>`)],
  'a JSON text cut short': ['malformed', r => json(r, 200, tokenBody(token).slice(0, -3))],
  'JSON that is no object': ['malformed', r => json(r, 200, `"${token}"`)],
  null: ['malformed', r => json(r, 200, 'null')],
  'no token': ['malformed', r => json(r, 200, '{"token_type":"BEARER","expires_in":3599}')],
  'an empty token': ['malformed', r => json(r, 200, tokenBody(''))],
  'a token with a line break': ['malformed', r => json(r, 200, tokenBody(`${token}\\r\\nx-evil: 1`))],
  'no token type': ['malformed', r => json(r, 200, `{"access_token":"${token}"}`)],
  'a token of another type': ['malformed', r => json(r, 200, `{"access_token":"${token}","token_type":"DPoP"}`)],
  'an answer of another size than any token': ['malformed', r => json(r, 200, tokenBody(token + 'x'.repeat(70_000)))],
  'an answer that breaks off': [
    'network',
    r => (r.writeHead(200, { 'content-length': 500 }).write('{"access'), setImmediate(() => r.destroy())),
  ],
  'a connection that breaks': ['network', r => r.destroy()],
}

describe('a call to the token endpoint', () => {
  it.each(Object.entries(answers))('fails on %s, in words of its own', async (_name, [code, answer]) => {
    server.answer = answer
    expect((await failureOf(ask())).code).toBe(code)
  })

  it('never follows a redirect: where it points sees nothing', async () => {
    let strangers = 0
    const stranger = createServer((_request, response) => response.end(String((strangers += 1)))).listen(0, '127.0.0.1')
    await new Promise(resolve => stranger.once('listening', resolve))
    const address = stranger.address()
    const location = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`
    for (const status of [301, 302, 303, 307, 308]) {
      server.answer = response => response.writeHead(status, { location }).end()
      expect(await failureOf(ask())).toMatchObject({ code: 'redirect', detail: String(status) })
    }
    expect(strangers).toBe(0)
    await new Promise(resolve => stranger.close(resolve))
  })

  it('ends within its time limit, before the answer and in the middle of it', async () => {
    server.answer = () => {}
    expect((await failureOf(ask({ timeoutMs: 50 }))).code).toBe('timeout')
    server.answer = response => response.writeHead(200, { 'content-type': 'application/json' }).write('{')
    expect((await failureOf(ask({ timeoutMs: 50 }))).code).toBe('timeout')
  })

  it('names the system code of a network that is not there', async () => {
    await server.close()
    expect(await failureOf(ask())).toMatchObject({ code: 'network', detail: 'ECONNREFUSED' })
    server = await startTokenServer(credentials)
  })

  it('sends no secret over plain http to another machine', async () => {
    const calls: unknown[] = []
    const record: typeof fetch = async (...args) => (calls.push(args), new Response())
    await failureOf(ask({ tokenUrl: new URL('http://opower.example/token'), fetch: record }))
    expect(calls).toHaveLength(0)
  })

  it('escapes what must be escaped in Basic credentials and leaves a UUID alone', async () => {
    server.answer = response => json(response, 200, tokenBody(token))
    await ask()
    const header = Buffer.from(server.calls[0]?.authorization?.replace('Basic ', '') ?? '', 'base64').toString()
    expect(header).toBe('canary-client-7f3e:canary%2Fsecret%2B1b9c')
  })

  it('takes a good token whatever expires_in and the other members are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.jsonValue(), async (expiresIn, other) => {
        const body = JSON.stringify({
          access_token: token,
          token_type: 'BEARER',
          expires_in: expiresIn,
          refresh_token: other,
          id_token: other,
          scope: other,
        })
        const fetch = async () => new Response(body, { headers: { 'content-type': 'application/json' } })
        const { value, lifeMs } = await ask({ fetch })
        expect(value).toBe(token)
        expect(lifeMs).toBeGreaterThanOrEqual(1_000)
        expect(lifeMs).toBeLessThanOrEqual(86_400_000)
      }),
    )
  })
})
