// node dist/src/source-add/list-schema.js <source> <address>: what a source brings into the schema. The last line is JSON;
// what libraries have to say while the schema is built stands before it.
import type { GraphQLSchema } from 'graphql'
import { isLeafType } from 'graphql'
import { buildMesh } from '../server/mesh.js'
import type { SampleQuery } from './sample-query.js'
import { sampleQuery } from './sample-query.js'

/** What one source brings into the combined schema. */
export interface BroughtIn {
  /** Coordinates of root fields, and names of types that are no scalars and no enums. */
  readonly roots: readonly string[]
  readonly types: readonly string[]
  /** A query that the source can be asked without knowing it; undefined where every root wants an object. */
  readonly sample: SampleQuery | undefined
}

const [source = '', address = ''] = process.argv.slice(2)
const without = await schemaOf({})
const whole = await schemaOf({ [source]: new URL(address) })
const roots = rootsOf(whole).filter(root => !rootsOf(without).includes(root))
const brought: BroughtIn = {
  roots,
  types: typesOf(whole).filter(name => without.getType(name) === undefined),
  sample: sampleQuery(whole, roots),
}
process.stdout.write(`${JSON.stringify(brought)}\n`)

async function schemaOf(endpoints: Readonly<Record<string, URL>>): Promise<GraphQLSchema> {
  const mesh = await buildMesh([], { Opower: new URL('http://127.0.0.1:9/graphql'), ...endpoints })
  const { schema } = mesh
  mesh.destroy()
  return schema
}

function rootsOf(schema: GraphQLSchema): readonly string[] {
  const types = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  return types.flatMap(type => Object.keys(type?.getFields() ?? {}).map(field => `${type?.name}.${field}`))
}

function typesOf(schema: GraphQLSchema): readonly string[] {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].map(type => type?.name)
  return Object.values(schema.getTypeMap()).flatMap(type =>
    isLeafType(type) || roots.includes(type.name) || type.name.startsWith('__') ? [] : [type.name],
  )
}
