import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { HeldResponse } from '../../src/opower/held-response.js'
import { createUpstreamClient } from '../../src/server/upstream-client.js'
import type { Upstream } from '../support/upstream.js'
import { answerJson, goodBody, startUpstream } from '../support/upstream.js'

let upstream: Upstream
let client: ReturnType<typeof createUpstreamClient>
beforeEach(async () => {
  upstream = await startUpstream()
  client = createUpstreamClient({ origin: upstream.origin, connections: 2, maxBytes: 5_000 })
})
afterEach(async () => {
  await client.close()
  await upstream.close()
})

const post = async (body = '{}', init: { headers?: Record<string, string>; signal?: AbortSignal } = {}, url = upstream.url) => {
  const response = await client.fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, ...init, body })
  if (!(response instanceof HeldResponse)) throw new TypeError('expected an answer that is held')
  return response
}

describe('the client for Opower', () => {
  it.each([
    ['plain', (body: string) => Buffer.from(body), undefined],
    ['br', brotliCompressSync, 'br'],
    ['gzip', gzipSync, 'gzip'],
  ] as const)('gives the bytes of an answer that comes %s', async (_name, pack, encoding) => {
    upstream.answer = response =>
      response
        .writeHead(200, { 'content-type': 'application/json', ...(encoding === undefined ? {} : { 'content-encoding': encoding }) })
        .end(pack(goodBody))
    const response = await post('{"query":"{ a }"}')
    expect([response.status, response.held.toString(), await response.json()]).toEqual([200, goodBody, JSON.parse(goodBody)])
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(upstream.received[0]?.body).toBe('{"query":"{ a }"}')
  })

  it('gives an answer that reads like a response of the platform in every way', async () => {
    upstream.answer = response => response.writeHead(200, { 'content-type': 'application/x-www-form-urlencoded' }).end('a=1')
    const readings = [
      async (each: Response) => [each.ok, each.bodyUsed, await each.text(), each.headers.get('Content-Type')],
      async (each: Response) => Buffer.from(await each.bytes()).toString(),
      async (each: Response) => Buffer.from(await each.arrayBuffer()).toString(),
      async (each: Response) => (await each.blob()).text(),
      async (each: Response) => [...(await each.formData()).entries()],
      async (each: Response) => new Response(each.body).text(),
    ]
    const read = await Promise.all(readings.map(async reading => reading(await post())))
    expect(read).toEqual([[true, false, 'a=1', 'application/x-www-form-urlencoded'], 'a=1', 'a=1', 'a=1', [['a', '1']], 'a=1'])
  })

  it('writes nothing into the headers it is given, and sends each body whole', async () => {
    const headers = Object.freeze({ 'content-type': 'application/json' })
    await post('{}', { headers })
    await post('{"longer":"than the one before"}', { headers })
    expect(upstream.received.map(({ body }) => body)).toEqual(['{}', '{"longer":"than the one before"}'])
  })

  it.each([
    ['as it comes', () => Buffer.alloc(6_000, 0x20), {}],
    ['once it is unpacked', () => gzipSync(Buffer.alloc(60_000, 0x20)), { 'content-encoding': 'gzip' }],
  ])('reads no answer that is too long %s', async (_name, make, headers) => {
    upstream.answer = response => response.writeHead(200, headers).end(make())
    await expect(post()).rejects.toThrow('longer than 5000 bytes')
  })

  it.each([
    ['a body that is not what its encoding says', { 'content-encoding': 'gzip' }],
    ['an encoding that nobody asked for', { 'content-encoding': 'zstd' }],
    ['a body that breaks off', { 'content-length': 900 }],
  ])('fails for %s', async (_name, headers) => {
    upstream.answer = response => {
      response.writeHead(200, headers).write(goodBody)
      setImmediate(() => response.destroy())
    }
    await expect(post()).rejects.toThrow()
  })

  it('ends a call when its signal says so, before it was sent as well', async () => {
    const begun = new AbortController()
    upstream.answer = () => begun.abort()
    await expect(post('{}', { signal: begun.signal })).rejects.toThrow()
    await expect(post('{}', { signal: AbortSignal.abort() })).rejects.toThrow()
    upstream.answer = response => answerJson(response, 200, goodBody)
    expect((await post()).status).toBe(200)
  })

  it('ends a call that still waits for a connection when its signal says so, and does not send it then', async () => {
    const held: (() => void)[] = []
    upstream.answer = response => held.push(() => answerJson(response, 200, goodBody))
    const first = [post(), post()]
    const [before, since] = [AbortSignal.abort(new Error('left before')), new AbortController()]
    const waiting = [before, since.signal].map(async signal => post('{}', { signal }).catch((error: unknown) => String(error)))
    since.abort(new Error('left since'))
    expect(await Promise.all(waiting)).toEqual(['Error: left before', 'Error: left since'])
    while (held.length < 2) await new Promise(resolve => setTimeout(resolve, 5))
    for (const answer of held) answer()
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200])
    upstream.answer = response => answerJson(response, 200, goodBody)
    await post()
    expect(upstream.received).toHaveLength(3)
  })

  it('calls its own origin and no other, and follows no redirect', async () => {
    await expect(post('{}', {}, `${upstream.origin}.example/graphql`)).rejects.toThrow('expected an address at')
    upstream.answer = response => response.writeHead(307, { location: `${upstream.origin}/elsewhere` }).end()
    expect([(await post()).status, upstream.received.length]).toEqual([307, 1])
  })

  it('has no more connections than it may', async () => {
    const sockets = new Set<unknown>()
    upstream.answer = response => {
      sockets.add(response.socket)
      setTimeout(() => answerJson(response, 200, goodBody), 5)
    }
    await Promise.all(Array.from({ length: 12 }, () => post()))
    expect(sockets.size).toBeLessThanOrEqual(2)
  })
})
