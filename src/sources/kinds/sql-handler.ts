import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MapperKind, mapSchema } from '@graphql-tools/utils'
import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql'
import { buildSchema } from 'graphql'
import { Pool } from 'pg'
import { readDatabaseAddress } from '../../settings/database.js'
import { readMembers } from '../../opower/read-members.js'
import { fieldGone } from '../gone-column.js'
import { inOneFlight } from '../one-flight.js'
import { billingFault } from '../billing/billing-fault.js'
import type { SqlTable } from './sql-tables.js'
import { columnsQuery, readColumns, sdlOf, tablesOf } from './sql-tables.js'

/** What Mesh hands to a handler, as far as this one needs it. */
interface HandlerOptions {
  readonly name: string
  readonly config: { readonly columns: string; readonly endpoint: string }
  readonly baseDir: string
  readonly pubsub: { subscribe(event: 'destroy', then: () => void): unknown }
}

const queryMs = 5_000
const mostRows = 500

/** Tables of a PostgreSQL database as a source of the mesh, by a checked-in list of their columns; they are read and never written. */
export class SqlHandler {
  readonly #options: HandlerOptions

  constructor(options: HandlerOptions) {
    this.#options = options
  }

  async getMeshSource(): Promise<{ schema: GraphQLSchema; batch: false }> {
    const { name, baseDir, config, pubsub } = this.#options
    const columns = readColumns(readFileSync(join(baseDir, config.columns), 'utf8'))
    const tables = new Map(tablesOf(columns, name).map(table => [table.field, table]))
    const pool = openPool(config.endpoint)
    pubsub.subscribe('destroy', () => void pool.end())
    const schema = mapSchema(buildSchema(sdlOf([...tables.values()])), {
      [MapperKind.QUERY_ROOT_FIELD]: (field, each) => {
        const table = tables.get(each)
        return table === undefined ? field : { ...field, resolve: rowsOf(pool, table) }
      },
    })
    return { schema, batch: false }
  }
}

/** Connects when it is first asked, so the gateway starts while the database is down. */
function openPool(url: string): Pool {
  const { tls, ...address } = readDatabaseAddress(url)
  const pool = new Pool({
    ...address,
    ssl: tls ?? false,
    max: 4,
    connectionTimeoutMillis: 3_000,
    pipeline: true,
  })
  // A connection that breaks fails its query, if it has one; nobody has to hear of it twice.
  pool.on('error', () => undefined)
  pool.on('connect', client => client.on('error', () => undefined))
  return pool
}

function rowsOf(pool: Pool, table: SqlTable): GraphQLFieldResolver<unknown, unknown, Readonly<Record<string, readonly string[]>>> {
  return async (_root, args) => {
    const keys = args[table.argument] ?? []
    if (keys.length === 0) return []
    try {
      return (await readPresent(pool, table, keys)).map(row => view(table, row))
    } catch (error) {
      throw billingFault(error)
    }
  }
}

/** A table that has lost columns is read without them; which it has is asked for only then. */
async function readPresent(pool: Pool, table: SqlTable, keys: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  try {
    return await read(pool, textOf(table), [keys])
  } catch (error) {
    if (readMembers(error)['code'] !== undefinedColumn) throw error
    const live = new Set((await read(pool, columnsQuery, [])).flatMap(row => (row['table'] === table.table ? [String(row['column'])] : [])))
    if (!live.has(table.key)) throw error
    return read(pool, textOf({ ...table, columns: table.columns.filter(({ name }) => live.has(name)) }), [keys])
  }
}

/** PostgreSQL, appendix A: `undefined_column`. */
const undefinedColumn = '42703'

async function read(pool: Pool, text: string, values: unknown[]): Promise<readonly Record<string, unknown>[]> {
  const begin = [`begin transaction read only; set local statement_timeout = ${queryMs}`]
  return inOneFlight<Record<string, unknown>>(pool, { begin, query: { text, values }, answerMs: queryMs + 500 })
}

function textOf({ table, key, columns }: SqlTable): string {
  const list = columns.map(({ name }) => quoted(name)).join(', ')
  return `select ${list} from ${quoted(table)} where ${quoted(key)}::text = any($1) limit ${mostRows}`
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** The driver gives texts for large numbers, and objects for moments and documents. */
function view({ columns, typeName }: SqlTable, row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    columns.map(({ name, type }) => {
      const value = row[name]
      if (value === undefined) return [name, fieldGone(`${typeName}.${name}`)]
      if (value === null) return [name, null]
      if (value instanceof Date) return [name, value.toISOString()]
      if (type === 'Float') return [name, Number(value)]
      return [name, typeof value === 'object' ? JSON.stringify(value) : value]
    }),
  )
}

// Mesh loads a handler by its default export.
export default SqlHandler
