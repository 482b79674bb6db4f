import type { GraphQLArgument, GraphQLField, GraphQLInputField, GraphQLNamedType, GraphQLObjectType, GraphQLSchema } from 'graphql'
import { getNamedType, isInputObjectType, isObjectType } from 'graphql'

/** One field of the schema with the type that has it. */
export interface FieldPlace {
  readonly coordinate: string
  readonly parent: GraphQLObjectType
  readonly field: GraphQLField<unknown, unknown>
}

/** Every type but GraphQL's own introspection types, in the order of their names. */
export function typesOf(schema: GraphQLSchema): readonly GraphQLNamedType[] {
  const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'))
  return types.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Every field of every object type. */
export function fieldsOf(schema: GraphQLSchema): readonly FieldPlace[] {
  return typesOf(schema)
    .filter(isObjectType)
    .flatMap(parent => Object.values(parent.getFields()).map(field => ({ coordinate: `${parent.name}.${field.name}`, parent, field })))
}

/** The field at `Type.field`; undefined when there is none. */
export function fieldAt(schema: GraphQLSchema, coordinate: string): FieldPlace | undefined {
  const [typeName = '', name = ''] = coordinate.split('.')
  const parent = schema.getType(typeName)
  if (!isObjectType(parent)) return undefined
  const field = parent.getFields()[name]
  return field === undefined ? undefined : { coordinate, parent, field }
}

/** The argument at `Type.field(argument)`; undefined when there is none. */
export function argumentAt(schema: GraphQLSchema, coordinate: string): GraphQLArgument | undefined {
  const [place = '', name = ''] = coordinate.replace(/\)$/, '').split('(')
  return fieldAt(schema, place)?.field.args.find(argument => argument.name === name)
}

/** The member at `Input.member`; undefined when there is none. */
export function inputAt(schema: GraphQLSchema, coordinate: string): GraphQLInputField | undefined {
  const [typeName = '', name = ''] = coordinate.split('.')
  const type = schema.getType(typeName)
  return isInputObjectType(type) ? type.getFields()[name] : undefined
}

/** The types that have a field with values of this type, each once. */
export function holdersOf(schema: GraphQLSchema, typeName: string): readonly string[] {
  const holders = fieldsOf(schema).filter(({ field }) => getNamedType(field.type).name === typeName)
  return [...new Set(holders.map(({ parent }) => parent.name))]
}
