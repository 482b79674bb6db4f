import type { DocumentNode } from 'graphql'
import { GraphQLError } from 'graphql'
import { readMembers } from '../../opower/read-members.js'
import { rootFieldsOf } from '../../plan/source-document.js'

/** What a source that speaks GraphQL answered, with its errors where they belong. */
export interface PlacedErrors {
  /** The data; whatever is null because of an error is that error. */
  readonly rootValue: Record<string, unknown>
  /** Errors about something that is there all the same: they are about the whole. */
  readonly elsewhere: readonly GraphQLError[]
}

/** Puts each error of an answer at the place that it is about. The source's paths say only where: what is told of a place is our own document's. */
export function placeErrors(data: unknown, errors: readonly GraphQLError[], document: DocumentNode): PlacedErrors {
  const rootValue: Record<string, unknown> = { ...readMembers(data) }
  const keys = rootFieldsOf(document).map(({ key }) => key)
  const elsewhere = errors.flatMap(error => {
    if (tryPlace(rootValue, error)) return []
    const missing = keys.filter(key => rootValue[key] == null)
    for (const key of missing) rootValue[key] = unplaced(error)
    return missing.length > 0 || keys.some(key => rootValue[key] instanceof GraphQLError) ? [] : [unplaced(error, keys.slice(0, 1))]
  })
  return { rootValue, elsewhere }
}

/** Puts an error in the place of the null that its path leads to; whether there is one. The first error about a place stays. */
function tryPlace(rootValue: object, error: GraphQLError): boolean {
  let holder: unknown = rootValue
  for (const step of Array.isArray(error.path) ? error.path : []) {
    const members: Record<PropertyKey, unknown> = readMembers(holder)
    if (!Object.hasOwn(members, step)) return false
    const value = members[step]
    if (value === null) members[step] = unplaced(error)
    if (value === null || value instanceof GraphQLError) return true
    holder = value
  }
  return false
}

/** The same error without the path that its source gave it. */
function unplaced(error: GraphQLError, path?: readonly string[]): GraphQLError {
  return new GraphQLError(error.message, { originalError: error, ...(path === undefined ? {} : { path }) })
}
