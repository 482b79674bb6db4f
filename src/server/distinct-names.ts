import type { MeshInstance } from '@graphql-mesh/runtime'
import type { GraphQLSchema } from 'graphql'
import { isObjectType } from 'graphql'

type RawSource = MeshInstance['rawSources'][number]

/**
 * Each root field and each type is one source's, by the names that they have after the transforms of their source.
 *
 * @throws TypeError when two sources have a root field or a type of one name: the later root would silently win, and the types become one
 */
export function assertDistinct(rawSources: readonly RawSource[]): void {
  const owner = new Map<string, string>()
  for (const { name, ...source } of rawSources) {
    for (const [key, what] of namesIn(transformed(source))) {
      const other = owner.get(key)
      if (other !== undefined)
        throw new TypeError(`Two sources have a ${what} ${key}: ${other} and ${name}. Rename one by a transform in .meshrc.ts.`)
      owner.set(key, name)
    }
  }
}

function transformed({ schema, transforms = [], ...rest }: Omit<RawSource, 'name'>): GraphQLSchema {
  const subschema = { ...rest, schema, transforms }
  return transforms.reduce((known, transform) => transform.transformSchema?.(known, subschema) ?? known, schema)
}

/** Root fields, and types that hold data: one name for two of them would make one of the two. */
function namesIn(schema: GraphQLSchema): readonly (readonly [name: string, what: string])[] {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  const fields = roots.flatMap(type => Object.keys(type?.getFields() ?? {}).map(field => [`${type?.name}.${field}`, 'root field'] as const))
  const types = Object.values(schema.getTypeMap()).filter(
    type => isObjectType(type) && !roots.includes(type) && !type.name.startsWith('__'),
  )
  return [...fields, ...types.map(({ name }) => [name, 'type'] as const)]
}
