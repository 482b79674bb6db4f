import type { DocumentNode } from 'graphql'
import { parse } from 'graphql'
import { LRUCache } from 'lru-cache'

const parsed = new LRUCache<string, DocumentNode>({ max: 2_000 })

/**
 * A document that goes to a source: it is a plan's, so there are few, and each is parsed once for all who look into it.
 *
 * @throws GraphQLError for a text that is no document
 */
export function parsedOnce(document: string): DocumentNode {
  const known = parsed.get(document)
  if (known !== undefined) return known
  const fresh = parse(document, { noLocation: true })
  parsed.set(document, fresh)
  return fresh
}
