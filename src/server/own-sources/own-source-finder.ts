import type { MeshInstance } from '@graphql-mesh/runtime'
import type { DocumentNode, GraphQLSchema } from 'graphql'
import { Kind, validateSchema } from 'graphql'
import { inTypesOf } from './in-types-of.js'
import type { OwnSource } from './own-source.js'
import { ownSource } from './own-source.js'

type RawSource = MeshInstance['rawSources'][number]

/** The one source that a document asks, and the document as that source knows it. */
export interface AskedSource {
  readonly source: OwnSource
  readonly document: DocumentNode
}

/** Undefined where it is not sure that one source alone is asked, and the combined schema has to be. */
export type OwnSourceFinder = (document: DocumentNode) => AskedSource | undefined

const remembered = new WeakMap<GraphQLSchema, OwnSourceFinder>()

/** For the steps of the pipeline, which get to see the combined schema alone. */
export function rememberOwnSourceFinder(combined: GraphQLSchema, finder: OwnSourceFinder): void {
  remembered.set(combined, finder)
}

/** The finder of a combined schema; one that finds nothing where none is remembered. */
export function ownSourceFinderOf(combined: GraphQLSchema): OwnSourceFinder {
  return remembered.get(combined) ?? (() => undefined)
}

/**
 * Sources that can be asked as they are, by the root fields that they have: what a plan asks of one need not be taken apart and put together
 * again by the combined schema. A source whose types are others there is not among them.
 */
export function createOwnSourceFinder(rawSources: readonly RawSource[]): OwnSourceFinder {
  const byRoot = new Map<string, OwnSource>()
  for (const raw of rawSources.filter(isAsItIs)) {
    const source = ownSource(raw)
    for (const root of rootsOf(raw.schema)) byRoot.set(root, source)
  }
  const known = new WeakMap<DocumentNode, { readonly asked: AskedSource | undefined }>()
  return document => {
    const before = known.get(document)
    if (before !== undefined) return before.asked
    const source = onlySource(document, byRoot)
    const own = source && inTypesOf(source.schema, document)
    const asked = source && own && { source, document: own }
    known.set(document, { asked })
    return asked
  }
}

function isAsItIs({ schema, transforms, merge }: RawSource): boolean {
  return (transforms ?? []).length === 0 && merge === undefined && validateSchema(schema).length === 0
}

function rootsOf(schema: GraphQLSchema): readonly string[] {
  const types = [['query', schema.getQueryType()] as const, ['mutation', schema.getMutationType()] as const]
  return types.flatMap(([operation, type]) => Object.keys(type?.getFields() ?? {}).map(name => `${operation} ${name}`))
}

function onlySource(document: DocumentNode, byRoot: ReadonlyMap<string, OwnSource>): OwnSource | undefined {
  const asked = new Set(
    document.definitions.flatMap(definition => {
      if (definition.kind !== Kind.OPERATION_DEFINITION) return [undefined]
      const { operation, selectionSet } = definition
      return selectionSet.selections.map(each => (each.kind === Kind.FIELD ? byRoot.get(`${operation} ${each.name.value}`) : undefined))
    }),
  )
  const [source, ...others] = asked
  return others.length === 0 ? source : undefined
}
