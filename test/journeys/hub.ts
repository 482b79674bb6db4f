import { readFileSync } from 'node:fs'
import type { ArgumentNode, DocumentNode, FieldNode } from 'graphql'
import { Kind, parse, parseConstValue, print, visit } from 'graphql'

/** A document as clients send it, from `operations/`. */
export function operation(name: string): string {
  return readFileSync(new URL(`operations/${name}.graphql`, import.meta.url), 'utf8')
}

/**
 * The same document as somebody would have to ask the hub itself for exactly these accounts: roots name the accounts,
 * what the hub lacks is left out, and so are variables that are then not used.
 */
export function forHub(text: string, urns: readonly string[]): string {
  const document: DocumentNode = visit(parse(text), {
    Field: node => (node.name.value === 'intervalReads' ? null : withAccounts(node, urns)),
  })
  const used = usedVariables(document)
  return print(visit(document, { VariableDefinition: node => (used.has(node.variable.name.value) ? undefined : null) }))
}

/** The roots may stand in a fragment, so they are known by their names. */
function withAccounts(field: FieldNode, urns: readonly string[]): FieldNode | undefined {
  const value = argumentOfRoot(field.name.value, urns)
  if (value === undefined) return undefined
  const kept = field.arguments?.filter(each => each.name.value === 'forceLegacyData') ?? []
  return { ...field, arguments: [...kept, value] }
}

function argumentOfRoot(root: string, urns: readonly string[]): ArgumentNode | undefined {
  if (root === 'billingAccountsConnection') return argument('byURNs', urns)
  return root === 'billingAccountByAuthContext' ? argument('selectedAccount', urns[0] ?? null) : undefined
}

function argument(name: string, value: unknown): ArgumentNode {
  return { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: name }, value: parseConstValue(JSON.stringify(value)) }
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
