import type { Selectable } from 'kysely'
import { refusal } from '../../errors.js'
import type { BillingDatabase } from './database.js'
import type { OwnAccount } from './own-accounts.js'
import { ledgersOf } from './queries.js'
import type { LedgerTable } from './tables.js'

/** One account's books, with the account that they were proven to be of. */
export interface OwnLedger {
  readonly owner: OwnAccount
  readonly row: Selectable<LedgerTable>
}

/**
 * The books of these accounts, by number and time: a number that was somebody else's before or since is not enough.
 *
 * @throws {GatewayError} `INTERNAL` when two books of one number lie in one account's time: whose they are cannot be told
 */
export async function readLedgers(database: BillingDatabase, accounts: readonly OwnAccount[]): Promise<readonly OwnLedger[]> {
  if (accounts.length === 0) return []
  const numbers = [...new Set(accounts.map(({ accountNumber }) => accountNumber))]
  const rows = await database.asOwner(accounts, ledgersOf(numbers))
  return accounts.flatMap(owner => {
    const [row, ...others] = rows.filter(each => isOf(owner, each))
    if (others.length > 0) throw refusal('INTERNAL', { cause: new Error('two ledgers of one number lie in the time of one account') })
    return row === undefined ? [] : [{ owner, row }]
  })
}

function isOf({ accountNumber, periods }: OwnAccount, row: Selectable<LedgerTable>): boolean {
  const [from, until] = [row.opened_at.getTime(), row.closed_at?.getTime() ?? Infinity]
  return row.account_number === accountNumber && periods.some(period => period.from < until && period.until > from)
}
