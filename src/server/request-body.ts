import type { IncomingMessage } from 'node:http'
import { GatewayError } from '../errors.js'

/** A malformed request: its status stands whatever the media type of the answer. */
export function malformed(
  status: 400 | 405 | 406 | 413 | 415,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): GatewayError {
  return new GatewayError('BAD_REQUEST', { message }, { code: 'BAD_REQUEST', http: { status, spec: false, headers: { ...headers } } })
}

/**
 * Reads a body of at most `maxBytes` bytes. A longer one is refused by its announced length before a byte is read, or
 * counted while it arrives (a chunked body announces none), and never held.
 *
 * @throws BAD_REQUEST (413) above the ceiling, BAD_REQUEST (400) when the sender breaks off
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes)
  const chunks: Buffer[] = []
  let size = 0
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= maxBytes) return void chunks.push(chunk)
      request.pause()
      request.removeAllListeners('data')
      chunks.length = 0
      return reject(tooLarge(maxBytes))
    })
    request.on('end', () => resolve(joined(chunks)))
    request.on('error', () => reject(malformed(400, 'The request body broke off.')))
  })
}

/**
 * A body of which all is there and which is not too long. Right after the turn of its head that is so with nearly every one, and then nobody has to
 * listen for it. Undefined for any other: it is still to be read.
 */
export function arrivedBody(request: IncomingMessage, maxBytes: number): Buffer | undefined {
  const announced = Number(request.headers['content-length'])
  if (!(announced > 0 && announced <= maxBytes && request.readableLength === announced)) return undefined
  const body = request.read() as Buffer
  // Its end has to be seen too: until then Node keeps the request, with its credentials, for as long as the connection waits for the next one.
  request.resume()
  return body
}

/** Nearly every body comes in one piece. */
function joined(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks)
}

/** The connection is closed after the answer: the rest of the body is not worth reading. */
function tooLarge(maxBytes: number): GatewayError {
  return malformed(413, `The request body is larger than ${maxBytes} bytes.`, { connection: 'close' })
}
