import type { GraphQLParams } from '../src/server/graphql-params.js'
import { assertReads } from '../src/server/graphql-params.js'
import type { TrustedOptions } from '../src/trusted/document-of.js'
import { documentOf } from '../src/trusted/document-of.js'
import type { GatewayPlugin } from './gateway-plugin.js'

/**
 * Puts the registered document in the place of its id (`onParams`), and refuses what is not registered: an unknown id always, any other text where
 * only registered documents are served. From here on nobody can tell by which of the two a document came: it meets every later step.
 *
 * @throws OPERATION_NOT_TRUSTED, BAD_REQUEST (405) for a registered mutation by GET
 */
export function useTrustedDocuments(options: TrustedOptions): GatewayPlugin {
  return {
    onParams({ params, request, setParams }) {
      const { documentId: _id, ...rest }: GraphQLParams = params
      const query = documentOf(params, options)
      if (request.method === 'GET') assertReads({ ...rest, query })
      setParams({ ...rest, query })
    },
  }
}
