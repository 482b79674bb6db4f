import type { DocumentNode, GraphQLSchema, TypeNode } from 'graphql'
import { getNamedType, getNullableType, isAbstractType, Kind, parseType, TypeInfo, validate, visit, visitWithTypeInfo } from 'graphql'

/**
 * A document as one source knows it: where the source's own arguments have other types than the combined schema's (`String` for a key that is an
 * `ID` there), its variables have them too.
 *
 * @returns undefined where not all of it is the source's own, or where an object could be of several types
 */
export function inTypesOf(schema: GraphQLSchema, document: DocumentNode): DocumentNode | undefined {
  if (hasAbstract(schema, document)) return undefined
  return [document, withOwnTypes(schema, document)].find(each => validate(schema, each).length === 0)
}

function hasAbstract(schema: GraphQLSchema, document: DocumentNode): boolean {
  const types = new TypeInfo(schema)
  let isFound = false
  const look = (): void => {
    const type = types.getType()
    if (type != null && isAbstractType(getNamedType(type))) isFound = true
  }
  visit(document, visitWithTypeInfo(types, { Field: look }))
  return isFound
}

function withOwnTypes(schema: GraphQLSchema, document: DocumentNode): DocumentNode {
  const expected = expectedTypes(schema, document)
  return visit(document, {
    VariableDefinition(node) {
      const [type, ...others] = expected.get(node.variable.name.value) ?? []
      return type === undefined || others.length > 0 ? undefined : { ...node, type: strictOf(parseType(type), node.type) }
    },
  })
}

/** The source's own type, nowhere nullable where the declared one is not: a key that is missing selects nothing, least of all everything. */
function strictOf(own: TypeNode, declared: TypeNode): TypeNode {
  if (own.kind === Kind.NON_NULL_TYPE || declared.kind === Kind.NON_NULL_TYPE) {
    const inner = strictOf(nullable(own), nullable(declared))
    return inner.kind === Kind.NON_NULL_TYPE ? inner : { kind: Kind.NON_NULL_TYPE, type: inner }
  }
  if (own.kind !== Kind.LIST_TYPE || declared.kind !== Kind.LIST_TYPE) return own
  return { kind: Kind.LIST_TYPE, type: strictOf(own.type, declared.type) }
}

function nullable(type: TypeNode): TypeNode {
  return type.kind === Kind.NON_NULL_TYPE ? type.type : type
}

/** By variable: the types of the places where it stands. Where a place has a default value, the variable may be null. */
function expectedTypes(schema: GraphQLSchema, document: DocumentNode): ReadonlyMap<string, ReadonlySet<string>> {
  const types = new TypeInfo(schema)
  const expected = new Map<string, Set<string>>()
  const look = visitWithTypeInfo(types, {
    VariableDefinition: () => false,
    Variable({ name }) {
      const type = types.getInputType()
      const text = String(types.getDefaultValue() === undefined ? type : getNullableType(type))
      expected.set(name.value, (expected.get(name.value) ?? new Set()).add(text))
    },
  })
  visit(document, look)
  return expected
}
