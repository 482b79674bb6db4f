import type { Column } from '../sources/kinds/sql-tables.js'
import { columnsQuery, tablesOf } from '../sources/kinds/sql-tables.js'
import { SourceAddFault } from './fault.js'

/**
 * The checked-in form of a database: the columns of what a file of statements makes, by a PostgreSQL that runs in this process.
 *
 * @throws {SourceAddFault} when the statements fail, or make no table
 */
export async function sqlSnapshot(text: string, pascal: string): Promise<string> {
  const columns = await columnsOf(text)
  if (tablesOf(columns, pascal).length === 0) throw new SourceAddFault('The spec makes no table in the schema public.')
  return `[\n${columns.map(column => `  ${JSON.stringify(column)}`).join(',\n')}\n]\n`
}

async function columnsOf(text: string): Promise<readonly Column[]> {
  // Only this command and the stand-ins need it: it is no dependency of the gateway.
  const { PGlite } = await import('@electric-sql/pglite')
  const database = await PGlite.create()
  try {
    await database.exec(text)
    return (await database.query<Column>(columnsQuery)).rows
  } catch (error) {
    throw new SourceAddFault(`The spec's statements fail: ${error instanceof Error ? error.message : 'unknown reason'}`)
  } finally {
    await database.close()
  }
}
