import type { SourceAccess } from '../plan/access-rules.js'
import type { Binding, Leg, OperationPlan, PlannedField } from '../plan/plan.js'
import { coordinateOf } from '../plan/selection.js'
import { mostRanges } from '../plan/series.js'

/** Calls that an operation costs when nothing of it is known or kept, and nothing fails and is asked again. */
export interface WorstCase {
  readonly opower: number
  /** To the utility's own systems; a join of more keys than one call takes asks once for each lot of them. */
  readonly others: number
}

/** The worst case of a plan, for a customer whose accounts fit on one page. */
export function worstCaseOf(plan: OperationPlan, access: SourceAccess): WorstCase {
  const links = [...plan.linkDocuments.keys()].map(sourceOf)
  const toOpower = links.filter(source => source === 'Opower').length
  const main = plan.legs.length === 0 ? 0 : plan.series === undefined ? 1 : mostRanges
  return {
    opower: lookupsOf(plan, access) + main + plan.apart.length + toOpower,
    others: plan.sourceLegs.length + links.length - toOpower,
  }
}

/** Ids are asked for first where a selector needs them, and once more where an answer names one that is not known. */
function lookupsOf({ legs, bindings, judgesIds }: OperationPlan, access: SourceAccess): number {
  return (bindings.some(needsIds) || legs.some(leg => choosesById(leg, access)) ? 1 : 0) + (judgesIds ? 1 : 0)
}

/** An export is narrowed to the time of its accounts, and an account may be chosen by its customer. */
function choosesById({ rule, selected, arguments: given }: Leg, access: SourceAccess): boolean {
  return rule === 'export-start' || given.some(({ name }) => access.arguments[`${coordinateOf(selected)}(${name})`]?.chooses === 'customer')
}

function needsIds({ rule }: Binding): boolean {
  if (rule.chooses === 'time') return rule.by === 'occupancy'
  return rule.chooses !== 'cursor' && rule.chooses !== 'account' && rule.chooses !== 'person'
}

function sourceOf({ link }: PlannedField): string | undefined {
  return link?.rule.source
}
