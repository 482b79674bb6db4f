import type { IncomingMessage } from 'node:http'
import type { Scope } from '../../accounts/scope.js'
import { digestOnce } from '../begun.js'
import { readMediaType } from '../media-type.js'

/** The longest header and the longest query string that become part of a key, characters. */
const maxHeader = 1_024
const maxQuery = 8_192

/**
 * Whether nothing but its person, its method and path, its body or query string and two of its headers decides the answer to a request.
 * Whatever is odd about one has it go the whole way.
 */
export function isPlain(request: IncomingMessage): boolean {
  const { headers } = request
  if (headers['idempotency-key'] !== undefined || !isIdentity(headers['content-encoding'])) return false
  if (lengthOf(headers.accept) > maxHeader || lengthOf(headers['opower-selected-entities']) > maxHeader) return false
  if (request.method === 'POST') return request.url === '/graphql' && isJson(headers['content-type'])
  return request.method === 'GET' && isQuery(request.url) && !hasBody(headers)
}

/**
 * Names a plain request of one person: two that are spelled alike, of one person with the same accounts, have the same name. The person is in
 * it even where a household shares the answer, so that nothing but an answer to this very person's own question is ever found by it.
 *
 * @param body of a POST
 */
export function nameOf(request: IncomingMessage, { personKey }: Scope, body: Buffer): string {
  const { accept, 'opower-selected-entities': entities } = request.headers
  const digest = digestOnce(request, request.method === 'GET' ? (request.url ?? '') : body)
  // No header holds a line feed, so no two lists of parts are spelled alike. It is kept for long, so it is made in one piece: a template would
  // hold on to a string for each step in which it was put together.
  return [personKey, request.method, digest, tellAbsent(accept), tellAbsent(entities)].join('\n')
}

/** A header that is absent is another one than an empty one. */
export function tellAbsent(header: string | string[] | undefined): string {
  return header === undefined ? '' : `=${String(header)}`
}

function lengthOf(header: string | string[] | undefined): number {
  return header === undefined ? 0 : String(header).length
}

function isIdentity(encoding: string | undefined): boolean {
  return encoding === undefined || encoding === 'identity'
}

function isJson(contentType: string | undefined): boolean {
  if (contentType === 'application/json') return true
  const { type, charset } = readMediaType(contentType ?? '')
  return type === 'application/json' && (charset === '' || charset === 'utf-8' || charset === 'utf8')
}

function isQuery(url = ''): boolean {
  return url.startsWith('/graphql?') && url.length <= maxQuery
}

function hasBody(headers: IncomingMessage['headers']): boolean {
  return headers['content-type'] !== undefined || headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
}
