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
  const numbers = new Map<string, number>()
  const apart = new Map<PlannedField, number>()
  const visit = (field: PlannedField): void => {
    if (parts.has(field) && access.hazards?.includes(coordinateOf(field.selected)) === true) {
      const wording = wordingOf(field, parts)
      const number = numbers.get(wording) ?? numbers.size
      numbers.set(wording, number)
      apart.set(field, number)
    }
    field.children.forEach(visit)
  }
  for (const leg of legs) for (const node of leg.nodes) visit(node.field)
  return apart
}

/** Two fields of one wording may still be narrowed differently, when another agreement or leg is above them. */
function wordingOf(field: PlannedField, parts: FieldParts): string {
  const written = (field.selected.node.arguments ?? []).map(print).sort()
  const [binding] = parts.get(field)?.bindings ?? []
  return JSON.stringify([written, binding?.leg ?? null, binding?.agreementBinding?.variable ?? null])
}
