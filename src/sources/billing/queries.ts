import type { CompiledQuery, Selectable } from 'kysely'
import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql } from 'kysely'
import type { ArrangementTable, BillingTables, InstalmentTable, LedgerTable, PaymentTable, StatementTable } from './tables.js'

/** Only writes queries: a connection is `database.ts`' business. */
const write = new Kysely<BillingTables>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: db => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
})

export function ledgersOf(accountNumbers: readonly string[]): CompiledQuery<Selectable<LedgerTable>> {
  return write.selectFrom('ledger').selectAll().where('account_number', 'in', accountNumbers).compile()
}

/** The newest of each ledger. */
export function statementsOf(ledgerIds: readonly string[], first: number): CompiledQuery<Selectable<StatementTable>> {
  const placed = write
    .selectFrom('statement')
    .selectAll()
    .select(sql<number>`row_number() over (partition by ledger_id order by period_from desc, statement_id)`.as('place'))
    .where('ledger_id', 'in', ledgerIds)
  return write.selectFrom(placed.as('placed')).selectAll().where('place', '<=', first).orderBy('ledger_id').orderBy('place').compile()
}

/** The newest of each ledger. */
export function paymentsOf(ledgerIds: readonly string[], first: number): CompiledQuery<Selectable<PaymentTable>> {
  const placed = write
    .selectFrom('payment')
    .selectAll()
    .select(sql<number>`row_number() over (partition by ledger_id order by received_at desc, payment_id)`.as('place'))
    .where('ledger_id', 'in', ledgerIds)
  return write.selectFrom(placed.as('placed')).selectAll().where('place', '<=', first).orderBy('ledger_id').orderBy('place').compile()
}

export function arrangementsOf(ledgerIds: readonly string[]): CompiledQuery<Selectable<ArrangementTable>> {
  return write.selectFrom('arrangement').selectAll().where('ledger_id', 'in', ledgerIds).orderBy('agreed_at', 'desc').compile()
}

export function instalmentsOf(arrangementIds: readonly string[]): CompiledQuery<Selectable<InstalmentTable>> {
  return write.selectFrom('instalment').selectAll().where('arrangement_id', 'in', arrangementIds).orderBy('place').compile()
}
