import type { DocumentNode, FieldNode, FragmentDefinitionNode, GraphQLObjectType, GraphQLSchema, SelectionNode } from 'graphql'
import { getNamedType, isObjectType, Kind } from 'graphql'

/** One value of an answer, by the coordinate that the document asked for under whatever name. */
export interface Told {
  readonly coordinate: string
  readonly value: unknown
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>

/** Every leaf of an answer with its coordinate, lists taken apart. Conditions do not matter: what is there was told. */
export function toldIn(schema: GraphQLSchema, document: DocumentNode, operationName: string | undefined, data: unknown): readonly Told[] {
  const fragments: Fragments = new Map(
    document.definitions.flatMap(each => (each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : [])),
  )
  const operations = document.definitions.flatMap(each => (each.kind === Kind.OPERATION_DEFINITION ? [each] : []))
  const operation = operations.find(each => operationName === undefined || each.name?.value === operationName)
  const root = operation === undefined ? undefined : schema.getRootType(operation.operation)
  const told: Told[] = []
  if (operation !== undefined && root != null) walk(data, root, operation.selectionSet.selections, { schema, fragments, told })
  return told
}

interface Walk {
  readonly schema: GraphQLSchema
  readonly fragments: Fragments
  readonly told: Told[]
}

function walk(value: unknown, type: GraphQLObjectType, selections: readonly SelectionNode[], tour: Walk): void {
  if (Array.isArray(value)) return value.forEach(item => walk(item, type, selections, tour))
  if (typeof value !== 'object' || value === null) return
  const byKey = fieldsByKey(selections, tour.fragments)
  for (const [key, inner] of Object.entries(value)) {
    const nodes = byKey.get(key) ?? []
    const name = nodes[0]?.name.value ?? ''
    const named = getNamedType(type.getFields()[name]?.type)
    if (isObjectType(named) && inner !== null)
      walk(
        inner,
        named,
        nodes.flatMap(node => node.selectionSet?.selections ?? []),
        tour,
      )
    else tour.told.push(...[inner].flat().map(each => ({ coordinate: `${type.name}.${name}`, value: each })))
    if (isObjectType(named) && inner !== null) tour.told.push({ coordinate: `${type.name}.${name}`, value: inner })
  }
}

function fieldsByKey(selections: readonly SelectionNode[], fragments: Fragments): ReadonlyMap<string, readonly FieldNode[]> {
  const byKey = new Map<string, FieldNode[]>()
  const add = (selection: SelectionNode): void => {
    if (selection.kind === Kind.FIELD) {
      const key = (selection.alias ?? selection.name).value
      byKey.set(key, [...(byKey.get(key) ?? []), selection])
    } else if (selection.kind === Kind.INLINE_FRAGMENT) selection.selectionSet.selections.forEach(add)
    else fragments.get(selection.name.value)?.selectionSet.selections.forEach(add)
  }
  selections.forEach(add)
  return byKey
}
