import type { CompiledQuery } from 'kysely'
import { Pool, types } from 'pg'
import { readDatabaseAddress } from '../../settings/database.js'
import type { Flight } from '../one-flight.js'
import { inOneFlight } from '../one-flight.js'
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
  /** For a connection, the wait for a free one included, in milliseconds. @default 3000 */
  readonly connectMs?: number
  /** Connections of this process. @default 4 */
  readonly connections?: number
}

export interface BillingDatabase {
  /**
   * Asks one query in a transaction of its own that may only read and sees only rows of these accounts in their own times.
   *
   * @throws {GatewayError} `UPSTREAM_UNAVAILABLE`, `UPSTREAM_TIMEOUT`, `UPSTREAM_REFUSED`; without a word of the database's
   */
  asOwner<Row>(accounts: readonly OwnAccount[], query: CompiledQuery<Row>): Promise<readonly Row[]>
  close(): Promise<void>
}

/** Connects when it is first asked, so the gateway starts while the database is down. */
export function createBillingDatabase(options: BillingDatabaseOptions): BillingDatabase {
  const { url, queryMs = 5_000, connectMs = 3_000, connections = 4 } = options
  const { tls, ...address } = readDatabaseAddress(url)
  const pool = new Pool({
    ...address,
    ssl: tls ?? false,
    max: connections,
    connectionTimeoutMillis: connectMs,
    // Statements are sent without waiting for the answers of those before them.
    pipeline: true,
    application_name: 'substation',
    types: { getTypeParser: parserOf },
  })
  // A connection that breaks fails its query, if it has one. It also says so to whoever listens, and ends the process when
  // nobody does: the pool itself listens to idle ones only.
  pool.on('error', () => undefined)
  pool.on('connect', client => client.on('error', () => undefined))
  return {
    close: () => pool.end(),
    async asOwner<Row>(accounts: readonly OwnAccount[], query: CompiledQuery<Row>) {
      try {
        return await inOneFlight<Row & object>(pool, flightOf({ accounts, queryMs }, query))
      } catch (error) {
        throw billingFault(error)
      }
    },
  }
}

interface Limits {
  readonly accounts: readonly OwnAccount[]
  readonly queryMs: number
}

function flightOf<Row>(limits: Limits, { sql, parameters }: CompiledQuery<Row>): Flight {
  const settings = { text: actFor, values: settingsOf(limits) }
  return {
    begin: ['begin transaction read only', settings],
    query: { text: sql, values: [...parameters] },
    // The server's own limit comes first; this one is for a server that does not answer at all.
    answerMs: limits.queryMs + 500,
  }
}

/** Settings that end with the transaction (`is_local`): the next one on this connection begins with none. */
const actFor = `select set_config('role', 'gateway', true), set_config('statement_timeout', $1, true), set_config('gateway.accounts', $2, true)`

function settingsOf({ accounts, queryMs }: Limits): string[] {
  return [String(queryMs), settingOf(accounts)]
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
