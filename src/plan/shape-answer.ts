import type { AccountIds } from '../accounts/account-ids.js'
import type { Grant } from '../accounts/grant.js'
import type { BoundLeg, BoundOperation } from './bind.js'
import type { LegNode, OperationPlan, PlannedField } from './plan.js'
import { reserved } from './plan.js'
import type { Path, Where } from './proof.js'
import type { Selected } from './selection.js'
import type { Shaping } from './shape-value.js'
import { property, shapeField } from './shape-value.js'

export interface AnswerInput extends Shaping {
  readonly plan: OperationPlan
  readonly bound: BoundOperation
  /** The upstream's `data`. */
  readonly data: unknown
  readonly ids: Pick<ReadonlyMap<string, AccountIds>, 'get'>
  readonly login: string
  /** Values of roots that are not accounts, by response key. */
  readonly others: Readonly<Record<string, unknown>>
}

/** The customer's answer: every root in the order of the operation, each key once. */
export function shapeAnswer(input: AnswerInput): Record<string, unknown> {
  const { roots } = input.plan
  return Object.fromEntries(roots.map(root => [root.key, rootValue(root, input)]))
}

export function rootValue(root: Selected, input: AnswerInput): unknown {
  if (root.name === '__typename') return root.parent
  if (Object.hasOwn(input.others, root.key)) return input.others[root.key]
  const leg = legAt([root.key], input)
  if (leg !== undefined) return shapeLeg(leg, input)
  return Object.fromEntries(root.children.map(child => [child.key, shapeViewerField(root, child, input)]))
}

function shapeViewerField(root: Selected, child: Selected, input: AnswerInput): unknown {
  const leg = legAt([root.key, child.key], input)
  return leg === undefined ? viewerField(child, input) : shapeLeg(leg, input)
}

/** What the gateway knows of the person itself. */
export function viewerField(child: Selected, input: Pick<AnswerInput, 'login'>): unknown {
  if (child.name === '__typename') return child.parent
  return child.name === 'login' ? input.login : null
}

export function legAt(path: readonly string[], { bound }: Pick<AnswerInput, 'bound'>): BoundLeg | undefined {
  return bound.legs.find(({ leg }) => leg.path.length === path.length && leg.path.every((key, at) => key === path[at]))
}

export function shapeLeg(bound: BoundLeg, input: AnswerInput): unknown {
  const { leg, page } = bound
  const isAsked = leg.nodes.length > 0 && page.grants.length > 0
  const edges = isAsked ? property(property(input.data, leg.alias), 'edges') : []
  if (!Array.isArray(edges)) {
    input.failed('UPSTREAM_UNAVAILABLE', leg.path)
    return null
  }
  return leg.rule === 'accounts' ? shapeConnection(bound, edges, input) : shapeOne(bound, edges, input)
}

function shapeOne({ leg, page }: BoundLeg, edges: readonly unknown[], input: AnswerInput): unknown {
  const [grant] = page.grants
  const [node] = leg.nodes
  if (grant === undefined || node === undefined) return null
  const found = findNodes(node, edges, page.grants)
  for (let stranger = 0; stranger < found.strangers; stranger++) input.foreign('account', leg.path)
  const raw = found.byUrn.get(grant.urn)
  return raw === undefined ? null : shapeAccount(node.field, raw, grant, leg.path, input)
}

function shapeConnection(bound: BoundLeg, edges: readonly unknown[], input: AnswerInput): unknown {
  const { leg } = bound
  return Object.fromEntries(leg.selected.children.map(child => [child.key, shapeConnectionField(child, bound, edges, input)]))
}

function shapeConnectionField(child: Selected, bound: BoundLeg, edges: readonly unknown[], input: AnswerInput): unknown {
  return child.name === 'edges' ? shapeEdges(child, bound, edges, input) : connectionField(child, bound, input)
}

/** What the gateway tells of a page itself. */
export function connectionField(child: Selected, bound: BoundLeg, input: Pick<AnswerInput, 'seal'>): unknown {
  if (child.name === '__typename') return child.parent
  if (child.name === 'totalCount') return bound.page.all.length
  return child.name === 'pageInfo' ? pageInfo(child, bound, input) : null
}

function pageInfo(selected: Selected, bound: BoundLeg, input: Pick<AnswerInput, 'seal'>): Record<string, unknown> {
  const { page } = bound
  const values: Record<string, unknown> = {
    __typename: selected.type,
    hasNextPage: page.hasNextPage,
    hasPreviousPage: page.hasPreviousPage,
    startCursor: cursorOf(page.grants[0], bound, input),
    endCursor: cursorOf(page.grants.at(-1), bound, input),
  }
  return Object.fromEntries(selected.children.map(child => [child.key, values[child.name] ?? null]))
}

