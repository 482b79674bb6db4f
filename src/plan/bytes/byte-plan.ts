import type { FieldNode, GraphQLOutputType, SelectionSetNode } from 'graphql'
import { getNullableType, isLeafType, isListType, isObjectType, Kind, parse } from 'graphql'
import type { SourceAccess } from '../access-rules.js'
import type { Leg, OperationPlan, PlannedField } from '../plan.js'
import { isJobLeg, reserved } from '../plan.js'
import { coordinateOf } from '../selection.js'
import type { ReadTemplate } from './quick-reads.js'
import { attempt, giveUp } from './scanner.js'
import { Token } from './token.js'

/** A plan whose answer can be read as bytes: what stands in it, in which order. */
export interface BytePlan {
  readonly legs: ReadonlyMap<Leg, ByteLeg>
}

export interface ByteLeg {
  /** `"alias":` */
  readonly token: Token
  /** Undefined where the customer asks for no account's fields. */
  readonly node: { readonly token: Token; readonly value: ByteField } | undefined
}

/** One field of the upstream's answer that the customer asked for. */
export interface ByteField {
  readonly field: PlannedField
  /** How many lists lie in each other. */
  readonly lists: number
  /** Undefined for a value without fields. */
  readonly members: readonly ByteMember[] | undefined
  /** Whether it is a place in a connection. */
  readonly isCursor: boolean
  /** Where in it stands what is asked before anything of it is let out. */
  readonly ahead: LooksAhead
  /** Something in it is told or not by when this object was. */
  readonly asksWhen: boolean
  /** Nothing in it has a rule, and nothing is added to it or taken from it: only its form is looked at. */
  readonly isFree: boolean
  /** What it looks like, where it is a read of a series with nothing but plain values in it. */
  readonly template: ReadTemplate | undefined
}

/** A value inside an object that was just entered. */
export interface Ahead {
  /** What stands before the values that are passed over on the way there. */
  readonly passed: readonly Token[]
  /** What then stands before the value. */
  readonly token: Token
}

/** What proves an object, when it was, how many stand behind its figures, and which stream it is. Undefined for what is not to be found in it. */
export interface LooksAhead {
  readonly witness: Ahead | undefined
  readonly time: Ahead | undefined
  readonly group: Ahead | undefined
  readonly stream: readonly (Ahead | undefined)[]
}

export type ByteMember =
  /** What the customer asked for. */
  | { readonly kind: 'own'; readonly token: Token; readonly key: string; readonly value: ByteField }
  /** What the gateway asked for beside it. */
  | { readonly kind: 'extra'; readonly token: Token; readonly key: string }
  /** What the gateway answers itself. */
  | { readonly kind: 'constant'; readonly text: string }

const compiled = new WeakMap<OperationPlan, { readonly plan: BytePlan | undefined }>()

/** `compileBytes`, at most once for each plan. */
export function bytePlanOf(plan: OperationPlan, access: SourceAccess): BytePlan | undefined {
  const known = compiled.get(plan) ?? { plan: attempt(() => compileBytes(plan, access)) }
  compiled.set(plan, known)
  return known.plan
}

/**
 * Compiles what an upstream's answer to a plan's document must look like so that it can be proven, clipped and cut as bytes.
 *
 * @returns undefined for a plan that needs more than one document or source, or has something in it that is told as an error
 */
export function compileBytes(plan: OperationPlan, access: SourceAccess): BytePlan | undefined {
  const { legs, apart, sourceLegs, linkDocuments } = plan
  if (
    plan.operation !== 'query' ||
    legs.every(({ nodes }) => nodes.length === 0) ||
    apart.length + sourceLegs.length + linkDocuments.size > 0
  )
    return undefined
  if (legs.some(leg => isJobLeg(leg) || leg.nodes.length > 1 || hasUnavailable(leg))) return undefined
  if (plan.roots.some(root => root.name === '__schema' || root.name === '__type')) return undefined
  const roots = fieldsOf(rootOf(plan.document))
  const entries = legs.map(leg => {
    const root = roots.find(each => keyOf(each) === leg.alias)
    return [leg, { token: tokenOf(leg.alias), node: root === undefined ? undefined : nodeOf(root, leg, access) }] as const
  })
  // Two `edges` of one connection would each need a walk of its own.
  if (legs.some(leg => leg.selected.children.filter(child => child.name === 'edges').length > 1)) return undefined
  return { legs: new Map(entries) }
}

function hasUnavailable({ nodes }: Leg): boolean {
  const isIn = (field: PlannedField): boolean => field.unavailable || field.children.some(isIn)
  return nodes.some(({ field }) => isIn(field))
}

function rootOf(document: string): SelectionSetNode | undefined {
  const [definition] = parse(document, { noLocation: true }).definitions
  return definition?.kind === Kind.OPERATION_DEFINITION ? definition.selectionSet : undefined
}

function nodeOf(root: FieldNode, leg: Leg, access: SourceAccess): ByteLeg['node'] {
  const [edges] = fieldsOf(root.selectionSet)
  const [node] = fieldsOf(edges?.selectionSet)
  const planned = leg.nodes[0]?.field
  if (node === undefined || planned === undefined) return undefined
  return { token: tokenOf(keyOf(node)), value: compileField(node, planned, access) }
}

