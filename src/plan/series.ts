import type { DocumentNode, OperationDefinitionNode } from 'graphql'
import { Kind, print, visit } from 'graphql'
import { digest } from '../accounts/scope.js'
import type { SourceAccess } from './access-rules.js'
import type { FieldParts } from './plan-field.js'
import { argumentsOf, isSeriesInterval } from './plan-field.js'
import type { BoundArgument, Leg, OperationPlan, PlannedField, PlannedSeries, SeriesField } from './plan.js'
import { isJobLeg } from './plan.js'
import type { Selected } from './selection.js'
import { coordinateOf } from './selection.js'
import { printUpstream } from './upstream-document.js'

/** A range above the source's cap is asked for in at most so many calls: a little more than a year by the hour. */
export const mostRanges = 13

export interface SeriesInput {
  readonly access: SourceAccess
  readonly schemaHash: string
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
  readonly conditions: Readonly<Record<string, unknown>>
  readonly parts: FieldParts
  /** Series of several wordings, each with a document of its own. */
  readonly isApart: boolean
}

/**
 * What is needed to answer an operation apart from the interval of its series: undefined where it has none, where it asks for series
 * in several wordings, or where something beside them hangs on the same answer (a join, another source's root).
 */
export function planSeries(plan: OperationPlan, input: SeriesInput): PlannedSeries | undefined {
  if (plan.operation !== 'query' || input.isApart || plan.sourceLegs.length > 0 || plan.linkDocuments.size > 0) return undefined
  const found = plan.legs.flatMap(leg => leg.nodes.flatMap(node => seriesIn(node.field, ownArguments(leg.selected, input.access), input)))
  const fields = found.flatMap(each => each ?? [])
  if (fields.length === 0 || fields.length < found.length || plan.legs.some(isJobLeg)) return undefined
  // Streams without their reads cannot be told apart by time.
  if (fields.some(({ field }) => field.children.some(({ series, children }) => series?.part === 'stream' && !children.some(isRead))))
    return undefined
  const rest = withoutIntervals(input.document, fields)
  return {
    key: digest([input.schemaHash, print(rest), plan.operationName ?? '', JSON.stringify(input.conditions)]),
    variables: variablesOf(rest),
    fields,
    alone: planAlone(plan, input),
  }
}

function isRead({ series }: PlannedField): boolean {
  return series?.part === 'read'
}

/** Undefined stands for a series without an interval of its own: the source chooses one, and nobody knows which. */
function seriesIn(field: PlannedField, above: readonly BoundArgument[], input: SeriesInput): (SeriesField | undefined)[] {
  const own = input.parts.get(field)
  const rules = input.access.arguments
  const isSeries = field.selected.definition?.args.some(({ name }) => {
    const rule = rules[`${coordinateOf(field.selected)}(${name})`]
    return rule?.chooses === 'time' && rule.cap !== undefined
  })
  if (isSeries !== true || own === undefined) {
    const below = [...above, ...ownArguments(field.selected, input.access)]
    return field.children.flatMap(child => seriesIn(child, below, input))
  }
  const interval = own.bindings.find(isSeriesInterval)
  if (interval === undefined) return [undefined]
  return [{ field, interval, arguments: [...above, ...interval.siblings], signature: signatureOf(field.selected.children) }]
}

/** Arguments that may change what is read below; ids and cursors choose among things, and pages cut a list of them. */
function ownArguments(selected: Selected, { arguments: rules }: SourceAccess): readonly BoundArgument[] {
  const cuts = new Set(['first', 'last', 'onlyActive'])
  return argumentsOf(selected).filter(({ name }) => rules[`${coordinateOf(selected)}(${name})`] === undefined && !cuts.has(name))
}

function signatureOf(children: readonly Selected[]): string {
  return children
    .map(({ key, name, node, children: below }) => `${key}:${name}(${(node.arguments ?? []).map(print).join()}){${signatureOf(below)}}`)
    .join()
}

/** The document with the intervals of its series taken out, whether they are written there or come as a variable. */
function withoutIntervals(document: DocumentNode, fields: readonly SeriesField[]): DocumentNode {
  const names = new Set(fields.map(({ field }) => field.selected.name))
  const intervals = new Set(fields.map(({ interval }) => interval.argument.name))
  return visit(document, {
    Field: node =>
      names.has(node.name.value)
        ? {
            ...node,
            arguments: (node.arguments ?? []).map(each =>
              intervals.has(each.name.value) ? { ...each, value: { kind: Kind.NULL } } : each,
            ),
          }
        : undefined,
  })
}

function variablesOf(document: DocumentNode): readonly string[] {
  const names = new Set<string>()
  visit(document, { VariableDefinition: () => false, Variable: ({ name }) => void names.add(name.value) })
  return [...names].sort()
}

/** The operation with nothing but its series, the way to them, and what proves each object on it. */
function planAlone(plan: OperationPlan, { operation, parts }: SeriesInput): PlannedSeries['alone'] {
  const copies = new Map<PlannedField, PartsOfField>()
  const legs = plan.legs.flatMap((leg): Leg[] => {
    const nodes = leg.nodes.flatMap(node => {
      const field = aloneIn(node.field, parts, copies)
      return field === undefined ? [] : [{ ...node, field }]
    })
    return nodes.length === 0 ? [] : [{ ...leg, nodes }]
  })
  const printed = printUpstream({ operation, legs, parts: copies, apart: new Map(), bindings: plan.bindings })
  return { ...plan, ...printed, legs }
}

type PartsOfField = FieldParts extends ReadonlyMap<PlannedField, infer Parts> ? Parts : never

function aloneIn(field: PlannedField, parts: FieldParts, copies: Map<PlannedField, PartsOfField>): PlannedField | undefined {
  const own = parts.get(field)
  if (own === undefined) return undefined
  if (field.series?.part === 'whole') {
    copyWhole(field, parts, copies)
    return field
  }
  const ways = field.children.map(child => aloneIn(child, parts, copies))
  if (ways.every(way => way === undefined)) return undefined
  const proofs = new Set([field.witness?.keys[0], field.time?.key, field.group?.key])
  const children = field.children.flatMap((child, at) => ways[at] ?? (proofs.has(child.selected.key) ? [child] : []))
  for (const child of children) if (!copies.has(child)) copyWhole(child, parts, copies)
  const alone = { ...field, children }
  copies.set(alone, own)
  return alone
}

function copyWhole(field: PlannedField, parts: FieldParts, copies: Map<PlannedField, PartsOfField>): void {
  const own = parts.get(field)
  if (own !== undefined) copies.set(field, own)
  for (const child of field.children) copyWhole(child, parts, copies)
}
