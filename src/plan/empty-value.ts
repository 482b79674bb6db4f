import { getNullableType, isListType } from 'graphql'
import type { Selected } from './selection.js'
import { isObjectField } from './selection.js'

/** What a field that was not sent answers: an empty connection, an object of empty lists, an empty list. */
export function emptyValue(selected: Selected): unknown {
  if (selected.name === '__typename') return selected.parent
  const type = selected.definition === undefined ? undefined : getNullableType(selected.definition.type)
  if (isListType(type)) return []
  if (isObjectField(selected)) return Object.fromEntries(selected.children.map(child => [child.key, emptyValue(child)]))
  if (selected.name === 'totalCount') return 0
  return selected.type === 'Boolean' ? false : null
}
