import type { PoolClient, QueryConfig } from 'pg'

/**
 * Asks a query in a transaction that goes to the database in one flight, on a connection in the driver's pipeline mode. Rows count only when every
 * statement went well: what is asked behind one that failed may have been asked without the limits that it sets.
 *
 * @param limits the statements that begin the transaction and set its limits
 * @throws the driver's error of the first statement that failed; the connection is not to be used again then
 */
export async function inOneFlight<Row extends object>(
  client: PoolClient,
  limits: readonly (string | QueryConfig)[],
  query: QueryConfig,
): Promise<readonly Row[]> {
  const { stream } = client.connection
  stream.cork()
  const first = limits.map(each => client.query(each))
  const asked = client.query<Row>(query)
  const last = client.query('commit')
  stream.uncork()
  const [{ rows }] = await Promise.all([asked, last, ...first])
  return rows
}
