import type { QueryResult } from 'pg'
import pg from 'pg'
import { z } from 'zod'
import { refusal } from '../errors.js'
import type { Session } from '../session/session.js'
import type { DatabaseAddress } from '../settings/database.js'
import type { AccountDirectory } from './directory.js'
import type { GrantSet } from './grant.js'
import { assertGrants, grantSchema, malformedAnswer, voidAnswer } from './read-grants.js'
import { digest } from './scope.js'

export interface SqlDirectoryOptions {
  /** Read for each new connection, so that a changed password is used without a restart. */
  readonly address: () => DatabaseAddress
  /** One `select` with the parameters `$1` issuer, `$2` sub, `$3` actor or null, `$4` utility code. @default defaultQuery */
  readonly query?: string
  /** For one question, and for one connection, milliseconds. @default 5000 */
  readonly timeoutMs?: number
  /** The longest list that is taken for complete. @default 10000 */
  readonly maxRows?: number
  /** Connections kept. @default 4 */
  readonly connections?: number
}

export interface SqlDirectory extends AccountDirectory {
  /** Closes every connection. Idle ones do not keep a process running. */
  close(): Promise<void>
}

/** What is asked where no query is given: a view of this name, or a table. */
export const defaultQuery = `select * from substation_grants
where issuer = $1 and sub = $2 and actor is not distinct from $3 and utility_code = $4
order by position`

/**
 * Reads grants from PostgreSQL: one row is one grant, in the order of the rows. Each question is a read-only transaction of its own with a time
 * limit in the server. A row about somebody else, a column that is not known and a list above the ceiling void the whole answer.
 */
export function createSqlDirectory(options: SqlDirectoryOptions): SqlDirectory {
  const { timeoutMs = 5000, maxRows = 10_000, query = defaultQuery } = options
  const pool = createPool(options, timeoutMs)
  // One row more than is taken: only so does a cut list show.
  const text = `select * from (\n${query}\n) as granted limit ${maxRows + 1}`
  return {
    async grantsOf(session) {
      const result = await ask(pool, text, session, timeoutMs)
      if (result.rows.length > maxRows) throw voidAnswer('is too long')
      return readResult(result, session)
    },
    close: () => pool.end(),
  }
}

function createPool({ address, connections = 4 }: SqlDirectoryOptions, timeoutMs: number): pg.Pool {
  const { host, port, database, user, tls } = address()
  const pool = new pg.Pool({
    host,
    port,
    database,
    user,
    password: () => address().password,
    ssl: tls ?? false,
    max: connections,
    allowExitOnIdle: true,
    connectionTimeoutMillis: timeoutMs,
    // The server stops by itself; this is for one that no longer answers at all.
    query_timeout: timeoutMs + 1000,
    application_name: 'substation',
  })
  // An idle connection that breaks is replaced by the next question, which tells whether anything is wrong.
  pool.on('error', () => undefined)
  return pool
}

async function ask(pool: pg.Pool, text: string, { subject, utilityCode }: Session, timeoutMs: number): Promise<QueryResult> {
  let client: pg.PoolClient | undefined
  try {
    client = await pool.connect()
    await client.query(`begin transaction read only; set local statement_timeout = ${Math.ceil(timeoutMs)}`)
    const result = await client.query(text, [subject.issuer, subject.sub, subject.actor ?? null, utilityCode])
    await client.query('commit')
    client.release()
    return result
  } catch (error) {
    if (client !== undefined) await giveBack(client, error)
    throw refusal('UPSTREAM_UNAVAILABLE', { cause: error })
  }
}

/** A connection whose server answered can be used again after a rollback; any other one is closed. */
async function giveBack(client: pg.PoolClient, error: unknown): Promise<void> {
  const isUsable = error instanceof pg.DatabaseError && (await client.query('rollback').catch(() => undefined)) !== undefined
  client.release(!isUsable)
}

const timestampWithZone = 1184
const bounds = { valid_from: 'validFrom', valid_until: 'validUntil', data_from: 'dataFrom', data_until: 'dataUntil' } as const
/** Columns that say whom a row is about, and in what place it stands; they are compared, or left out. */
const frame = new Set(['issuer', 'sub', 'actor', 'utility_code', 'is_default', 'position'])

function readResult({ rows, fields }: QueryResult, session: Session): GrantSet {
  const zoneless = fields.find(({ name, dataTypeID }) => name in bounds && dataTypeID !== timestampWithZone)
  if (zoneless !== undefined) throw voidAnswer(`gives ${zoneless.name} without a time zone`)
  const list = z.array(z.record(z.string(), z.unknown())).parse(rows)
  if (list.some(row => !isAbout(row, session))) throw voidAnswer('is about somebody else')
  const read = z.array(grantSchema).safeParse(list.map(toGrant))
  if (!read.success) throw malformedAnswer(read.error)
  const defaults = list.flatMap(row => (row['is_default'] === true ? [row['urn']] : []))
  if (defaults.length > 1) throw voidAnswer('names several defaults')
  const defaultUrn = z.string().optional().parse(defaults[0])
  assertGrants(read.data, defaultUrn, session.utilityCode)
  const version = digest(['sql', JSON.stringify(read.data), defaultUrn ?? ''])
  return { grants: read.data, version, ...(defaultUrn === undefined ? {} : { defaultUrn }) }
}

type Row = Readonly<Record<string, unknown>>

/** What a row says of its subject must be what was asked; a query need not repeat it. */
function isAbout(row: Row, { subject, utilityCode }: Session): boolean {
  const asked: Row = { issuer: subject.issuer, sub: subject.sub, actor: subject.actor ?? null, utility_code: utilityCode }
  return Object.entries(asked).every(([name, value]) => !Object.hasOwn(row, name) || row[name] === value)
}

/** Columns that are not known keep their names, and void the grant. */
function toGrant(row: Row): Row {
  const members = Object.entries(row).filter(([name]) => !frame.has(name))
  return Object.fromEntries(members.map(([name, value]) => (isBound(name) ? [bounds[name], toInstant(name, value)] : [name, value])))
}

function isBound(name: string): name is keyof typeof bounds {
  return Object.hasOwn(bounds, name)
}

/** An infinite bound is an open one at its own end only: what begins at the end of all time is never open. */
function toInstant(name: keyof typeof bounds, value: unknown): unknown {
  if (value instanceof Date) return value.toISOString()
  return value === (name.endsWith('_from') ? -Infinity : Infinity) ? null : value
}
