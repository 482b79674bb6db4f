import type { Leg, PlannedField } from './plan.js'
import { property } from './shape-value.js'

/**
 * Puts what was asked apart into the answer it belongs to. Objects are matched by the ids that prove them, never by
 * their place in a list: two answers need not be in one order, nor equally long.
 */
export function mergeAnswers(main: unknown, branch: unknown, legs: readonly Leg[]): unknown {
  if (!isObject(main) || !isObject(branch)) return main
  const merged: Record<string, unknown> = { ...main }
  for (const leg of legs) if (Object.hasOwn(branch, leg.alias)) merged[leg.alias] = mergeRoot(main[leg.alias], branch[leg.alias], leg)
  return merged
}

function mergeRoot(main: unknown, branch: unknown, leg: Leg): unknown {
  const edges = property(main, 'edges')
  const others = property(branch, 'edges')
  if (!isObject(main) || !Array.isArray(edges) || !Array.isArray(others)) return main
  const merged = edges.map(edge => {
    if (!isObject(edge)) return edge
    const values = leg.nodes.map(({ alias, field }) => {
      const urn = identityOf(field, edge[alias])
      const other = others.map(each => property(each, alias)).find(node => urn !== undefined && identityOf(field, node) === urn)
      return [alias, mergeValue(field, edge[alias], other)] as const
    })
    return { ...edge, ...Object.fromEntries(values) }
  })
  return { ...main, edges: merged }
}

function mergeValue(field: PlannedField, main: unknown, branch: unknown): unknown {
  if (Array.isArray(main) && Array.isArray(branch)) return main.map(item => mergeValue(field, item, twinOf(field, item, branch)))
  if (!isObject(main) || !isObject(branch)) return main
  const merged: Record<string, unknown> = { ...main }
  for (const child of field.children) {
    const { key } = child.selected
    if (!Object.hasOwn(branch, key)) continue
    merged[key] = Object.hasOwn(main, key) ? mergeValue(child, main[key], branch[key]) : branch[key]
  }
  return merged
}

function twinOf(field: PlannedField, item: unknown, others: readonly unknown[]): unknown {
  const id = identityOf(field, item)
  return id === undefined ? undefined : others.find(other => identityOf(field, other) === id)
}

/** The id that proves an object, or the one that proves what it holds (an edge its node). */
function identityOf(field: PlannedField, raw: unknown): string | undefined {
  const id = field.witness?.keys.reduce<unknown>((value, key) => property(value, key), raw)
  if (typeof id === 'string') return id
  for (const child of field.children) {
    const below = identityOf(child, property(raw, child.selected.key))
    if (below !== undefined) return below
  }
  return undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
