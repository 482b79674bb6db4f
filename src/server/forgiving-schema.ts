import type { GraphQLFieldConfig, GraphQLObjectType, GraphQLSchema } from 'graphql'
import { defaultFieldResolver, getNullableType, isNonNullType } from 'graphql'
import { isPromise, MapperKind, mapSchema } from '@graphql-tools/utils'
import { UpstreamFailure, upstreamFault } from '../opower/upstream-errors.js'
import { property } from '../plan/shape-value.js'
import { fieldGone } from '../sources/gone-column.js'

/**
 * The same schema for a source that has lost a field which its snapshot promises: the field becomes null with an error at its own place, and
 * does not take the object that holds it along.
 */
export function forgivingSchema(schema: GraphQLSchema): GraphQLSchema {
  return mapSchema(schema, {
    [MapperKind.OBJECT_FIELD]: (field, name, typeName) => (isNonNullType(field.type) ? forgiving(field, `${typeName}.${name}`) : undefined),
  })
}

type Field = GraphQLFieldConfig<unknown, unknown>

/** @throws GatewayError always */
function tellGone(object: unknown, type: GraphQLObjectType, coordinate: string): never {
  if (Object.keys(type.getFields()).some(name => property(object, name) !== undefined)) throw fieldGone(coordinate)
  // What has none of its fields is no such object at all.
  throw upstreamFault('UPSTREAM_UNAVAILABLE', new UpstreamFailure('answered something else'))
}

function forgiving(field: Field, coordinate: string): Field {
  const { resolve = defaultFieldResolver } = field
  return {
    ...field,
    type: getNullableType(field.type),
    resolve(object, args, context, info) {
      const value: unknown = resolve(object, args, context, info)
      // A promise for each field of each row would cost more than the row.
      if (isPromise(value)) return value.then(found => found ?? tellGone(object, info.parentType, coordinate))
      return value ?? tellGone(object, info.parentType, coordinate)
    },
  }
}
