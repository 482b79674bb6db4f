import type { IncomingMessage, ServerResponse } from 'node:http'
import { formsOf } from '../cache/answer-forms.js'
import { encodingFor } from './content-encoding.js'
import { headerSoFar, writeWholeHead } from './dressed-response.js'

/** An answer of the GraphQL endpoint, whichever way it was come by. */
export interface SendableAnswer {
  readonly status: number
  /** Name after name, each with its value behind it; without those of the body's form. */
  readonly headers: readonly string[]
  /** Bytes that do not change any more. */
  readonly body: Buffer
}

/** From here on compressing is worth its time, bytes. */
const minCompressed = 1_024

/**
 * Sends an answer in the form that the client likes best, with its length. A GET is told a validator, and one that names the same is
 * answered 304: by then the answer is known to be for whoever asks, for this is called when all has been judged. A POST has no validators: it
 * means nothing to ask whether it changed (RFC 9110, section 13.1.2).
 */
export function sendAnswer(request: IncomingMessage, response: ServerResponse, { status, headers, body }: SendableAnswer): void {
  const all = [...headers]
  const varies = body.length >= minCompressed
  const encoding = varies ? encodingFor(request.headers['accept-encoding']) : 'identity'
  if (varies) all.push('vary', varyOf(response))
  if (request.method === 'GET' && status === 200) {
    const { etag } = formsOf(body)
    all.push('etag', etag)
    if (isKnown(request.headers['if-none-match'], etag)) return void writeWholeHead(response, 304, withoutType(all)).end()
  }
  const sent = encoding === 'identity' ? body : formsOf(body).compressed(encoding)
  if (encoding !== 'identity') all.push('content-encoding', encoding)
  all.push('content-length', String(sent.length))
  writeWholeHead(response, status, all).end(sent)
}

/** Together with what was set for other reasons. */
function varyOf(response: ServerResponse): string {
  const vary = headerSoFar(response, 'vary')
  return vary === undefined ? 'accept-encoding' : `${vary}, accept-encoding`
}

/** RFC 9110, section 13.1.2: any of the listed validators by weak comparison, or `*` for whatever there is. */
function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  const opaque = etag.slice(2)
  return header.trim() === '*' || header.split(',').some(each => each.trim().replace(/^W\//, '') === opaque)
}

/** There is no body whose type could be told. */
function withoutType(headers: readonly string[]): string[] {
  return headers.filter((_each, index) => headers[index - (index % 2)] !== 'content-type')
}
