import { readMembers } from '../../opower/read-members.js'

/** One column as `information_schema.columns` has it. */
export interface Column {
  readonly table: string
  readonly column: string
  readonly type: string
  readonly nullable: boolean
}

/** A table as a root field. */
export interface SqlTable {
  readonly table: string
  readonly field: string
  readonly typeName: string
  /** The column by whose values rows are asked for: the first one. */
  readonly key: string
  readonly argument: string
  readonly columns: readonly { readonly name: string; readonly type: 'ID' | 'Int' | 'Float' | 'Boolean' | 'String' }[]
}

/** What is read of a database, in the order of its tables and columns. */
export const columnsQuery = `select table_name as "table", column_name as "column", data_type as "type", is_nullable = 'YES' as "nullable"
from information_schema.columns where table_schema = 'public' order by table_name, ordinal_position`

/**
 * Reads a snapshot.
 *
 * @throws {TypeError} when it is not a list of columns
 */
export function readColumns(text: string): readonly Column[] {
  const columns: unknown = JSON.parse(text)
  if (!Array.isArray(columns)) throw new TypeError('expected a list of columns')
  return columns.map((each: unknown) => {
    const { table, column, type, nullable } = readMembers(each)
    if (typeof table !== 'string' || typeof column !== 'string' || typeof type !== 'string')
      throw new TypeError('expected a column with the texts table, column and type')
    return { table, column, type, nullable: nullable === true }
  })
}

const types: Readonly<Record<string, 'Int' | 'Float' | 'Boolean'>> = {
  smallint: 'Int',
  integer: 'Int',
  bigint: 'Float',
  numeric: 'Float',
  real: 'Float',
  'double precision': 'Float',
  boolean: 'Boolean',
}

/** The tables of a snapshot; columns whose names are no names in GraphQL are left out. */
export function tablesOf(columns: readonly Column[], source: string): readonly SqlTable[] {
  const names = [...new Set(columns.map(({ table }) => table))]
  return names.flatMap(table => {
    const own = columns.filter(each => each.table === table && /^[A-Za-z]\w*$/.test(each.column))
    const key = own[0]?.column
    const typeName = source + pascal(table)
    if (key === undefined || !/^[A-Za-z]\w*$/.test(typeName)) return []
    const field = typeName.slice(0, 1).toLowerCase() + typeName.slice(1)
    const shaped = own.map(({ column, type }) => ({ name: column, type: typeOf(column === key, type) }))
    return [{ table, field, typeName, key, argument: `${key}s`, columns: shaped }]
  })
}

/** The schema of these tables: rows of the named keys, and none without a key. */
export function sdlOf(tables: readonly SqlTable[]): string {
  const roots = tables.map(
    ({ field, typeName, argument, key, table }) =>
      `"Rows of ${table} by ${key}; at most 500." ${field}("Values of ${key}." ${argument}: [ID!]!): [${typeName}]`,
  )
  const rows = tables.map(
    ({ typeName, columns }) => `type ${typeName} { ${columns.map(({ name, type }) => `${name}: ${type}`).join('\n')} }`,
  )
  return [`type Query { ${roots.join('\n')} }`, ...rows].join('\n')
}

function typeOf(isKey: boolean, type: string): SqlTable['columns'][number]['type'] {
  return isKey ? 'ID' : (types[type] ?? 'String')
}

function pascal(name: string): string {
  return name
    .split('_')
    .map(word => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('')
}