function compileField(node: FieldNode, field: PlannedField, access: SourceAccess): ByteField {
  const { lists, isObject } = formOf(field.selected.definition?.type)
  const members = isObject ? membersOf(node, field, access) : undefined
  const isCursor = access.cursors.includes(coordinateOf(field.selected))
  const isRuled = [field.witness, field.time, field.personal, field.group, field.sealing, field.series].some(rule => rule !== undefined)
  const isFree = !isRuled && !isCursor && (members ?? []).every(member => member.kind === 'own' && member.value.isFree)
  const ahead = lookAhead(field, members ?? [])
  const asksWhen = (members ?? []).some(member => member.kind === 'own' && looksBack(member.value))
  return { field, lists, members, isCursor, ahead, asksWhen, isFree, template: templateOf(field, members) }
}

function looksBack({ field, asksWhen }: ByteField): boolean {
  return field.time?.rule.clip === 'year-before' || asksWhen
}

function lookAhead({ witness, time, group, series }: PlannedField, members: readonly ByteMember[]): LooksAhead {
  const to = (...keys: readonly (string | undefined)[]): Ahead | undefined => aheadOf(keys, members)
  return {
    witness: to(...(witness?.keys ?? [])),
    time: to(time?.key),
    group: to(group?.key),
    stream: (series?.keys ?? []).map(key => to(key)),
  }
}

/** The way to a value by the keys that lead there. */
function aheadOf([first, ...rest]: readonly (string | undefined)[], members: readonly ByteMember[]): Ahead | undefined {
  const sent = members.filter(member => member.kind !== 'constant')
  const at = sent.findIndex(({ key }) => key === first)
  const passed = sent.slice(0, at + 1).map(({ token }, index) => `${index > 0 ? ',' : ''}${token.text}`)
  const last = passed.pop()
  if (last === undefined) return undefined
  const token = new Token(last + rest.map(key => `{${JSON.stringify(key)}:`).join(''))
  return { passed: passed.map(text => new Token(text)), token }
}

/** Undefined for what has any other rule than that of its time, or has something in it that is not let out. */
function templateOf(
  { series, time, witness, personal, group, sealing }: PlannedField,
  members: ByteField['members'],
): ReadTemplate | undefined {
  const isRuled = [witness, personal, group, sealing].some(rule => rule !== undefined)
  if (series?.part !== 'read' || time?.rule.clip !== 'object' || isRuled || members === undefined) return undefined
  const at = members.findIndex(member => member.kind === 'own' && member.key === time.key && member.value.members === undefined)
  const [texts, before] = [plainTexts(members), plainTexts(members.slice(0, at))]
  if (at < 0 || texts === undefined || before === undefined) return undefined
  return { texts: texts.map(text => new Token(text)), timeAt: before.length - 1, by: time.rule.by }
}

/** The texts around the plain values of an object; undefined where anything else stands in it. */
function plainTexts(members: readonly ByteMember[]): readonly string[] | undefined {
  const texts: string[] = []
  let text = '{'
  for (const [index, member] of members.entries()) {
    if (member.kind !== 'own' || !member.value.isFree || member.value.lists > 0) return undefined
    const inner = member.value.members === undefined ? ['', ''] : plainTexts(member.value.members)
    if (inner === undefined) return undefined
    const [first = '', ...rest] = inner
    texts.push(`${text}${index > 0 ? ',' : ''}${member.token.text}${first}`, ...rest)
    text = texts.pop() ?? ''
  }
  return [...texts, `${text}}`]
}

/** In the order of the upstream's document, which its answer keeps (GraphQL October 2021, section 7.2.2); constants stand where the customer has them. */
function membersOf(node: FieldNode, field: PlannedField, access: SourceAccess): ByteMember[] {
  const sent = new Map(fieldsOf(node.selectionSet).map(each => [keyOf(each), each]))
  const own = field.children.map((child): ByteMember => {
    const { key, name, parent } = child.selected
    const below = sent.get(key)
    if (name === '__typename') return { kind: 'constant', text: `${JSON.stringify(key)}:${JSON.stringify(parent)}` }
    // It is not asked for: what then stands in its place is the general path's to say.
    if (below === undefined) return giveUp()
    return { kind: 'own', token: tokenOf(key), key, value: compileField(below, child, access) }
  })
  const asked = new Set(field.children.filter(child => child.selected.name !== '__typename').map(child => child.selected.key))
  const extras = [...sent.keys()].filter(key => !asked.has(key) && (key.startsWith(reserved) || key === '__typename'))
  return [...extras.map((key): ByteMember => ({ kind: 'extra', token: tokenOf(key), key })), ...own]
}

function formOf(type: GraphQLOutputType | undefined): { lists: number; isObject: boolean } {
  let lists = 0
  let inner = type === undefined ? undefined : getNullableType(type)
  for (; isListType(inner); inner = getNullableType(inner.ofType)) lists++
  if (!isObjectType(inner) && !isLeafType(inner)) throw new TypeError(`expected an object or a leaf, but got ${String(inner)}`)
  return { lists, isObject: isObjectType(inner) }
}

function fieldsOf(set: SelectionSetNode | undefined): FieldNode[] {
  return (set?.selections ?? []).filter(each => each.kind === Kind.FIELD)
}

function keyOf(node: FieldNode): string {
  return node.alias?.value ?? node.name.value
}

function tokenOf(key: string): Token {
  return new Token(`${JSON.stringify(key)}:`)
}
