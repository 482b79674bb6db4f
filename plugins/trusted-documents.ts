import type { GraphQLParams } from '../src/server/graphql-params.js'
import { assertReads } from '../src/server/graphql-params.js'
import { refusal } from '../src/errors.js'
import type { TrustedDocuments } from '../src/trusted/manifest.js'
import type { GatewayPlugin } from './gateway-plugin.js'

export interface TrustedDocumentsOptions {
  readonly documents: TrustedDocuments
  /** Whether nothing but registered documents is served. @default false */
  readonly isOnly?: boolean
}

/**
 * Puts the registered document in the place of its id (`onParams`), and refuses what is not registered: an unknown id always, any other text where
 * only registered documents are served. From here on nobody can tell by which of the two a document came: it meets every later step.
 *
 * @throws OPERATION_NOT_TRUSTED, BAD_REQUEST (405) for a registered mutation by GET
 */
export function useTrustedDocuments({ documents, isOnly = false }: TrustedDocumentsOptions): GatewayPlugin {
  return {
    onParams({ params, request, setParams }) {
      const { documentId, ...rest }: GraphQLParams = params
      const registered = documentId === undefined ? undefined : documents.byId.get(documentId)
      const query = registered ?? rest.query
      // A client that sends an id for a try sends the text after this message, which is the one that such clients know.
      if (query === undefined) throw refusal('OPERATION_NOT_TRUSTED', isOnly ? {} : { message: 'PersistedQueryNotFound' })
      if (isOnly && registered === undefined && !documents.hasText(query)) throw refusal('OPERATION_NOT_TRUSTED')
      if (request.method === 'GET') assertReads({ ...rest, query })
      setParams({ ...rest, query })
    },
  }
}
