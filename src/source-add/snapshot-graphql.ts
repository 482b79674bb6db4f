import { buildSchema } from 'graphql'
import { printSnapshot, toSnapshot } from '../doctor/schema/snapshot.js'
import { SourceAddFault } from './fault.js'
import type { TakenNames } from './snapshot-openapi.js'

/**
 * The checked-in form of a GraphQL schema: sorted, roots that may be null, without what serves Federation.
 *
 * @throws {SourceAddFault} when it is no schema, or has a name that another source has: a query is sent on by the names it was asked by, so
 * they cannot be changed here
 */
export function graphqlSnapshot(text: string, taken: TakenNames): string {
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
  if (twice.length > 0)
    throw new SourceAddFault(`Another source has these names already: ${twice.join(', ')}. Two of one name would be mixed up.`)
  return printSnapshot(schema)
}

function read(text: string) {
  try {
    return buildSchema(text)
  } catch (error) {
    throw new SourceAddFault(`The spec is no GraphQL schema: ${error instanceof Error ? error.message : 'unknown reason'}`)
  }
}
