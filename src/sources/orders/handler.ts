import { join } from 'node:path'
import type { GraphQLResolveInfo, GraphQLSchema } from 'graphql'
import { createFieldService } from './field-service.js'
import type { OrdersRequest } from './schema.js'
import { createOrdersSchema } from './schema.js'

/** What Mesh hands to a handler, as far as this one needs it. */
interface HandlerOptions {
  readonly config: { readonly wsdl: string; readonly endpoint: string }
  readonly baseDir: string
}

/** Mesh's own fetch: it runs every `onFetch` hook for the context that it is given. */
type MeshFetch = (url: string, init: RequestInit, context: unknown, info: GraphQLResolveInfo) => Promise<Response>

/** Service orders (SOAP 1.1) as a source of the mesh, by a checked-in WSDL. */
export class OrdersHandler {
  readonly #options: HandlerOptions

  constructor(options: HandlerOptions) {
    this.#options = options
  }

  async getMeshSource({ fetchFn }: { readonly fetchFn: MeshFetch }): Promise<{ schema: GraphQLSchema; batch: false }> {
    const { baseDir, config } = this.#options
    const service = createFieldService<OrdersRequest>(join(baseDir, config.wsdl), config.endpoint, (url, init, { context, info }) =>
      fetchFn(url, init, context, info),
    )
    return { schema: createOrdersSchema(service), batch: false }
  }
}

// Mesh loads a handler by its default export.
export default OrdersHandler
