import type { GraphQLField, GraphQLInputType, GraphQLOutputType, GraphQLSchema } from 'graphql'
import { getNamedType, getNullableType, isEnumType, isLeafType, isListType, isNonNullType, isObjectType, isRequiredArgument } from 'graphql'

export interface SampleQuery {
  readonly root: string
  readonly query: string
  readonly isList: boolean
}

type Field = GraphQLField<unknown, unknown>

/** A query for the first of these roots that needs no object to be asked. */
export function sampleQuery(schema: GraphQLSchema, roots: readonly string[]): SampleQuery | undefined {
  const fields = schema.getQueryType()?.getFields() ?? {}
  for (const coordinate of roots) {
    const field = coordinate.startsWith('Query.') ? fields[coordinate.slice('Query.'.length)] : undefined
    const args = field === undefined ? undefined : argumentsOf(field)
    if (field === undefined || args === undefined || isLeafType(getNamedType(field.type))) continue
    return {
      root: field.name,
      query: `{ ${field.name}${args}${selectionOf(field.type)} }`,
      isList: isListType(getNullableType(field.type)),
    }
  }
  return undefined
}

function argumentsOf(field: Field): string | undefined {
  const required = field.args.filter(isRequiredArgument).map(({ name, type }) => ({ name, value: valueOf(type) }))
  if (required.some(({ value }) => value === undefined)) return undefined
  return required.length === 0 ? '' : `(${required.map(({ name, value }) => `${name}: ${value}`).join(', ')})`
}

function valueOf(outer: GraphQLInputType): string | undefined {
  const type = isNonNullType(outer) ? outer.ofType : outer
  if (isListType(type)) {
    const one = valueOf(type.ofType)
    return one === undefined ? undefined : `[${one}]`
  }
  if (isEnumType(type)) return type.getValues()[0]?.name
  if (['Int', 'Float', 'BigInt', 'PositiveInt', 'NonNegativeInt'].includes(String(type))) return '1'
  if (String(type) === 'Boolean') return 'true'
  return String(type) === 'ID' || String(type) === 'String' ? '"1"' : undefined
}

/** Values of the object itself, a few. */
function selectionOf(outer: GraphQLOutputType): string {
  const type = getNamedType(outer)
  const leaves = isObjectType(type)
    ? Object.values(type.getFields()).filter(field => isLeafType(getNamedType(field.type)) && !field.args.some(isRequiredArgument))
    : []
  return ` { ${
    leaves.length === 0
      ? '__typename'
      : leaves
          .slice(0, 5)
          .map(({ name }) => name)
          .join(' ')
  } }`
}
