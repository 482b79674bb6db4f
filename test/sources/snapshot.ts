import type { GraphQLSchema } from 'graphql'
import { getNullableType, lexicographicSortSchema, printSchema } from 'graphql'
import { MapperKind, mapSchema } from '@graphql-tools/utils'

/** A live schema as its snapshot is kept: sorted, root fields nullable, without names and directives that Federation adds. */
export function snapshotOf(live: GraphQLSchema): string {
  const plain = mapSchema(live, {
    [MapperKind.TYPE]: type => (type.name.startsWith('_') && !type.name.startsWith('__') ? null : undefined),
    [MapperKind.DIRECTIVE]: () => null,
    [MapperKind.ROOT_FIELD]: (field, name) => (name.startsWith('_') ? null : { ...field, type: getNullableType(field.type) }),
  })
  return `${printSchema(lexicographicSortSchema(plain))}\n`
}
