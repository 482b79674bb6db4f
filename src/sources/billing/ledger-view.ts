import DataLoader from 'dataloader'
import type { CompiledQuery, Selectable } from 'kysely'
import { formatInstant } from '../../plan/interval.js'
import type { BillingDatabase } from './database.js'
import type { OwnLedger } from './ledgers.js'
import type { OwnAccount } from './own-accounts.js'
import { withGone } from '../gone-column.js'
import { arrangementsOf, instalmentsOf, paymentsOf, statementsOf } from './queries.js'
import type { ArrangementTable, InstalmentTable, PaymentTable, StatementTable } from './tables.js'

/** Reads what hangs below the ledgers of one field: for all ledgers at once, and once for each count that is asked for. */
export interface LedgerLoaders {
  statements(ledgerId: string, first: number): Promise<readonly Selectable<StatementTable>[]>
  payments(ledgerId: string, first: number): Promise<readonly Selectable<PaymentTable>[]>
  arrangements(ledgerId: string): Promise<readonly Selectable<ArrangementTable>[]>
  instalments(arrangementId: string): Promise<readonly Selectable<InstalmentTable>[]>
}

export function createLedgerLoaders(database: BillingDatabase, accounts: readonly OwnAccount[]): LedgerLoaders {
  const rowsBy = <Row>(query: (ids: readonly string[]) => CompiledQuery<Row>, idOf: (row: Row) => string) =>
    new DataLoader<string, readonly Row[]>(async ids => {
      const rows = await database.asOwner(accounts, query(ids))
      return ids.map(id => rows.filter(row => idOf(row) === id))
    })
  const ofLedger = (row: { readonly ledger_id: string }): string => row.ledger_id
  const statements = perCount(first => rowsBy(ids => statementsOf(ids, first), ofLedger))
  const payments = perCount(first => rowsBy(ids => paymentsOf(ids, first), ofLedger))
  const arrangements = rowsBy(arrangementsOf, ofLedger)
  const instalments = rowsBy(instalmentsOf, row => row.arrangement_id)
  return {
    statements: (id, first) => statements(first).load(id),
    payments: (id, first) => payments(first).load(id),
    arrangements: id => arrangements.load(id),
    instalments: id => instalments.load(id),
  }
}

function perCount<Loader>(create: (first: number) => Loader): (first: number) => Loader {
  const loaders = new Map<number, Loader>()
  return first => {
    const loader = loaders.get(first) ?? create(first)
    loaders.set(first, loader)
    return loader
  }
}

interface FirstArgs {
  readonly first?: number | null
}

/** A `BillingLedger` of the schema, by the schema's own names. */
export function ledgerView({ owner, row }: OwnLedger, loaders: LedgerLoaders): object {
  const { ledger_id: id } = row
  return withGone('BillingLedger', {
    accountUrn: owner.urn,
    accountNumber: row.account_number,
    holderName: row.holder_name,
    openedAt: formatInstant(row.opened_at.getTime()),
    closedAt: row.closed_at === null ? null : formatInstant(row.closed_at.getTime()),
    balance: withGone('BillingBalance', { amount: amountOf(row.balance), currency: row.currency, dueOn: row.due_on }),
    statements: async ({ first }: FirstArgs) => (await loaders.statements(id, countOf(first))).map(statementView),
    payments: async ({ first }: FirstArgs) => (await loaders.payments(id, countOf(first))).map(paymentView),
    arrangements: async () => (await loaders.arrangements(id)).map(each => arrangementView(each, loaders)),
  })
}

/** A column may be gone, whatever the types say. */
function amountOf(value: string | undefined): number | undefined {
  return value === undefined ? undefined : Number(value)
}

function momentOf(value: Date | undefined): string | undefined {
  return value === undefined ? undefined : formatInstant(value.getTime())
}

const usualCount = 12
const mostRows = 100

function countOf(first: number | null | undefined): number {
  return Math.min(Math.max(first ?? usualCount, 0), mostRows)
}

function statementView(row: Selectable<StatementTable>): object {
  return withGone('BillingStatement', {
    statementId: row.statement_id,
    accountNumber: row.account_number,
    timeInterval: `${formatInstant(row.period_from.getTime())}/${formatInstant(row.period_until.getTime())}`,
    issuedOn: row.issued_on,
    dueOn: row.due_on,
    amount: amountOf(row.amount),
    status: row.status,
    note: row.note,
  })
}

function paymentView(row: Selectable<PaymentTable>): object {
  return withGone('BillingPayment', {
    paymentId: row.payment_id,
    accountNumber: row.account_number,
    statementId: row.statement_id,
    receivedAt: momentOf(row.received_at),
    amount: amountOf(row.amount),
    method: row.method,
    reference: row.reference,
  })
}

function arrangementView(row: Selectable<ArrangementTable>, loaders: LedgerLoaders): object {
  return withGone('PaymentArrangement', {
    arrangementId: row.arrangement_id,
    accountNumber: row.account_number,
    agreedAt: momentOf(row.agreed_at),
    status: row.status,
    total: amountOf(row.total),
    note: row.note,
    instalments: async () =>
      (await loaders.instalments(row.arrangement_id)).map(part =>
        withGone('PaymentInstalment', { dueOn: part.due_on, amount: amountOf(part.amount), isPaid: part.is_paid }),
      ),
  })
}
