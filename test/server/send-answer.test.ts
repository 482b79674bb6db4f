import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { IncomingMessage, Server } from 'node:http'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { sendAnswer } from '../../src/server/send-answer.js'

const long = Buffer.from(JSON.stringify({ data: 'a word and another word, '.repeat(400) }))
/** Reads, of which no two are alike: what better compression is for. */
const reads = Buffer.from(JSON.stringify(Array.from({ length: 720 }, (_each, hour) => ({ hour, value: Math.sin(hour) * 3.7 }))))
const short = Buffer.from('{"data":{"name":"short"}}')
const type = ['content-type', 'application/json; charset=utf-8']

let server: Server
beforeAll(async () => {
  server = createServer((req, res) => {
    if (req.headers['x-cors'] !== undefined) res.setHeader('vary', 'origin')
    sendAnswer(req, res, { status: 200, headers: type, body: { '/short': short, '/reads': reads }[req.url ?? ''] ?? long })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => void server.close().closeAllConnections())

interface Got {
  readonly status: number | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

/** Node's own client, which decodes nothing and adds no `accept-encoding`. */
function get(headers: Record<string, string> = {}, { method = 'GET', path = '/long' } = {}): Promise<Got> {
  const { port } = server.address() as AddressInfo
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path, method, headers, agent: false }, response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }))
    })
    sent.on('error', reject).end()
  })
}

describe('the form of an answer', () => {
  it.each<[string | undefined, string | undefined]>([
    [undefined, undefined],
    ['', undefined],
    ['gzip, deflate, br', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0.5, gzip;q=0.8', 'gzip'],
    ['br;q=0, gzip;q=0', undefined],
    ['br;q=0, *', 'gzip'],
    ['*', 'br'],
    ['identity, gzip;q=0.5', undefined],
    ['identity;q=0', undefined],
    ['zstd', undefined],
    ['GZIP', 'gzip'],
    ['x-nonsense;;;q=z', undefined],
  ])('for accept-encoding %p is %p, with its own length and the same bytes inside', async (accepted, expected) => {
    const { headers, body } = await get(accepted === undefined ? {} : { 'accept-encoding': accepted })
    expect([headers['content-encoding'], headers['content-length']]).toEqual([expected, String(body.length)])
    const plain = expected === 'br' ? brotliDecompressSync(body) : expected === 'gzip' ? gunzipSync(body) : body
    expect(plain.equals(long)).toBe(true)
    expect(headers.vary).toBe('accept-encoding')
  })

  it('is as it is where compressing is not worth it', async () => {
    const { headers, body } = await get({ 'accept-encoding': 'br' }, { path: '/short' })
    expect([headers['content-encoding'], headers.vary, body.toString()]).toEqual([undefined, undefined, short.toString()])
  })

  it('becomes smaller, and is never another, once it is asked for again', async () => {
    const lengths: number[] = []
    for (let tries = 0; tries < 50 && new Set(lengths).size < 2; tries += 1) {
      const { body } = await get({ 'accept-encoding': 'br' }, { path: '/reads' })
      expect(brotliDecompressSync(body).equals(reads)).toBe(true)
      lengths.push(body.length)
    }
    expect(lengths.at(-1)).toBeLessThan(lengths[0] ?? 0)
  })

  it('says what else it depends on', async () => {
    expect((await get({ 'x-cors': 'yes' })).headers.vary).toBe('origin, accept-encoding')
  })
})

describe('a validator', () => {
  it('is the same for every form, and answers 304 without a body or its headers', async () => {
    const etags = await Promise.all(['br', 'gzip', ''].map(async accepted => (await get({ 'accept-encoding': accepted })).headers.etag))
    expect(new Set(etags).size).toBe(1)
    const [etag = ''] = etags
    for (const sent of [etag, etag.slice(2), `"other", ${etag}`, '*']) {
      const { status, headers, body } = await get({ 'if-none-match': sent, 'accept-encoding': 'br' })
      expect([status, headers.etag, headers.vary, body.length]).toEqual([304, etag, 'accept-encoding', 0])
      expect([headers['content-type'], headers['content-length'], headers['content-encoding']]).toEqual([undefined, undefined, undefined])
    }
  })

  it.each(['"other"', 'W/"other"', '', 'nonsense'])('that is not the answer’s (%s) gets the answer', async sent => {
    const { status, body } = await get({ 'if-none-match': sent })
    expect([status, body.equals(long)]).toEqual([200, true])
  })

  it('means nothing with a POST', async () => {
    const { status, headers, body } = await get({ 'if-none-match': '*' }, { method: 'POST' })
    expect([status, headers.etag, body.equals(long)]).toEqual([200, undefined, true])
  })
})
