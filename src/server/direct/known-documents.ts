import type { DocumentNode, ExecutionArgs, GraphQLSchema } from 'graphql'
import { Kind } from 'graphql'
import { createDocumentCache } from '../document-cache.js'
import { hashOf } from '../named-operation.js'
import type { ServedSchema } from '../prepare-operation.js'

/** A document that passed every step in front of its execution, and the schema that it was validated against. */
export interface KnownDocument {
  readonly document: DocumentNode
  readonly schema: GraphQLSchema
  readonly served: ServedSchema
  /** SHA-256 of its text, in hexadecimal. */
  readonly hash: string
}

/**
 * Documents that went the whole way to their execution, by their text: what was parsed, limited and validated there need not be judged again.
 * Nothing that may change something is known here.
 */
export class KnownDocuments {
  readonly #known = createDocumentCache<KnownDocument>()

  /** @param args as an execution gets them */
  learn({ document, schema }: Pick<ExecutionArgs, 'document' | 'schema'>, served: ServedSchema): void {
    const text = document.loc?.source.body
    if (text !== undefined && !this.#known.has(text) && readsOnly(document))
      this.#known.set(text, { document, schema, served, hash: hashOf(text) })
  }

  find(text: string): KnownDocument | undefined {
    return this.#known.get(text)
  }

  /** The schema is another one: what was validated against the old one no longer counts. */
  forget(): void {
    this.#known.clear()
  }
}

function readsOnly({ definitions }: DocumentNode): boolean {
  return definitions.every(each => each.kind !== Kind.OPERATION_DEFINITION || each.operation === 'query')
}
