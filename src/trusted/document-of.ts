import { refusal } from '../errors.js'
import type { GraphQLParams } from '../server/graphql-params.js'
import type { TrustedDocuments } from './manifest.js'

export interface TrustedOptions {
  readonly documents: TrustedDocuments
  /** Whether nothing but registered documents is served. @default false */
  readonly isOnly?: boolean
}

/**
 * The document that a request asks for: the registered one of its id, or its own text.
 *
 * @throws OPERATION_NOT_TRUSTED for an unknown id, and for any other text where only registered documents are served
 */
export function documentOf({ documentId, query: text }: GraphQLParams, { documents, isOnly = false }: TrustedOptions): string {
  const registered = documentId === undefined ? undefined : documents.byId.get(documentId)
  const query = registered ?? text
  // A client that sends an id for a try sends the text after this message, which is the one that such clients know.
  if (query === undefined) throw refusal('OPERATION_NOT_TRUSTED', isOnly ? {} : { message: 'PersistedQueryNotFound' })
  if (isOnly && registered === undefined && !documents.hasText(query)) throw refusal('OPERATION_NOT_TRUSTED')
  return query
}
