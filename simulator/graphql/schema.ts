import { readFileSync } from 'node:fs'
import { buildSchema, extendSchema, GraphQLError, isScalarType, Kind, parse } from 'graphql'
import type { GraphQLSchema } from 'graphql'
import { parseInterval } from '../series/iso.js'

/** The schema of the hub, open to introspection. */
export const hubSchema: GraphQLSchema = withIntervals(buildSchema(read('schema.graphql')))

/** The schema of the edge: the hub's and the register reads. */
export const edgeSchema: GraphQLSchema = withIntervals(
  extendSchema(buildSchema(read('schema.graphql')), parse(read('edge-fields.graphql'))),
)

function read(file: string): string {
  return readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')
}

/**
 * Teaches the schema's interval to check what is given. Nothing else needs resolvers: the views in `resolvers/` have
 * the schema's own names. Bare dates pass here, since weather takes them; reads refuse them later.
 */
function withIntervals(schema: GraphQLSchema): GraphQLSchema {
  const interval = schema.getType('TimeInterval')
  if (!isScalarType(interval)) throw new TypeError('the schema has no scalar TimeInterval')
  interval.parseValue = checkedInterval
  interval.parseLiteral = node => checkedInterval(node.kind === Kind.STRING ? node.value : undefined)
  return schema
}

function checkedInterval(value: unknown): string {
  if (typeof value !== 'string') throw new GraphQLError('An interval is written start/end as a string.')
  const interval = parseInterval(value, { datesIn: 'UTC' })
  if ('error' in interval) throw new GraphQLError(interval.error)
  return value
}
