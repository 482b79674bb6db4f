import type { IncomingMessage } from 'node:http'
import type { GraphQLRequest } from '../graphql/run.js'
import { isRecord, readBody, readJson } from '../http/body.js'
import { json } from '../http/reply.js'
import type { Reply } from '../http/reply.js'

/**
 * The GraphQL request in a POST body, or the answer that refuses it. `operationName` may be left out, and variables
 * that the document does not declare are let through, as real clients send both.
 */
export async function readGraphQLRequest(request: IncomingMessage): Promise<GraphQLRequest | Reply> {
  if (request.method !== 'POST') return json(405, { error: 'method_not_allowed' }, { allow: 'POST' })
  return readGraphQLBody(await readBody(request))
}

/** The same of a body that was read already; undefined for one that is too large. */
export function readGraphQLBody(body: string | undefined): GraphQLRequest | Reply {
  if (body === undefined) return json(413, { error: 'request_too_large' })
  const value = readJson(body)
  if (!isRecord(value) || typeof value['query'] !== 'string') return json(400, { error: 'invalid_request' })
  const { operationName, variables } = value
  return {
    query: value['query'],
    operationName: typeof operationName === 'string' && operationName !== '' ? operationName : null,
    variables: isRecord(variables) ? variables : null,
  }
}

export function isReply(value: object): value is Reply {
  return 'status' in value && 'body' in value
}

/** The token of a bearer header, or undefined. */
export function readBearer(header: string | undefined): string | undefined {
  return /^bearer +([^\s]+)$/i.exec(header ?? '')?.[1]
}
