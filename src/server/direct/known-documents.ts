import type { DocumentNode, ExecutionArgs, GraphQLSchema } from 'graphql'
import { Kind } from 'graphql'
import { createDocumentCache } from '../document-cache.js'
import type { NamedOperation } from '../named-operation.js'
import { hashOf, nameHashed } from '../named-operation.js'
import type { ServedSchema } from '../prepare-operation.js'

/** A document that passed every step in front of its execution, and the schema that it was validated against. */
export interface KnownDocument {
  readonly document: DocumentNode
  readonly schema: GraphQLSchema
  readonly served: ServedSchema
  /** How logs and records name an operation of it, by the name that was asked for. */
  readonly named: (operationName: string | null | undefined) => NamedOperation
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
      this.#known.set(text, { document, schema, served, named: namesIn(hashOf(text)) })
  }

  find(text: string): KnownDocument | undefined {
    return this.#known.get(text)
  }

  /** The schema is another one: what was validated against the old one no longer counts. */
  forget(): void {
    this.#known.clear()
  }
}

/** Each is made once. There are few, since nobody asks for the name of what was not found in the document. */
function namesIn(hash: string): KnownDocument['named'] {
  const known = new Map<string | null | undefined, NamedOperation>()
  return operationName => {
    const named = known.get(operationName) ?? nameHashed(hash, operationName)
    known.set(operationName, named)
    return named
  }
}

function readsOnly({ definitions }: DocumentNode): boolean {
  return definitions.every(each => each.kind !== Kind.OPERATION_DEFINITION || each.operation === 'query')
}
