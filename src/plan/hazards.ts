import { print } from 'graphql'
import type { SourceAccess } from './access-rules.js'
import type { FieldParts } from './plan-field.js'
import type { Leg, PlannedField } from './plan.js'
import { coordinateOf } from './selection.js'

/**
 * Gives each hazardous field the number of the upstream document it goes in. Those that are asked in the same words,
 * with the same selectors above them, are safe together; each other wording goes apart.
 */
export function keepApart(legs: readonly Leg[], access: SourceAccess, parts: FieldParts): ReadonlyMap<PlannedField, number> {
  return apartIn(
    legs.flatMap(leg => leg.nodes.map(node => node.field)),
    access,
    parts,
  )
}

/** The same below these fields, as far as they go in one document: what a join leads to is asked on its own. */
export function apartIn(fields: readonly PlannedField[], access: SourceAccess, parts: FieldParts): ReadonlyMap<PlannedField, number> {
  const numbers = new Map<string, number>()
  const apart = new Map<PlannedField, number>()
  const visit = (field: PlannedField): void => {
    if (field.link !== undefined) return
    if (parts.has(field) && access.hazards?.includes(coordinateOf(field.selected)) === true) {
      const wording = wordingOf(field, parts)
      const number = numbers.get(wording) ?? numbers.size
      numbers.set(wording, number)
      apart.set(field, number)
    }
    field.children.forEach(visit)
  }
  fields.forEach(visit)
  return apart
}

/** Two fields of one wording may still be narrowed differently, when another agreement, point or leg is above them. */
function wordingOf(field: PlannedField, parts: FieldParts): string {
  const written = (field.selected.node.arguments ?? []).map(print).sort()
  const [binding] = parts.get(field)?.bindings ?? []
  const above = [binding?.agreementBinding?.variable ?? null, binding?.pointBinding?.variable ?? null]
  return JSON.stringify([written, binding?.leg ?? null, ...above])
}
