import type { FieldNode, GraphQLObjectType, GraphQLOutputType, SelectionSetNode } from 'graphql'
import { getNamedType, getNullableType, isListType, isObjectType, Kind, parse } from 'graphql'
import { wholeSchema } from './customer-graph.js'

/** What chance decides. */
export interface Chance {
  /** A whole number from 0 below the limit. */
  below(limit: number): number
}

export interface UpstreamAnswerOptions {
  readonly document: string
  readonly variables: Readonly<Record<string, unknown>>
  readonly chance: Chance
  /** Ids by the type that they are of. */
  readonly ids: Readonly<Record<string, readonly string[]>>
  readonly intervals: readonly string[]
}

interface AnswerPart extends UpstreamAnswerOptions {
  /** The accounts that are asked for, in their order; below an edge the one that it is about. */
  readonly urns: readonly string[]
}

/** The `data` that a server gives to a document of ours: all that is selected, in the order of the document, with values by chance. */
export function upstreamData(options: UpstreamAnswerOptions): unknown {
  const [definition] = parse(options.document, { noLocation: true }).definitions
  const query = wholeSchema.getQueryType()
  if (definition?.kind !== Kind.OPERATION_DEFINITION || query == null) throw new TypeError('expected one query')
  return objectOf(query, definition.selectionSet, { ...options, urns: [] })
}

function objectOf(type: GraphQLObjectType, set: SelectionSetNode, options: AnswerPart): unknown {
  const fields = set.selections.filter(node => node.kind === Kind.FIELD).filter(node => isIncluded(node, options))
  return Object.fromEntries(fields.map(node => [node.alias?.value ?? node.name.value, fieldOf(type, node, options)]))
}

function isIncluded({ directives = [] }: FieldNode, { variables }: UpstreamAnswerOptions): boolean {
  return directives.every(({ arguments: [condition] = [] }) => {
    const value = condition?.value
    return value?.kind === Kind.VARIABLE && variables[value.name.value] === true
  })
}

function fieldOf(parent: GraphQLObjectType, node: FieldNode, options: AnswerPart): unknown {
  const type = parent.getFields()[node.name.value]?.type
  if (type === undefined) return parent.name
  const coordinate = `${parent.name}.${node.name.value}`
  if (coordinate === 'Query.billingAccountsConnection') return valueOf(type, parent, node, { ...options, urns: urnsOf(node, options) })
  if (coordinate === 'BillingAccountConnection.edges')
    return options.urns.map(urn => valueOf(getNamedType(type), parent, node, { ...options, urns: [urn] }))
  return valueOf(type, parent, node, options)
}

function urnsOf({ arguments: given = [] }: FieldNode, { variables }: UpstreamAnswerOptions): readonly string[] {
  const value = given.find(each => each.name.value === 'byURNs')?.value
  return value?.kind === Kind.VARIABLE ? (variables[value.name.value] as readonly string[]) : []
}

const alwaysThere: ReadonlySet<string> = new Set(['Query.billingAccountsConnection', 'BillingAccountEdge.node'])

function valueOf(outer: GraphQLOutputType, parent: GraphQLObjectType, node: FieldNode, options: AnswerPart): unknown {
  const { chance } = options
  const coordinate = `${parent.name}.${node.name.value}`
  const isId = node.name.value === 'uuid' || coordinate === 'BillingAccount.urn'
  if (!isId && !alwaysThere.has(coordinate) && parent.name !== 'BillingAccountConnection' && chance.below(14) === 0) return null
  const type = getNullableType(outer)
  if (isListType(type)) return Array.from({ length: chance.below(4) }, () => valueOf(type.ofType, parent, node, options))
  if (isObjectType(type)) return node.selectionSet === undefined ? null : objectOf(type, node.selectionSet, options)
  return leafOf(coordinate, parent.name, options)
}

const texts = ['plain', 'Ünïcode ☃', 'with "quotes" and \\', 'line\nbreak', '', '😀', 'urn:opower']

function leafOf(coordinate: string, parent: string, { chance, urns, ids, intervals }: AnswerPart): unknown {
  const pick = <Value>(from: readonly Value[]): Value | undefined => from[chance.below(from.length)]
  if (coordinate === 'BillingAccount.urn') return urns[0]
  if (coordinate.endsWith('.uuid') && ids[parent] !== undefined) return pick(ids[parent])
  if (/interval/i.test(coordinate)) return pick(intervals)
  if (coordinate.endsWith('.numberOfNeighbors')) return pick([3, 9, 10, 100, 12.5])
  if (/cursor/i.test(coordinate)) return `cursor-${chance.below(9)}`
  return pick<unknown>([...texts, 0, 1, -17, 1.5, 12345678.25, 2e-7, true, false])
}
