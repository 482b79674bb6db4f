import type { PGlite } from '@electric-sql/pglite'
import type { SourceFaults } from '../faults.js'

const tables = ['ledger', 'statement', 'payment', 'arrangement', 'instalment'] as const

const forEachTable = (statement: (table: string) => string): string => tables.map(table => `${statement(table)};`).join('\n')

/** Copies of all rows as they should be, out of the gateway's reach. */
export const keepCopies = `create schema kept;\n${forEachTable(table => `create table kept.${table} as table ${table}`)}`

/** Lays the rows as the faults in force would have them. */
export async function layRows(database: PGlite, { foreign, reversed }: SourceFaults): Promise<void> {
  const steps = [
    forEachTable(table => `truncate ${table}; insert into ${table} table kept.${table}`),
    forEachTable(table => `alter table ${table} ${foreign ? 'disable' : 'enable'} row level security`),
    ...(reversed ? [shuffle] : []),
    ...(foreign ? [mixUp] : []),
  ]
  // At once: nobody's transaction comes between.
  await database.exec(steps.join('\n'))
}

/** Ledgers lie in another order; of each one's statements and payments the second newest is missing and the newest comes twice. */
const shuffle = `
  truncate ledger;
  insert into ledger select * from kept.ledger order by ledger_id desc;
  ${twinWithGap('statement', 'period_from', 'period_from, period_until, issued_on, due_on, amount, status, note')}
  ${twinWithGap('payment', 'received_at', 'statement_id, received_at, amount, method, reference')}`

function twinWithGap(table: string, time: string, others: string): string {
  const placed = (place: number): string =>
    `(select *, row_number() over (partition by ledger_id order by ${time} desc) place from kept.${table}) rows where place = ${place}`
  return `
    delete from ${table} where ${table}_id in (select ${table}_id from ${placed(2)});
    insert into ${table} (${table}_id, ledger_id, account_number, ${others})
      select 'D-' || ${table}_id, ledger_id, account_number, ${others} from ${placed(1)};`
}

/** Under each ledger lie a statement and a payment of another account, with that account's own number; policies are off. */
const mixUp = `
  insert into statement
  select 'X-' || mine.ledger_id, mine.ledger_id, other.account_number, other.period_from, now(), other.issued_on, other.due_on,
    other.amount, other.status, other.note
  from kept.ledger mine cross join lateral (
    select * from kept.statement where account_number <> mine.account_number order by period_from desc, ledger_id limit 1
  ) other;
  insert into payment
  select 'X-' || mine.ledger_id, mine.ledger_id, other.account_number, null, now(), other.amount, other.method, other.reference
  from kept.ledger mine cross join lateral (
    select * from kept.payment where account_number <> mine.account_number order by received_at desc, ledger_id limit 1
  ) other;`
