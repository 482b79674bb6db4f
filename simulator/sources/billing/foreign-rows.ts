import type { PGlite } from '@electric-sql/pglite'

const tables = ['ledger', 'statement', 'payment', 'arrangement', 'instalment'] as const

/**
 * A database whose policies are gone and whose books are mixed up: under each ledger lies a statement and a payment of
 * another account, with that account's own number on it.
 */
export async function mixUp(database: PGlite): Promise<void> {
  await database.exec(tables.map(table => `alter table ${table} disable row level security;`).join('\n'))
  await database.exec(`
    insert into statement
    select 'X-' || mine.ledger_id, mine.ledger_id, other.account_number, other.period_from, now(), other.issued_on, other.due_on,
      other.amount, other.status, other.note
    from ledger mine cross join lateral (
      select * from statement where account_number <> mine.account_number and ledger_id <> mine.ledger_id
      order by period_from desc, ledger_id limit 1
    ) other;
    insert into payment
    select 'X-' || mine.ledger_id, mine.ledger_id, other.account_number, null, now(), other.amount, other.method, other.reference
    from ledger mine cross join lateral (
      select * from payment where account_number <> mine.account_number and ledger_id <> mine.ledger_id
      order by received_at desc, ledger_id limit 1
    ) other;`)
}

export async function setRight(database: PGlite): Promise<void> {
  await database.exec(`delete from statement where statement_id like 'X-%'; delete from payment where payment_id like 'X-%';`)
  await database.exec(tables.map(table => `alter table ${table} enable row level security;`).join('\n'))
}