export function cursorOf(grant: Grant | undefined, { place }: BoundLeg, { seal }: Pick<AnswerInput, 'seal'>): string | null {
  return grant === undefined ? null : seal.seal(place, grant.urn)
}

/** One edge for each account of the page, in the page's order, whatever the order and number of the upstream's. */
function shapeEdges(selected: Selected, bound: BoundLeg, edges: readonly unknown[], input: AnswerInput): unknown[] {
  const { leg, page } = bound
  const path = [...leg.path, selected.key]
  const nodes = leg.nodes.filter(node => node.edgesKey === selected.key)
  const found = new Map(nodes.map(node => [node.field.selected.key, findNodes(node, edges, page.grants)]))
  const [first] = found.values()
  let strangers = first?.strangers ?? 0
  const shaped: unknown[] = []
  for (const grant of page.grants) {
    const isMissing = first !== undefined && !first.byUrn.has(grant.urn)
    // Nobody's account in the place of the customer's own stays visible as a null; an account that is gone does not.
    if (isMissing && strangers === 0) continue
    const at = [...path, shaped.length]
    if (isMissing) {
      strangers--
      input.foreign('account', [...at, nodes[0]?.field.selected.key ?? 'node'])
    }
    const values = selected.children.map(child => {
      if (child.name === '__typename') return [child.key, child.parent]
      if (child.name === 'cursor') return [child.key, cursorOf(grant, bound, input)]
      const node = nodes.find(each => each.field.selected.key === child.key)
      const raw = found.get(child.key)?.byUrn.get(grant.urn)
      return [child.key, node === undefined || raw === undefined ? null : shapeAccount(node.field, raw, grant, [...at, child.key], input)]
    })
    shaped.push(Object.fromEntries(values))
  }
  for (; strangers > 0; strangers--) input.foreign('account', path)
  return shaped
}

interface FoundNodes {
  readonly byUrn: ReadonlyMap<string, object>
  /** Nodes that are no account of the page. */
  readonly strangers: number
}

function findNodes({ alias, field }: LegNode, edges: readonly unknown[], page: readonly Grant[]): FoundNodes {
  const own = new Set(page.map(grant => grant.urn))
  const byUrn = new Map<string, object>()
  let strangers = 0
  for (const edge of edges) {
    const node = property(edge, alias)
    if (typeof node !== 'object' || node === null) continue
    const urn = property(node, field.witness?.keys[0] ?? '')
    if (typeof urn !== 'string' || !own.has(urn)) strangers++
    else if (!byUrn.has(urn)) byUrn.set(urn, node)
  }
  return { byUrn, strangers }
}

/** The object as a field of its own parent, so that one rule proves and shapes it. */
function shapeAccount(field: PlannedField, raw: object, grant: Grant, path: Path, input: AnswerInput): unknown {
  return shapeField(field, { [field.selected.key]: raw }, whereOf(grant, path.slice(0, -1), input), input)
}

/** Where an account stands before it has proven itself. */
export function whereOf(grant: Grant, path: Path, { ids }: Pick<AnswerInput, 'ids'>): Where {
  return {
    path,
    grant,
    ids: ids.get(grant.urn),
    agreement: undefined,
    occupancy: undefined,
    interval: undefined,
    place: undefined,
    parent: grant.urn,
    connection: grant.urn,
    candidates: undefined,
    persons: undefined,
  }
}

/** Where an upstream error stands in the customer's answer: the nearest place that the customer asked for. */
export function customerPath(path: Path, bound: BoundOperation, data: unknown): Path {
  const [alias, , index, nodeAlias, ...rest] = path
  const found = bound.legs.find(({ leg }) => leg.alias === alias)
  if (found === undefined) return []
  const { leg, page } = found
  const node = leg.nodes.find(each => each.alias === nodeAlias)
  if (node === undefined) return leg.path
  const end = rest.findIndex(key => typeof key === 'string' && key.startsWith(reserved))
  const below = end < 0 ? rest : rest.slice(0, end)
  if (node.edgesKey === undefined) return [...leg.path, ...below]
  const edges = property(property(data, leg.alias), 'edges')
  const urns = Array.isArray(edges) ? edges.map(edge => property(property(edge, node.alias), node.field.witness?.keys[0] ?? '')) : []
  const position = page.grants.filter(grant => urns.includes(grant.urn)).findIndex(grant => grant.urn === urns[Number(index)])
  return position < 0 ? leg.path : [...leg.path, node.edgesKey, position, node.field.selected.key, ...below]
}
