import { getOperationAST, parse } from 'graphql'
import type { GraphQLParams as YogaParams } from 'graphql-yoga'
import { malformed } from './request-body.js'

const known: ReadonlySet<string> = new Set(['query', 'documentId', 'variables', 'operationName', 'extensions'])
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** What a request asks: a document, or the id of a registered one. */
export interface GraphQLParams extends YogaParams {
  readonly documentId?: string
}

/**
 * The parameters of a GraphQL request from the bytes of a JSON body (GraphQL over HTTP, section 5.4).
 *
 * @throws BAD_REQUEST (400) for bytes that are not UTF-8, text that is not JSON, a batch, and anything that is not a request
 */
export function readJsonParams(body: Uint8Array): GraphQLParams {
  return readParams(readJson(decode(body)))
}

/**
 * The same from the query string of a GET.
 *
 * @throws BAD_REQUEST (400) as above
 */
export function readSearchParams(search: URLSearchParams): GraphQLParams {
  const value: Record<string, unknown> = {}
  for (const [name, text] of search) {
    if (Object.hasOwn(value, name)) throw malformed(400, `The parameter "${readableName(name)}" is given twice.`)
    value[name] = text === '' ? undefined : name === 'variables' || name === 'extensions' ? readJson(text) : text
  }
  return readParams(value)
}

function decode(body: Uint8Array): string {
  try {
    return utf8.decode(body)
  } catch {
    throw malformed(400, 'The request body is not UTF-8.')
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw malformed(400, 'The request is not valid JSON.')
  }
}

function readParams(value: unknown): GraphQLParams {
  if (Array.isArray(value)) throw malformed(400, 'Batches are not accepted: send one operation per request.')
  if (!isObject(value)) throw malformed(400, 'The request must be a JSON object.')
  for (const name of Object.keys(value)) if (!known.has(name)) throw malformed(400, `Unknown parameter "${readableName(name)}".`)
  const { query, documentId, variables, operationName, extensions } = value
  if (documentId != null && typeof documentId !== 'string') throw malformed(400, 'The parameter "documentId" must be a text.')
  // A registered document may be asked for by its id alone.
  const named = documentId ?? persistedHashOf(extensions)
  if (named === undefined && (typeof query !== 'string' || query === '')) throw malformed(400, 'The parameter "query" must be a text.')
  if (query != null && typeof query !== 'string') throw malformed(400, 'The parameter "query" must be a text.')
  if (operationName != null && typeof operationName !== 'string') throw malformed(400, 'The parameter "operationName" must be a text.')
  // Member after member: it runs for each request.
  const params: { -readonly [Name in keyof GraphQLParams]: GraphQLParams[Name] } = {}
  if (query != null && query !== '') params.query = query
  if (named !== undefined) params.documentId = named
  if (operationName != null) params.operationName = operationName
  if (variables != null) params.variables = readMap('variables', variables)
  if (extensions != null) params.extensions = readMap('extensions', extensions)
  return params
}

/** As clients with "automatic persisted queries" name a document. */
function persistedHashOf(extensions: unknown): string | undefined {
  const persisted = isObject(extensions) ? extensions['persistedQuery'] : undefined
  const hash = isObject(persisted) ? persisted['sha256Hash'] : undefined
  return typeof hash === 'string' ? hash : undefined
}

function readMap(name: 'variables' | 'extensions', value: unknown): Record<string, unknown> {
  if (!isObject(value)) throw malformed(400, `The parameter "${name}" must be an object.`)
  return value
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A name that a stranger chose, short enough and plain enough to be sent back. */
function readableName(name: string): string {
  return name.slice(0, 40).replace(/[^\w.-]/g, '?')
}

/**
 * A GET changes nothing (RFC 9110, section 9.2.1). A document that does not parse is told so by the step that needs it.
 *
 * @throws BAD_REQUEST (405) for anything but a query
 */
export function assertReads({ query = '', operationName }: GraphQLParams): void {
  const operation = operationOf(query, operationName)
  if (operation !== undefined && operation !== 'query') throw malformed(405, 'Only queries are answered by GET.', { allow: 'POST' })
}

function operationOf(query: string, operationName: string | undefined): string | undefined {
  try {
    return getOperationAST(parse(query, { noLocation: true }), operationName)?.operation
  } catch {
    return undefined
  }
}
