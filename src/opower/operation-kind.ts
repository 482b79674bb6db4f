import { getOperationAST, parse } from 'graphql'
import { readMembers } from './read-members.js'

/**
 * Whether the body of a GraphQL request runs a query, so that sending it twice does no harm. A mutation may start an
 * export twice; a body that cannot be read is treated like one.
 */
export function isQueryBody(body: unknown): boolean {
  if (typeof body !== 'string') return false
  try {
    const { query, operationName } = readRequest(JSON.parse(body))
    return getOperationAST(parse(query, { noLocation: true }), operationName)?.operation === 'query'
  } catch {
    return false
  }
}

function readRequest(request: unknown): { readonly query: string; readonly operationName: string | undefined } {
  const { query, operationName } = readMembers(request)
  if (typeof query !== 'string') throw new TypeError('a GraphQL request has a query')
  return { query, operationName: typeof operationName === 'string' ? operationName : undefined }
}
