import type {
  GraphQLOutputType,
  GraphQLField,
  GraphQLFieldConfig,
  GraphQLFieldConfigArgumentMap,
  GraphQLInputObjectType,
  GraphQLNamedType,
  GraphQLObjectType,
  GraphQLSchema,
} from 'graphql'
import {
  getNamedType,
  getNullableType,
  GraphQLList,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isObjectType,
  isScalarType,
} from 'graphql'
import { MapperKind, mapSchema } from '@graphql-tools/utils'
import type { SourceAccess } from './access-rules.js'

/** Arguments whose names say that they choose something, whatever their type. */
const idLike = /^(?:after|before|matching)$|(?:id|ids|urn|urns|uuid|uuids|cursor|number)$/i

/** What has no access rule, and so is not served. */
export interface Unclassified {
  readonly coordinate: string
  readonly what: 'root' | 'argument' | 'input' | 'type'
}

/** Lists every root field, id-taking argument and type of the schema that the access rules neither name nor hide. */
export function findUnclassified(schema: GraphQLSchema, access: SourceAccess): readonly Unclassified[] {
  const found: Unclassified[] = []
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__') || isLeafType(type) || access.hidden.includes(type.name)) continue
    if (isInputObjectType(type)) {
      found.push(...unclassifiedInside(type, access))
      continue
    }
    if (!isRoot(schema, type) && access.types[type.name] === undefined) found.push({ coordinate: type.name, what: 'type' })
    if (!isObjectType(type)) continue
    for (const field of Object.values(type.getFields())) found.push(...unclassifiedAt(schema, type, field, access))
  }
  return found
}

function unclassifiedAt(schema: GraphQLSchema, type: GraphQLObjectType, field: Field, access: SourceAccess): Unclassified[] {
  const coordinate = `${type.name}.${field.name}`
  if (access.hidden.includes(coordinate)) return []
  const isRuled = access.roots[coordinate] !== undefined || !answersLikeRoot(schema, type, field, access)
  const args = field.args.map(argument => ({ argument, place: `${coordinate}(${argument.name})` }))
  const unruled = args.filter(
    ({ argument, place }) => !access.hidden.includes(place) && choosesUnruled(access, coordinate, argument.name, argument.type),
  )
  return [
    ...(isRuled ? [] : [{ coordinate, what: 'root' as const }]),
    ...unruled.map(({ place }) => ({ coordinate: place, what: 'argument' as const })),
  ]
}

/** A new member of an input is passed on like the others: one that chooses must not come in unseen. */
function unclassifiedInside(type: GraphQLInputObjectType, access: SourceAccess): Unclassified[] {
  return Object.values(type.getFields())
    .map(member => ({ coordinate: `${type.name}.${member.name}`, member }))
    .filter(
      ({ coordinate, member }) => !access.hidden.includes(coordinate) && isUnruledMember(access, coordinate, member.name, member.type),
    )
    .map(({ coordinate }) => ({ coordinate, what: 'input' as const }))
}

/** What hangs below the person behind the session is answered like a root: nothing above it proves whose it is. */
function answersLikeRoot(schema: GraphQLSchema, type: GraphQLObjectType, field: Field, access: SourceAccess): boolean {
  if (isRoot(schema, type)) return true
  return isPersons(schema, type, access) && isObjectType(getNamedType(field.type))
}

function isPersons(schema: GraphQLSchema, { name }: GraphQLNamedType, access: SourceAccess): boolean {
  return Object.entries(access.roots).some(([coordinate, rule]) => {
    if (rule !== 'viewer') return false
    const [root = '', field = ''] = coordinate.split('.')
    const type = schema.getType(root)
    const answer = isObjectType(type) ? type.getFields()[field]?.type : undefined
    return answer !== undefined && getNamedType(answer).name === name
  })
}

/** The schema that customers see: what is not classified is not in it. */
export function customerSchema(schema: GraphQLSchema, access: SourceAccess): GraphQLSchema {
  const isServed = (type: GraphQLNamedType): boolean => isScalarType(type) || isEnumType(type) || access.types[type.name] !== undefined
  const isHidden = (coordinate: string): boolean => access.hidden.includes(coordinate)
  return mapSchema(schema, {
    [MapperKind.ROOT_OBJECT]: type =>
      Object.keys(type.getFields()).some(name => access.roots[`${type.name}.${name}`] !== undefined) ? type : null,
    [MapperKind.OBJECT_TYPE]: type => (isServed(type) ? type : null),
    [MapperKind.ABSTRACT_TYPE]: () => null,
    [MapperKind.INPUT_OBJECT_FIELD]: (member, name, typeName) =>
      isHidden(`${typeName}.${name}`) || isUnruledMember(access, `${typeName}.${name}`, name, member.type) ? null : undefined,
    [MapperKind.ROOT_FIELD]: (field, name, typeName) =>
      access.roots[`${typeName}.${name}`] === undefined ? null : withRuledArguments(access, `${typeName}.${name}`, field),
    // Any value may be withheld, so none is promised.
    [MapperKind.OBJECT_FIELD]: (field, name, typeName) =>
      isServed(getNamedType(field.type)) && !isHidden(`${typeName}.${name}`)
        ? withRuledArguments(access, `${typeName}.${name}`, field)
        : null,
  })
}

type Field = GraphQLField<unknown, unknown>
type FieldConfig = GraphQLFieldConfig<unknown, unknown>

function withRuledArguments(access: SourceAccess, coordinate: string, field: FieldConfig): FieldConfig {
  const args: GraphQLFieldConfigArgumentMap = Object.fromEntries(
    Object.entries(field.args ?? {})
      .filter(([name, { type }]) => !access.hidden.includes(`${coordinate}(${name})`) && !choosesUnruled(access, coordinate, name, type))
      .map(([name, argument]) => [name, isFilled(access, `${coordinate}(${name})`) ? optional(argument) : argument]),
  )
  return { ...field, args, type: nullable(field.type) }
}

/** What the gateway fills in need not be given, whatever the source wants. */
function isFilled({ arguments: rules }: SourceAccess, coordinate: string): boolean {
  const rule = rules[coordinate]
  return rule !== undefined && 'omitted' in rule && rule.omitted === 'fill'
}

function optional(argument: GraphQLFieldConfigArgumentMap[string]): GraphQLFieldConfigArgumentMap[string] {
  return { ...argument, type: getNullableType(argument.type) }
}

function nullable(type: GraphQLOutputType): GraphQLOutputType {
  const inner = getNullableType(type)
  return isListType(inner) ? new GraphQLList(nullable(inner.ofType)) : inner
}

type Given = Parameters<typeof getNamedType>[0]

function choosesUnruled(access: SourceAccess, coordinate: string, name: string, type: Given): boolean {
  return access.arguments[`${coordinate}(${name})`] === undefined && (isIdLike(name, type) || isInputObjectType(getNamedType(type)))
}

function isUnruledMember(access: SourceAccess, coordinate: string, name: string, type: Given): boolean {
  return access.inputs[coordinate] === undefined && isIdLike(name, type)
}

function isIdLike(name: string, type: Given): boolean {
  const named = getNamedType(type)
  return named?.name === 'ID' || (named?.name === 'String' && idLike.test(name))
}

/** By name: a mapped type is another object than the one it was made from. */
function isRoot(schema: GraphQLSchema, { name }: GraphQLNamedType): boolean {
  return [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].some(root => root?.name === name)
}
