import { buildSchema } from 'graphql'
import { printSnapshot, toSnapshot } from '../doctor/schema/snapshot.js'
import { SourceAddFault } from './fault.js'
import type { TakenNames } from './snapshot-openapi.js'

export interface GraphqlSnapshot {
  readonly sdl: string
  /** Names that another source has already: the source's own go behind a prefix, by a transform. */
  readonly taken: readonly string[]
}

/**
 * The checked-in form of a GraphQL schema: sorted, roots that may be null, without what serves Federation.
 *
 * @throws {SourceAddFault} when it is no schema
 */
export function graphqlSnapshot(text: string, taken: TakenNames): GraphqlSnapshot {
  const schema = toSnapshot(read(text))
  const types = Object.values(schema.getTypeMap()).map(({ name }) => name)
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  const rootNames = new Set(roots.map(type => type?.name))
  const fields = roots.flatMap(type => Object.keys(type?.getFields() ?? {}))
  const scalars = new Set(['ID', 'String', 'Int', 'Float', 'Boolean'])
  const twice = [
    ...types.filter(name => taken.types.has(name) && !rootNames.has(name) && !scalars.has(name) && !name.startsWith('__')),
    ...fields.filter(name => taken.roots.has(name)),
  ]
  return { sdl: printSnapshot(schema), taken: twice }
}

function read(text: string) {
  try {
    return buildSchema(text)
  } catch (error) {
    throw new SourceAddFault(`The spec is no GraphQL schema: ${error instanceof Error ? error.message : 'unknown reason'}`)
  }
}
