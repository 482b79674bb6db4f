import type { FieldNode, OperationDefinitionNode, VariableDefinitionNode } from 'graphql'
import { Kind, OperationTypeNode, print, visit } from 'graphql'
import { onceFor } from '../opower/held-response.js'
import type { UpstreamRequest } from '../plan/execute.js'
import { attempt, bytesOf, giveUp, Scanner } from '../plan/bytes/scanner.js'
import { Token } from '../plan/bytes/token.js'
import { parsedOnce } from '../plan/parsed-once.js'
import { property } from '../plan/shape-value.js'

/** Several requests as one, and the way back to each one's own answer. */
export interface MergedRequest {
  readonly request: UpstreamRequest
  /** The answer of each request, in their order, from the one answer to all. */
  split(answer: unknown): readonly unknown[]
  /** The same as bytes; undefined where anything else stands in them than `data` with what was asked, once each and in its order. */
  splitBytes(bytes: Buffer): readonly Buffer[] | undefined
}

/** One root of the merged document, and under which names its members know it. */
interface SharedRoot {
  readonly alias: string
  readonly members: Map<number, string>
}

/**
 * Merges requests of one scope into one document. Roots that ask the very same are asked once; everything else keeps
 * its own root under an alias of its own, with its own variables.
 */
export function mergeRequests(requests: readonly UpstreamRequest[]): MergedRequest {
  const roots = new Map<string, SharedRoot & { readonly node: FieldNode }>()
  const definitions: VariableDefinitionNode[] = []
  const variables: Record<string, unknown> = {}
  requests.forEach((request, member) => {
    const operation = operationOf(request.query)
    for (const node of operation.selectionSet.selections) {
      if (node.kind !== Kind.FIELD) throw new TypeError(`expected root fields alone, but got ${node.kind}`)
      const key = wordingOf(node, request)
      const known = roots.get(key)
      const own = node.alias?.value ?? node.name.value
      if (known !== undefined) known.members.set(member, own)
      else roots.set(key, addRoot(node, own, member, request, operation, { definitions, variables, number: roots.size }))
    }
  })
  const shared = [...roots.values()]
  return {
    request: { query: printMerged(shared, definitions), variables, operationName: 'SubstationBatch', lane: laneOf(requests) },
    split: answer => requests.map((_request, member) => answerOf(member, shared, answer)),
    splitBytes: onceFor(bytes => attempt(() => bytesOfEach(requests.length, shared, bytes))),
  }
}

function operationOf(query: string): OperationDefinitionNode {
  const [operation] = parsedOnce(query).definitions
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new TypeError('expected one operation, but got none')
  return operation
}

/** Two roots of one wording, with equal values, are one question. */
function wordingOf(node: FieldNode, { variables }: UpstreamRequest): string {
  const { alias: _own, ...question } = node
  return JSON.stringify([print(question), [...variablesOf(node)].map(name => [name, variables[name] ?? null])])
}

function addRoot(
  node: FieldNode,
  own: string,
  member: number,
  { variables: given }: UpstreamRequest,
  operation: OperationDefinitionNode,
  merged: { readonly definitions: VariableDefinitionNode[]; readonly variables: Record<string, unknown>; readonly number: number },
): SharedRoot & { readonly node: FieldNode } {
  const prefix = `r${merged.number}_`
  for (const name of variablesOf(node)) {
    const definition = operation.variableDefinitions?.find(each => each.variable.name.value === name)
    if (definition !== undefined) merged.definitions.push(renamed(definition, prefix))
    if (given[name] !== undefined) merged.variables[prefix + name] = given[name]
  }
  const alias = prefix + own
  return { alias, members: new Map([[member, own]]), node: { ...renamed(node, prefix), alias: { kind: Kind.NAME, value: alias } } }
}

function renamed<Node extends FieldNode | VariableDefinitionNode>(node: Node, prefix: string): Node {
  return visit(node, { Variable: variable => ({ ...variable, name: { ...variable.name, value: prefix + variable.name.value } }) })
}

function variablesOf(node: FieldNode): ReadonlySet<string> {
  const names = new Set<string>()
  visit(node, { Variable: ({ name }) => void names.add(name.value) })
  return names
}

function printMerged(roots: readonly { readonly node: FieldNode }[], variableDefinitions: readonly VariableDefinitionNode[]): string {
  return print({
    kind: Kind.OPERATION_DEFINITION,
    operation: OperationTypeNode.QUERY,
    name: { kind: Kind.NAME, value: 'SubstationBatch' },
    variableDefinitions,
    selectionSet: { kind: Kind.SELECTION_SET, selections: roots.map(root => root.node) },
  })
}

function laneOf(requests: readonly UpstreamRequest[]): UpstreamRequest['lane'] {
  return requests.some(({ lane }) => lane === 'slow') ? 'slow' : 'quick'
}

/** Copies of each member's own roots, under its own names: what is kept of one does not hold the whole answer. */
function bytesOfEach(members: number, roots: readonly SharedRoot[], bytes: Buffer): readonly Buffer[] {
  const values = valuesIn(new Scanner(bytes), roots)
  const copied = roots.reduce((sum, root, at) => sum + root.members.size * (values[at]?.length ?? 0), 0)
  // A large root that many share is one value to all of them; as bytes each would have its own.
  if (copied > mostCopied * bytes.length) giveUp()
  return Array.from({ length: members }, (_, member) => {
    const parts: (string | Buffer)[] = []
    roots.forEach(({ members: names }, at) => {
      const own = names.get(member)
      if (own !== undefined) parts.push(`${parts.length === 0 ? begin : ','}${JSON.stringify(own)}:`, values[at] ?? giveUp())
    })
    return Buffer.concat([...parts, end].map(part => (typeof part === 'string' ? Buffer.from(part) : part)))
  })
}

const [begin, end] = ['{"data":{', '}}']
/** All copies together may be so many times the answer. */
const mostCopied = 2

/** Where the value of each root stands. Its form is proven here, and nothing else of it; a null may be a hiccup, which is judged as a value. */
function valuesIn(scanner: Scanner, roots: readonly SharedRoot[]): readonly Buffer[] {
  const values = roots.map(({ alias }, at) => {
    scanner.takeAll(new Token(`${at === 0 ? begin : ','}${JSON.stringify(alias)}:`))
    if (scanner.byte === bytesOf.smallN) giveUp()
    const start = scanner.at
    scanner.skipValue()
    return scanner.bytes.subarray(start, scanner.at)
  })
  scanner.takeAll(new Token(end))
  scanner.takeEnd()
  return values
}

/** A member sees its own roots and the errors below them; an error of no place is everybody's. */
function answerOf(member: number, roots: readonly SharedRoot[], answer: unknown): unknown {
  const own = roots.filter(root => root.members.has(member))
  const data = property(answer, 'data')
  const errors = property(answer, 'errors')
  const mine = Array.isArray(errors) ? errors.flatMap(error => errorOf(member, own, error)) : []
  const values = own.map(root => [root.members.get(member) ?? root.alias, property(data, root.alias)] as const)
  return { data: data === null || data === undefined ? data : Object.fromEntries(values), ...(mine.length === 0 ? {} : { errors: mine }) }
}

function errorOf(member: number, own: readonly SharedRoot[], error: unknown): unknown[] {
  const path = property(error, 'path')
  if (!Array.isArray(path) || path.length === 0) return [error]
  const root = own.find(each => each.alias === path[0])
  return root === undefined ? [] : [{ ...Object(error), path: [root.members.get(member), ...path.slice(1)] }]
}
