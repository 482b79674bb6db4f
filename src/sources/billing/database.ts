import type { CompiledQuery } from 'kysely'
import { Pool, types } from 'pg'
import type { PoolClient } from 'pg'
import { UpstreamFailure, upstreamFault } from '../../opower/upstream-errors.js'
import { readDatabaseAddress } from '../../settings/database.js'
import { withinTime } from '../../within-time.js'
import { billingFault } from './billing-fault.js'
import type { OwnAccount } from './own-accounts.js'

export interface BillingDatabaseOptions {
  /**
   * `postgres://<login>:<password>@<host>:<port>/<database>`; the login is a member of `gateway` and no superuser. Over TLS with a
   * proven name, but for a database on this machine.
   */
  readonly url: string
  /** For one query, in milliseconds. @default 5000 */
  readonly queryMs?: number
  /** For one transaction with all its queries, in milliseconds. @default 10000 */
  readonly transactionMs?: number
  /** For a connection, the wait for a free one included, in milliseconds. @default 3000 */
  readonly connectMs?: number
  /** Connections of this process. @default 4 */
  readonly connections?: number
}

/** Asks one query. */
export type Run = <Row>(query: CompiledQuery<Row>) => Promise<readonly Row[]>

export interface BillingDatabase {
  /**
   * Does its work in one transaction that may only read and sees only rows of these accounts in their own times.
   *
   * @throws {GatewayError} `UPSTREAM_UNAVAILABLE`, `UPSTREAM_TIMEOUT`, `UPSTREAM_REFUSED`; without a word of the database's
   */
  asOwner<Result>(accounts: readonly OwnAccount[], work: (run: Run) => Promise<Result>): Promise<Result>
  close(): Promise<void>
}

/** Connects when it is first asked, so the gateway starts while the database is down. */
export function createBillingDatabase(options: BillingDatabaseOptions): BillingDatabase {
  const { url, queryMs = 5_000, transactionMs = 10_000, connectMs = 3_000, connections = 4 } = options
  const { tls, ...address } = readDatabaseAddress(url)
  const pool = new Pool({
    ...address,
    ssl: tls ?? false,
    max: connections,
    connectionTimeoutMillis: connectMs,
    // The server's own limit comes first; this one is for a server that does not answer at all.
    query_timeout: queryMs + 500,
    application_name: 'substation',
    types: { getTypeParser: parserOf },
  })
  // A connection that breaks fails its query, if it has one. It also says so to whoever listens, and ends the process when
  // nobody does: the pool itself listens to idle ones only.
  pool.on('error', () => undefined)
  pool.on('connect', client => client.on('error', () => undefined))
  return {
    close: () => pool.end(),
    async asOwner(accounts, work) {
      try {
        return await inTransaction(pool, { accounts, queryMs, transactionMs }, work)
      } catch (error) {
        throw billingFault(error)
      }
    },
  }
}

interface Limits {
  readonly accounts: readonly OwnAccount[]
  readonly queryMs: number
  readonly transactionMs: number
}

/** A connection whose transaction failed is not used again: nobody can say what it still holds. */
async function inTransaction<Result>(pool: Pool, limits: Limits, work: (run: Run) => Promise<Result>): Promise<Result> {
  const client = await pool.connect()
  try {
    // Queries that are each in time can still be too many; what is under way ends with its connection.
    const result = await withinTime(limits.transactionMs, transact(client, limits, work), tookTooLong)
    client.release()
    return result
  } catch (error) {
    client.release(true)
    throw error
  }
}

function tookTooLong(): Error {
  return upstreamFault('UPSTREAM_TIMEOUT', new UpstreamFailure('the billing database took too long'))
}

async function transact<Result>(client: PoolClient, limits: Limits, work: (run: Run) => Promise<Result>): Promise<Result> {
  await client.query('begin transaction read only')
  await actFor(client, limits)
  const result = await work(async query => (await client.query(query.sql, [...query.parameters])).rows)
  await client.query('commit')
  return result
}

/** Settings that end with the transaction (`is_local`): the next one on this connection begins with none. */
async function actFor(client: PoolClient, { accounts, queryMs }: Limits): Promise<void> {
  await client.query(
    `select set_config('role', 'gateway', true), set_config('statement_timeout', $1, true), set_config('gateway.accounts', $2, true)`,
    [String(queryMs), settingOf(accounts)],
  )
}

/** As the policies of the database read it: one entry for each period; a bound that is open is left out. */
function settingOf(accounts: readonly OwnAccount[]): string {
  const entries = accounts.flatMap(({ accountNumber, periods }) =>
    periods.map(({ from, until }) => ({ number: accountNumber, ...bound('from', from), ...bound('until', until) })),
  )
  return JSON.stringify(entries)
}

function bound(name: string, at: number): Record<string, string> {
  return Number.isFinite(at) ? { [name]: new Date(at).toISOString() } : {}
}

const dateType = 1082

/** A date stays the text that it is. */
function parserOf(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  return oid === dateType ? value => value : types.getTypeParser(oid, format)
}
