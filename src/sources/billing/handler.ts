import type { GraphQLSchema } from 'graphql'
import type { BillingDatabaseOptions } from './database.js'
import { createBillingDatabase } from './database.js'
import { createBillingSchema } from './schema.js'

/** What Mesh hands to a handler, as far as this one needs it. */
interface HandlerOptions {
  readonly config: Omit<BillingDatabaseOptions, 'url'> & { readonly endpoint: string }
  readonly pubsub: { subscribe(event: 'destroy', then: () => void): unknown }
}

/** Billing as a source of the mesh: each mesh has connections of its own, which end with it. */
export class BillingHandler {
  readonly #options: HandlerOptions

  constructor(options: HandlerOptions) {
    this.#options = options
  }

  async getMeshSource(): Promise<{ schema: GraphQLSchema; batch: false }> {
    const { config, pubsub } = this.#options
    const { endpoint, ...limits } = config
    const database = createBillingDatabase({ url: endpoint, ...limits })
    pubsub.subscribe('destroy', () => void database.close())
    return { schema: createBillingSchema(database), batch: false }
  }
}

// Mesh loads a handler by its default export.
export default BillingHandler
