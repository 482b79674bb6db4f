import type { IncomingHttpHeaders } from 'node:http'
import { Agent, request } from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'

/** An answer as it came over the socket. */
export interface PlainAnswer {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  /** The bytes as they came. */
  readonly bytes: Buffer
  /** The text inside, whatever its form was. */
  readonly text: string
}

export interface PlainRequest {
  readonly method: string
  /** Such as `/graphql?query=...`. */
  readonly path: string
  /** Sent as they are, and no other but `host` and the body's length. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

const agent = new Agent({ keepAlive: true, maxSockets: 4 })

/** Node's own client: it adds no header, decodes nothing and follows nowhere. */
export function ask(origin: string, { method, path, headers, body }: PlainRequest): Promise<PlainAnswer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
    const sent = request(new URL(path, origin), { method, agent, headers: { ...headers, ...length } }, response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const bytes = Buffer.concat(chunks)
        resolve({ status: response.statusCode, headers: response.headers, bytes, text: textOf(bytes, response.headers) })
      })
    })
    sent.on('error', reject).end(body)
  })
}

function textOf(bytes: Buffer, { 'content-encoding': encoding }: IncomingHttpHeaders): string {
  const plain = encoding === 'br' ? brotliDecompressSync(bytes) : encoding === 'gzip' ? gunzipSync(bytes) : bytes
  return plain.toString('utf8')
}
