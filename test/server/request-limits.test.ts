import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { readJsonParams } from '../../src/server/graphql-params.js'
import type { TestFrontDoor } from '../support/front-door.js'
import { startFrontDoor } from '../support/front-door.js'

const json = { 'content-type': 'application/json' }
const hello = JSON.stringify({ query: '{ hello }' })

describe('the request reader', () => {
  let door: TestFrontDoor
  beforeAll(async () => {
    door = await startFrontDoor()
  })
  afterAll(async () => {
    await door[Symbol.asyncDispose]()
  })
  beforeEach(() => {
    door.asked.length = 0
  })

  it('answers a query sent as JSON by POST, with its variables and its operation name', async () => {
    const query = 'query A($name: String) { hello(name: $name) } query B { hello }'
    const response = await door.post(JSON.stringify({ query, operationName: 'A', variables: { name: 'you' }, extensions: {} }))
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ data: { hello: 'hello you' } })
  })

  it('answers a query sent by GET', async () => {
    const search = new URLSearchParams({ query: 'query($name: String) { hello(name: $name) }', variables: '{"name":"you"}' })
    const response = await fetch(`${door.url}/graphql?${search}`, { headers: { accept: 'application/json' } })
    expect(await response.json()).toEqual({ data: { hello: 'hello you' } })
  })

  it('accepts UTF-8 however it is spelled, with a byte order mark, and a body in pieces', async () => {
    for (const contentType of ['application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"']) {
      expect((await door.post(hello, { 'content-type': contentType })).status).toBe(200)
    }
    expect((await door.post(`\uFEFF${hello}`)).status).toBe(200)
    const pieces = await send(door, 'POST', json, [hello.slice(0, 3), hello.slice(3, 9), hello.slice(9)])
    expect(pieces.status).toBe(200)
  })

  it.each([
    ['a form', 'application/x-www-form-urlencoded', 'query=%7Bhello%7D'],
    ['an upload', 'multipart/form-data; boundary=x', `--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n${hello}\r\n--x--`],
    ['a bare document', 'application/graphql', '{ hello }'],
    ['plain text', 'text/plain', hello],
    ['a type that only begins like JSON', 'application/jsonp', hello],
    ['UTF-16', 'application/json; charset=utf-16', hello],
    ['Latin-1', 'application/json; charset=iso-8859-1', hello],
  ])('refuses %s with 415', async (_what, contentType, body) => {
    await expectRefused(await door.post(body, { 'content-type': contentType }), 415)
  })

  it('refuses a body without a content-type, and a compressed one, with 415', async () => {
    await expectRefused(await door.post(Buffer.from(hello), {}), 415)
    await expectRefused(await door.post(gzipSync(hello), { ...json, 'content-encoding': 'gzip' }), 415)
  })

  it.each([
    ['nothing', ''],
    ['garbage', '{"query":'],
    ['a batch', `[${hello},${hello}]`],
    ['an empty batch', '[]'],
    ['a text', '"{ hello }"'],
    ['null', 'null'],
    ['no query', '{}'],
    ['a query that is no text', '{"query":["{ hello }"]}'],
    ['variables that are a list', '{"query":"{ hello }","variables":[]}'],
    ['variables that are a text', '{"query":"{ hello }","variables":"{}"}'],
    ['extensions that are a number', '{"query":"{ hello }","extensions":1}'],
    ['an operation name that is a number', '{"query":"{ hello }","operationName":1}'],
    ['an unknown parameter', '{"query":"{ hello }","id":"<script>"}'],
  ])('refuses a body of %s with 400', async (_what, body) => {
    await expectRefused(await door.post(body), 400)
  })

  it('refuses bytes that are not UTF-8 with 400', async () => {
    await expectRefused(await door.post(Buffer.from([0x7b, 0xff, 0xfe, 0x7d])), 400)
  })

  it('refuses a body above the limit with 413, announced or not, and closes the connection', async () => {
    const big = JSON.stringify({ query: `{ hello } # ${'x'.repeat(3_000)}` })
    const announced = await send(door, 'POST', { ...json, 'content-length': Buffer.byteLength(big) }, [big])
    const chunked = await send(door, 'POST', { ...json, 'transfer-encoding': 'chunked' }, [big.slice(0, 1_500), big.slice(1_500)])
    for (const { status, headers, body } of [announced, chunked]) {
      expect(status).toBe(413)
      expect(headers.connection).toBe('close')
      expect(body.errors[0].extensions.code).toBe('BAD_REQUEST')
    }
    expect(door.asked).toEqual([])
  })

  it('gives up on a body that never ends once the limit is passed', async () => {
    const sender = httpRequest(`${door.url}/graphql`, { method: 'POST', headers: json })
    sender.on('error', () => undefined)
    const answer = once(sender, 'response')
    for (let i = 0; i < 50; i += 1) sender.write('x'.repeat(100))
    const [response] = (await answer) as [IncomingMessage]
    expect(response.statusCode).toBe(413)
    sender.destroy()
  })

  it('refuses a GET with a content-type of another kind', async () => {
    const search = new URLSearchParams({ query: '{ hello }' })
    for (const contentType of ['text/plain', 'message/example', 'application/x-www-form-urlencoded']) {
      const { status, body } = await send(door, 'GET', { 'content-type': contentType }, [], `?${search}`)
      expect([status, body.errors[0].extensions.code]).toEqual([415, 'BAD_REQUEST'])
    }
    expect(door.asked).toEqual([])
  })

  it.each([
    ['a mutation', { query: 'mutation { change }' }, 405],
    ['a subscription', { query: 'subscription { hello }' }, 405],
    ['a mutation chosen by name', { query: 'query A { hello } mutation B { change }', operationName: 'B' }, 405],
    ['no query', {}, 400],
    ['variables that are not JSON', { query: '{ hello }', variables: '{' }, 400],
    ['an unknown parameter', { query: '{ hello }', callback: 'x' }, 400],
  ])('refuses a GET with %s', async (_what, parameters: Record<string, string>, status) => {
    await expectRefused(await fetch(`${door.url}/graphql?${new URLSearchParams(parameters)}`), status)
  })

  it('refuses a GET that gives a parameter twice', async () => {
    await expectRefused(await fetch(`${door.url}/graphql?query=%7Bhello%7D&query=%7Bslow%7D`), 400)
  })

  it.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS'])('refuses %s with 405', async method => {
    const response = await fetch(`${door.url}/graphql`, { method })
    expect(response.headers.get('allow')).toBe('GET, POST')
    await expectRefused(response, 405)
  })

  it.each(['text/event-stream', 'multipart/mixed', 'text/html', 'application/json;charset=utf-16'])(
    'refuses to answer as %s with 406, in JSON, without executing anything',
    async accept => {
      const response = await door.post(hello, { ...json, accept })
      expect(response.headers.get('content-type')).toMatch(/^application\/json/)
      await expectRefused(response, 406)
    },
  )

  it.each([
    ['text/event-stream, application/json', 'application/json; charset=utf-8'],
    ['application/graphql-response+json, application/json;q=0.9, multipart/mixed', 'application/graphql-response+json; charset=utf-8'],
    ['*/*', 'application/json; charset=utf-8'],
  ])('answers a caller who accepts %s in one piece', async (accept, contentType) => {
    const response = await door.post(hello, { ...json, accept })
    expect(response.headers.get('content-type')).toBe(contentType)
    expect(await response.json()).toEqual({ data: { hello: 'hello world' } })
  })

  it('does not change protocols: a WebSocket is refused', async () => {
    const sender = httpRequest(`${door.url}/graphql`, {
      headers: {
        connection: 'upgrade',
        upgrade: 'websocket',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'sec-websocket-version': '13',
      },
    })
    sender.end()
    const [response] = (await once(sender, 'response')) as [IncomingMessage]
    response.resume()
    expect(response.statusCode).toBe(400)
    expect(door.asked).toEqual([])
  })

  it('reads any JSON value as a request or refuses it with BAD_REQUEST, never otherwise', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.json().map(value => `{"query":"{a}","variables":${value}}`),
        ),
        text => {
          try {
            const params = readJsonParams(Buffer.from(text))
            expect(typeof params.query).toBe('string')
          } catch (error) {
            expect(error).toMatchObject({ code: 'BAD_REQUEST' })
          }
        },
      ),
    )
  })

  async function expectRefused(response: Response, status: number): Promise<void> {
    const body = (await response.json()) as { data?: unknown; errors: { extensions: { code: string } }[] }
    expect([response.status, body.errors[0]?.extensions.code, 'data' in body]).toEqual([status, 'BAD_REQUEST', false])
    expect(door.asked).toEqual([])
  }
})

describe('the request reader without a socket of its own, as under a development server', () => {
  it('counts the bytes of the body that it is handed', async () => {
    await using door = await startFrontDoor({
      before: [{ onRequestParse: ({ serverContext }) => void Object.assign(serverContext, { req: undefined }) }],
    })
    expect((await door.post(hello)).status).toBe(200)
    expect((await door.post(JSON.stringify({ query: `{ hello } # ${'x'.repeat(3_000)}` }))).status).toBe(413)
  })
})

interface Answer {
  readonly status: number | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: { errors: [{ extensions: { code: string } }] }
}

/** Sends raw pieces: fetch would neither chunk nor put a content-type on a GET. */
async function send(door: TestFrontDoor, method: string, headers: OutgoingHttpHeaders, pieces: string[], search = ''): Promise<Answer> {
  const sender = httpRequest(`${door.url}/graphql${search}`, { method, headers })
  sender.on('error', () => undefined)
  for (const piece of pieces) sender.write(piece)
  sender.end()
  const [response] = (await once(sender, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  response.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(response, 'end')
  return {
    status: response.statusCode,
    headers: response.headers,
    body: JSON.parse(Buffer.concat(chunks).toString('utf8')) as Answer['body'],
  }
}
