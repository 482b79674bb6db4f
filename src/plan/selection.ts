import type {
  DirectiveNode,
  FieldNode,
  FragmentDefinitionNode,
  GraphQLArgument,
  GraphQLField,
  GraphQLObjectType,
  GraphQLSchema,
  SelectionSetNode,
} from 'graphql'
import { getNamedType, isObjectType, Kind } from 'graphql'

/** One field of an operation as it will be answered: fragments merged in, `@skip` and `@include` already decided. */
export interface Selected {
  /** The key in the answer: the alias, or else the name. */
  readonly key: string
  readonly name: string
  readonly parent: string
  /** The named type of the value. */
  readonly type: string
  readonly definition: GraphQLField<unknown, unknown> | undefined
  readonly node: FieldNode
  /** Empty for leaves, and for objects of which nothing is left to be answered. */
  readonly children: readonly Selected[]
}

/** Where selections are resolved: the schema, the document's fragments, and the values that decide its conditions. */
export interface SelectionSource {
  readonly schema: GraphQLSchema
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  /** The values of the variables that stand in `@skip` and `@include`. */
  readonly conditions: Readonly<Record<string, unknown>>
}

/** `Type.field`, as the schema spells it. */
export function coordinateOf(selected: Pick<Selected, 'parent' | 'name'>): string {
  return `${selected.parent}.${selected.name}`
}

/** Whether the value has fields of its own, even where the conditions of the document leave none of them to be answered. */
export function isObjectField({ definition }: Pick<Selected, 'definition'>): boolean {
  return definition !== undefined && isObjectType(getNamedType(definition.type))
}

export function argumentOf(selected: Selected, name: string): GraphQLArgument | undefined {
  return selected.definition?.args.find(argument => argument.name === name)
}

/**
 * The fields that a (valid) selection set asks of an object type, merged by response key in the order of the
 * document, as GraphQL's CollectFields does (GraphQL October 2021, section 6.3.2), all the way down.
 */
export function selectFields(source: SelectionSource, type: GraphQLObjectType, sets: readonly SelectionSetNode[]): readonly Selected[] {
  const byKey = new Map<string, FieldNode[]>()
  const seen = new Set<string>()
  for (const set of sets) collect(source, set, byKey, seen)
  return [...byKey].map(([key, nodes]) => selected(source, type, key, nodes))
}

function collect(source: SelectionSource, set: SelectionSetNode, byKey: Map<string, FieldNode[]>, seen: Set<string>): void {
  for (const selection of set.selections) {
    if (!isIncluded(source, selection.directives ?? [])) continue
    if (selection.kind === Kind.FIELD) {
      const key = selection.alias?.value ?? selection.name.value
      const nodes = byKey.get(key)
      if (nodes === undefined) byKey.set(key, [selection])
      else nodes.push(selection)
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      collect(source, selection.selectionSet, byKey, seen)
    } else if (!seen.has(selection.name.value)) {
      seen.add(selection.name.value)
      const fragment = source.fragments.get(selection.name.value)
      if (fragment !== undefined) collect(source, fragment.selectionSet, byKey, seen)
    }
  }
}

function selected(source: SelectionSource, parent: GraphQLObjectType, key: string, nodes: readonly FieldNode[]): Selected {
  const [node] = nodes
  if (node === undefined) throw new TypeError(`expected at least one field node for ${key}, but got none`)
  const name = node.name.value
  const definition = parent.getFields()[name]
  const type = definition === undefined ? undefined : getNamedType(definition.type)
  const sets = nodes.flatMap(each => each.selectionSet ?? [])
  const children = isObjectType(type) ? selectFields(source, type, sets) : []
  return { key, name, parent: parent.name, type: type?.name ?? 'String', definition, node, children }
}

function isIncluded(source: SelectionSource, directives: readonly DirectiveNode[]): boolean {
  return directives.every(directive => {
    const name = directive.name.value
    if (name !== 'skip' && name !== 'include') return true
    return conditionOf(source, directive) === (name === 'include')
  })
}

function conditionOf(source: SelectionSource, directive: DirectiveNode): boolean {
  const value = directive.arguments?.find(argument => argument.name.value === 'if')?.value
  if (value?.kind === Kind.BOOLEAN) return value.value
  if (value?.kind === Kind.VARIABLE) return source.conditions[value.name.value] === true
  return false
}
