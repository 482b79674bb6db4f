import type { Column } from '../kinds/sql-tables.js'
import type { Change } from './change.js'
import { compareNamed } from './change.js'

/** Compares columns: those that are read must be there, with their types; what may be null now is dangerous where it was not. */
export function compareColumns(known: readonly Column[], live: readonly Column[]): readonly Change[] {
  const tables = new Set(known.map(({ table }) => table))
  const changes = compareNamed(typesOf(known), typesOf(live), name => (tables.has(tableOf(name)) ? 'safe' : 'unclassified'))
  const required = new Set(known.filter(({ nullable }) => !nullable).map(nameOf))
  const loosened = live.filter(each => each.nullable && required.has(nameOf(each)))
  return [...changes, ...loosened.map(each => ({ severity: 'dangerous' as const, message: `${nameOf(each)} may be null now` }))]
}

function typesOf(columns: readonly Column[]): ReadonlyMap<string, string> {
  return new Map(columns.map(each => [nameOf(each), each.type]))
}

function nameOf({ table, column }: Column): string {
  return `${table}.${column}`
}

function tableOf(name: string): string {
  return name.slice(0, name.indexOf('.'))
}
