/** A media type and its charset, both in lower case; the charset is empty where none is named. */
export interface MediaType {
  readonly type: string
  readonly charset: string
}

/** Reads a `content-type` header (RFC 9110, section 8.3). */
export function readMediaType(header: string): MediaType {
  const [type = '', ...parameters] = header.split(';').map(part => part.trim().toLowerCase())
  const charset = parameters.find(parameter => parameter.startsWith('charset='))?.slice('charset='.length) ?? ''
  return { type, charset: charset.replace(/^"(.*)"$/, '$1') }
}

/**
 * The part of an `accept` header that names JSON answers, in the caller's order; undefined when it names none. Streams
 * (`text/event-stream`, `multipart/mixed`) fall away: an answer is always one piece.
 */
export function jsonPartOf(accept: string): string | undefined {
  const parts = accept.split(',').filter(part => isJsonAnswer(readMediaType(part)))
  return parts.length === 0 ? undefined : parts.join(',')
}

function isJsonAnswer({ type, charset }: MediaType): boolean {
  return answers.has(type) && (charset === '' || charset === 'utf-8' || charset === 'utf8')
}

const answers: ReadonlySet<string> = new Set(['application/json', 'application/graphql-response+json', 'application/*', '*/*'])
