import type { Pool, PoolClient, QueryConfig } from 'pg'
import { UpstreamFailure, upstreamFault } from '../opower/upstream-errors.js'
import { withinTime } from '../within-time.js'

/** A transaction of one query. */
export interface Flight {
  /** The statements that begin the transaction and set its limits. */
  readonly begin: readonly (string | QueryConfig)[]
  readonly query: QueryConfig
  /** How long the answer of all of it may take, milliseconds. */
  readonly answerMs: number
}

/**
 * Asks a query in a transaction that goes to the database in one flight, on a connection in the driver's pipeline mode. Rows count only when every
 * statement went well: what is asked behind one that failed may have been asked without the limits that it sets. A connection whose
 * transaction failed is not used again: nobody can say what it still holds.
 *
 * @throws the driver's error of the first statement that failed, and a GatewayError `UPSTREAM_TIMEOUT`
 */
export async function inOneFlight<Row extends object>(pool: Pool, { answerMs, ...asked }: Flight): Promise<readonly Row[]> {
  const client = await pool.connect()
  try {
    const rows = await withinTime(answerMs, transact<Row>(client, asked), tookTooLong)
    client.release()
    return rows
  } catch (error) {
    // In pipeline mode the driver waits for what is under way before it ends a connection: for ever, where nothing comes.
    client.connection.stream.destroy()
    client.release(true)
    throw error
  }
}

async function transact<Row extends object>(client: PoolClient, { begin, query }: Omit<Flight, 'answerMs'>): Promise<readonly Row[]> {
  const { stream } = client.connection
  stream.cork()
  const first = begin.map(each => client.query(each))
  const asked = client.query<Row>(query)
  const last = client.query('commit')
  stream.uncork()
  const [{ rows }] = await Promise.all([asked, last, ...first])
  return rows
}

function tookTooLong(): Error {
  return upstreamFault('UPSTREAM_TIMEOUT', new UpstreamFailure('the database took too long'))
}
