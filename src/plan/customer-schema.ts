import type { GraphQLFieldConfig, GraphQLFieldConfigArgumentMap, GraphQLNamedType, GraphQLSchema } from 'graphql'
import { GraphQLID, getNamedType, isEnumType, isInputObjectType, isObjectType, isScalarType } from 'graphql'
import { MapperKind, mapSchema } from '@graphql-tools/utils'
import type { SourceAccess } from './access-rules.js'

/** Arguments whose names say that they choose something, whatever their type. */
const idLike = /^(?:after|before|matching)$|(?:id|ids|urn|urns|uuid|uuids|cursor|number)$/i

/** What has no access rule, and so is not served. */
export interface Unclassified {
  readonly coordinate: string
  readonly what: 'root' | 'argument' | 'type'
}

/** Lists every root field, id-taking argument and type of the schema that the access rules do not name. */
export function findUnclassified(schema: GraphQLSchema, access: SourceAccess): readonly Unclassified[] {
  const found: Unclassified[] = []
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__') || !isObjectType(type)) continue
    if (!isRoot(schema, type) && access.types[type.name] === undefined) found.push({ coordinate: type.name, what: 'type' })
    for (const field of Object.values(type.getFields())) {
      const coordinate = `${type.name}.${field.name}`
      if (isRoot(schema, type) && access.roots[coordinate] === undefined) found.push({ coordinate, what: 'root' })
      for (const argument of field.args) {
        if (choosesUnruled(access, coordinate, argument.name, argument.type))
          found.push({ coordinate: `${coordinate}(${argument.name})`, what: 'argument' })
      }
    }
  }
  return found
}

/** The schema that customers see: what is not classified is not in it. */
export function customerSchema(schema: GraphQLSchema, access: SourceAccess): GraphQLSchema {
  const isServed = (type: GraphQLNamedType): boolean => isScalarType(type) || isEnumType(type) || access.types[type.name] !== undefined
  return mapSchema(schema, {
    [MapperKind.ROOT_OBJECT]: type =>
      Object.keys(type.getFields()).some(name => access.roots[`${type.name}.${name}`] !== undefined) ? type : null,
    [MapperKind.OBJECT_TYPE]: type => (isServed(type) ? type : null),
    [MapperKind.ABSTRACT_TYPE]: () => null,
    [MapperKind.ROOT_FIELD]: (field, name, typeName) =>
      access.roots[`${typeName}.${name}`] === undefined ? null : withRuledArguments(access, `${typeName}.${name}`, field),
    [MapperKind.OBJECT_FIELD]: (field, name, typeName) =>
      isServed(getNamedType(field.type)) ? withRuledArguments(access, `${typeName}.${name}`, field) : null,
  })
}

type FieldConfig = GraphQLFieldConfig<unknown, unknown>

function withRuledArguments(access: SourceAccess, coordinate: string, field: FieldConfig): FieldConfig {
  const args: GraphQLFieldConfigArgumentMap = Object.fromEntries(
    Object.entries(field.args ?? {}).filter(([name, { type }]) => !choosesUnruled(access, coordinate, name, type)),
  )
  return { ...field, args }
}

function choosesUnruled(access: SourceAccess, coordinate: string, name: string, type: Parameters<typeof getNamedType>[0]): boolean {
  if (access.arguments[`${coordinate}(${name})`] !== undefined) return false
  const named = getNamedType(type)
  return named === GraphQLID || named?.name === 'ID' || isInputObjectType(named) || (named?.name === 'String' && idLike.test(name))
}

/** By name: a mapped type is another object than the one it was made from. */
function isRoot(schema: GraphQLSchema, { name }: GraphQLNamedType): boolean {
  return [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].some(root => root?.name === name)
}
