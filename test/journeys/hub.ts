import { readFileSync } from 'node:fs'
import type { DocumentNode, FieldNode, OperationDefinitionNode, SelectionNode } from 'graphql'
import { Kind, parse, parseValue, print, visit } from 'graphql'

/** A document as clients send it, from `operations/`. */
export function operation(name: string): string {
  return readFileSync(new URL(`operations/${name}.graphql`, import.meta.url), 'utf8')
}

/**
 * The same document as somebody would have to ask the hub itself for exactly these accounts: roots name the accounts,
 * what the hub lacks is left out, and so are variables that are then not used.
 */
export function forHub(text: string, urns: readonly string[]): string {
  const document = visit(parse(text), { Field: node => (node.name.value === 'intervalReads' ? null : undefined) })
  const named: DocumentNode = {
    ...document,
    definitions: document.definitions.map(each => (each.kind === Kind.OPERATION_DEFINITION ? withRoots(each, urns) : each)),
  }
  const used = usedVariables(named)
  return print(visit(named, { VariableDefinition: node => (used.has(node.variable.name.value) ? undefined : null) }))
}

function withRoots(operation: OperationDefinitionNode, urns: readonly string[]): OperationDefinitionNode {
  const selections = operation.selectionSet.selections.map((each): SelectionNode =>
    each.kind === Kind.FIELD ? withAccounts(each, urns) : each,
  )
  return { ...operation, selectionSet: { ...operation.selectionSet, selections } }
}

function withAccounts(root: FieldNode, urns: readonly string[]): FieldNode {
  const [name, value] =
    root.name.value === 'billingAccountsConnection'
      ? ['byURNs', JSON.stringify(urns)]
      : ['selectedAccount', JSON.stringify(urns[0] ?? null)]
  const kept = root.arguments?.filter(each => each.name.value === 'forceLegacyData') ?? []
  return { ...root, arguments: [...kept, { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: name }, value: parseValue(value) }] }
}

function usedVariables(document: DocumentNode): ReadonlySet<string> {
  const used = new Set<string>()
  visit(document, { VariableDefinition: () => false, Variable: ({ name }) => void used.add(name.value) })
  return used
}

/** An answer without what the gateway makes itself: cursors anywhere, counts and page of the root. */
export function comparable(data: unknown): unknown {
  return Object.fromEntries(Object.entries(Object(data)).map(([key, root]) => [key, withoutOwn(withoutCursors(root))]))
}

function withoutOwn(root: unknown): unknown {
  if (typeof root !== 'object' || root === null || !('edges' in root)) return root
  return Object.fromEntries(Object.entries(root).filter(([key]) => key !== 'totalCount' && key !== 'pageInfo'))
}

function withoutCursors(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutCursors)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([key]) => !/^(?:cursor|startCursor|endCursor)$/.test(key))
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutCursors(inner)]))
}
