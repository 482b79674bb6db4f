import type { CompiledQuery, RawBuilder, Selectable } from 'kysely'
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

/** Whichever are asked for: a place for a list, so that a query is written once for all. */
const anyAsked = sql<string>`any(${[]})`

const ledgers = write.selectFrom('ledger').selectAll().where('account_number', '=', anyAsked).compile()

export function ledgersOf(accountNumbers: readonly string[]): CompiledQuery<Selectable<LedgerTable>> {
  return { ...ledgers, parameters: [accountNumbers] }
}

/** The first of each ledger, of what has a ledger: as many as are asked for. */
function firstOfEach(table: 'statement' | 'payment', order: RawBuilder<unknown>): CompiledQuery {
  const placed = write
    .selectFrom(table)
    .selectAll()
    .select(sql<number>`row_number() over (partition by ledger_id order by ${order})`.as('place'))
    .where('ledger_id', '=', anyAsked)
  return write.selectFrom(placed.as('placed')).selectAll().where('place', '<=', 0).orderBy('ledger_id').orderBy('place').compile()
}

const statements = firstOfEach('statement', sql`period_from desc, statement_id`)

/** The newest of each ledger. */
export function statementsOf(ledgerIds: readonly string[], first: number): CompiledQuery<Selectable<StatementTable>> {
  return { ...statements, parameters: [ledgerIds, first] }
}

const payments = firstOfEach('payment', sql`received_at desc, payment_id`)

/** The newest of each ledger. */
export function paymentsOf(ledgerIds: readonly string[], first: number): CompiledQuery<Selectable<PaymentTable>> {
  return { ...payments, parameters: [ledgerIds, first] }
}

const arrangements = write.selectFrom('arrangement').selectAll().where('ledger_id', '=', anyAsked).orderBy('agreed_at', 'desc').compile()

export function arrangementsOf(ledgerIds: readonly string[]): CompiledQuery<Selectable<ArrangementTable>> {
  return { ...arrangements, parameters: [ledgerIds] }
}

const instalments = write.selectFrom('instalment').selectAll().where('arrangement_id', '=', anyAsked).orderBy('place').compile()

export function instalmentsOf(arrangementIds: readonly string[]): CompiledQuery<Selectable<InstalmentTable>> {
  return { ...instalments, parameters: [arrangementIds] }
}
