import type { ArgumentNode, DocumentNode, FieldNode, OperationDefinitionNode, VariableDefinitionNode } from 'graphql'
import { Kind, OperationTypeNode, print } from 'graphql'
import type { FieldParts } from './plan-field.js'
import { nested } from './plan-field.js'
import type { Binding, PlannedField, PlannedLink, SourceDocument, SourceLeg } from './plan.js'
import { reserved } from './plan.js'
import { renderField, variableArgument } from './render-field.js'
import { variable, variablesIn } from './upstream-document.js'

export const rowsAlias = `${reserved}Rows`
export const rowKeyAlias = `${reserved}RowKey`
export const takeAlias = `${reserved}Take`
export const keysVariable = `${reserved}Keys`
export const countVariable = `${reserved}Count`

interface SourceInput {
  readonly operation: OperationDefinitionNode
  readonly parts: FieldParts
  readonly bindings: readonly Binding[]
}

/** The document of a root that its source answers as it is. */
export function printSourceLeg(field: PlannedField, input: SourceInput): SourceLeg {
  const node = renderField(field, input.parts, () => true)
  if (node === undefined) throw new TypeError(`expected a field that is sent, but got ${field.selected.name}`)
  return { field, ...printDocument(input.operation.operation, [node], input, []) }
}

/** The document of a link: its rows for a list of keys, each with the key that it belongs to. */
export function printLink(field: PlannedField, link: PlannedLink, input: SourceInput): SourceDocument {
  const { rule } = link
  const children = field.children.flatMap(child => renderField(child, input.parts, () => true) ?? [])
  const extras = input.parts.get(field)?.extras ?? []
  const passed = passedArguments(field, rule.pass ?? {})
  const wanted = [...extras, ...children]
  const value = rule.take === undefined ? wanted : [fieldNode(takeAlias, rule.take, passed, wanted)]
  const keys = variableArgument(rule.argument, keysVariable)
  const own = rule.take === undefined ? [keys, ...passed] : [keys]
  const row = [nested(rowKeyAlias, rule.to, []), ...value]
  const root =
    rule.isConnection === true
      ? fieldNode(rowsAlias, rule.root, [...own, variableArgument('first', countVariable)], [edgesOf(row)])
      : fieldNode(rowsAlias, rule.root, own, row)
  const count = rule.isConnection === true ? [variable(countVariable, 'Int')] : []
  return printDocument(OperationTypeNode.QUERY, [root], input, [variable(keysVariable, '[ID!]!'), ...count])
}

function edgesOf(row: readonly FieldNode[]): FieldNode {
  return fieldNode('edges', 'edges', [], [fieldNode('node', 'node', [], row)])
}

function fieldNode(alias: string, name: string, args: readonly ArgumentNode[], selections: readonly FieldNode[]): FieldNode {
  return {
    kind: Kind.FIELD,
    name: { kind: Kind.NAME, value: name },
    alias: { kind: Kind.NAME, value: alias },
    arguments: args,
    ...(selections.length === 0 ? {} : { selectionSet: { kind: Kind.SELECTION_SET, selections } }),
  }
}

/** The link's own arguments under the names that the root knows them by. */
function passedArguments({ selected }: PlannedField, pass: Readonly<Record<string, string>>): ArgumentNode[] {
  return (selected.node.arguments ?? []).flatMap(node => {
    const name = pass[node.name.value]
    return name === undefined ? [] : [{ ...node, name: { kind: Kind.NAME, value: name } }]
  })
}

function printDocument(
  operation: OperationTypeNode,
  roots: readonly FieldNode[],
  input: SourceInput,
  more: readonly VariableDefinitionNode[],
): SourceDocument {
  const declared = variablesIn(roots)
  const definitions = (input.operation.variableDefinitions ?? []).filter(each => declared.has(each.variable.name.value))
  const own = input.bindings.flatMap(binding => [
    variable(binding.variable, String(binding.argument.type)),
    variable(binding.includeVariable, 'Boolean!'),
  ])
  const used = new Map(own.map(each => [each.variable.name.value, each]))
  const variableDefinitions = [
    ...definitions.map(({ kind, variable: name, type }) => ({ kind, variable: name, type })),
    ...[...used.values()].filter(each => declared.has(each.variable.name.value)),
    ...more,
  ]
  const document = print({
    kind: Kind.DOCUMENT,
    definitions: [
      { kind: Kind.OPERATION_DEFINITION, operation, variableDefinitions, selectionSet: { kind: Kind.SELECTION_SET, selections: roots } },
    ],
  })
  return { document, declared }
}

/** A root of a document that goes to a source, and the name under which it is answered. */
export interface RootField {
  readonly operation: OperationTypeNode
  readonly name: string
  readonly key: string
}

/** The roots of a document that was printed here: it has plain fields for them, and no fragments. */
export function rootFieldsOf({ definitions }: DocumentNode): readonly RootField[] {
  return definitions.flatMap(definition => {
    if (definition.kind !== Kind.OPERATION_DEFINITION) return []
    const { operation, selectionSet } = definition
    return selectionSet.selections.flatMap(node =>
      node.kind === Kind.FIELD ? [{ operation, name: node.name.value, key: (node.alias ?? node.name).value }] : [],
    )
  })
}
