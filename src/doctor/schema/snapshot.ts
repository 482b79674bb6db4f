import type { GraphQLFieldConfig, GraphQLInterfaceType, GraphQLNamedType, GraphQLObjectType, GraphQLSchema } from 'graphql'
import {
  buildSchema,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  lexicographicSortSchema,
  printSchema,
} from 'graphql'
import { MapperKind, mapSchema, pruneSchema } from '@graphql-tools/utils'

/** Directives that serve a router in front of the service, and say nothing to a client. */
const federation = new Set(
  'authenticated composeDirective extends external inaccessible interfaceObject key link override policy provides requires requiresScopes shareable tag'.split(
    ' ',
  ),
)

/**
 * A live schema in the form in which it is checked in: roots may be null, since a root that fails would otherwise take
 * the whole answer with it; what begins with an underscore and what serves federation is left out.
 */
export function toSnapshot(live: GraphQLSchema): GraphQLSchema {
  const isOwn = (name: string): boolean => !name.startsWith('_')
  const mapped = mapSchema(live, {
    [MapperKind.ROOT_FIELD]: (field, name) => (isOwn(name) ? nullable(field) : null),
    [MapperKind.OBJECT_FIELD]: (_field, name) => (isOwn(name) ? undefined : null),
    [MapperKind.TYPE]: type => (isOwn(type.name) || type.name.startsWith('__') ? undefined : null),
    [MapperKind.DIRECTIVE]: ({ name }) => (federation.has(name) || name.includes('__') ? null : undefined),
  })
  return pruneSchema(mapped, { skipUnimplementedInterfacesPruning: true })
}

function nullable(field: GraphQLFieldConfig<unknown, unknown>): GraphQLFieldConfig<unknown, unknown> {
  return { ...field, type: getNullableType(field.type) }
}

/** The same schema with the descriptions of another wherever that has the element: ours are written for front-end developers. */
export function withDescriptionsOf(schema: GraphQLSchema, known: GraphQLSchema): GraphQLSchema {
  const copy = buildSchema(printSchema(schema), { assumeValidSDL: true })
  for (const type of Object.values(copy.getTypeMap())) {
    const same = known.getType(type.name)
    if (same === undefined || type.name.startsWith('__')) continue
    take(type, same)
    if (isEnumType(type) && isEnumType(same)) for (const value of type.getValues()) take(value, same.getValue(value.name))
    if (isInputObjectType(type) && isInputObjectType(same)) takeEach(type.getFields(), same.getFields())
    if (hasArguments(type) && hasArguments(same)) takeFields(type, same)
  }
  return copy
}

interface Described {
  description?: string | null | undefined
}

function take(element: Described, known: Described | null | undefined): void {
  if (known?.description) element.description = known.description
}

function takeEach(elements: Readonly<Record<string, Described>>, known: Readonly<Record<string, Described>>): void {
  for (const [name, element] of Object.entries(elements)) take(element, known[name])
}

type Fielded = GraphQLObjectType | GraphQLInterfaceType

function hasArguments(type: GraphQLNamedType): type is Fielded {
  return isObjectType(type) || isInterfaceType(type)
}

function takeFields(type: Fielded, known: Fielded): void {
  const there = known.getFields()
  takeEach(type.getFields(), there)
  for (const [name, field] of Object.entries(type.getFields())) {
    for (const argument of field.args)
      take(
        argument,
        there[name]?.args.find(each => each.name === argument.name),
      )
  }
}

/** As it is written to the file. */
export function printSnapshot(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`
}
