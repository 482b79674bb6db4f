import { billedAccount } from '../../billed.js'
import { digitsOf } from '../../population/identifiers.js'
import type { Account } from '../../population/types.js'
import { billsOf } from '../../series/bills.js'
import { pick, seedOf } from '../../series/noise.js'
import type { Interval } from '../../series/types.js'
import { isoOf, served } from '../served.js'

/** The rows of each table, by the names of `schema.sql`. */
export interface Books {
  readonly ledger: readonly object[]
  readonly statement: readonly object[]
  readonly payment: readonly object[]
  readonly arrangement: readonly object[]
  readonly instalment: readonly object[]
}

const day = 86_400_000
/** Statements are kept for two years. */
const keptStatements = 24

/** The books of every account, and of those who had an account's number before it or after it, as they stand at `now`. */
export function booksAt(now: number): Books {
  const all = [...served.map(account => ownBook(account, now)), ...reusedNumbers(now)].map(book => rowsOf(book, now))
  return {
    ledger: all.map(({ ledger }) => ledger),
    statement: all.flatMap(({ statement }) => statement),
    payment: all.flatMap(({ payment }) => payment),
    arrangement: all.flatMap(({ arrangement }) => arrangement),
    instalment: all.flatMap(({ instalment }) => instalment),
  }
}

interface Book {
  /** Whose words stand in it. */
  readonly holder: Account
  readonly accountNumber: string
  readonly from: number
  readonly until: number | undefined
  readonly charges: readonly (Interval & { readonly amount: number })[]
}

/** What is charged is what Opower's bills say. */
function ownBook(holder: Account, now: number): Book {
  const bills = billsOf(billedAccount(holder, now), { now, last: keptStatements })
  const charges = bills.map(({ from, until, segments }) => ({
    from,
    until,
    amount: segments.reduce((sum, { currentAmount }) => sum + (currentAmount ?? 0), 0),
  }))
  return { holder, accountNumber: holder.accountNumber, ...holder.occupancy, charges }
}

/**
 * Two numbers that had several holders: before Emil had his, and since Dora gave hers up, a neighbour's other account
 * was under it. Nobody reaches those books by an account of today.
 */
function reusedNumbers(now: number): readonly Book[] {
  const [earlier, later] = served
  const numberOf = (login: string): string => served.find(({ logins }) => logins.includes(login))?.accountNumber ?? ''
  if (earlier === undefined || later === undefined) throw new TypeError('the population has no neighbours')
  const before = { from: Date.UTC(2017, 3, 1), until: Date.UTC(2019, 9, 1) }
  const since = { from: Date.UTC(2026, 4, 1), until: undefined }
  return [
    { holder: earlier, accountNumber: numberOf('emil'), ...before, charges: monthlyCharges(before.from, before.until) },
    { holder: later, accountNumber: numberOf('dora'), ...since, charges: monthlyCharges(since.from, now) },
  ]
}

function monthlyCharges(from: number, until: number): Book['charges'] {
  const months = Math.floor((until - from) / (30 * day))
  return Array.from({ length: months }, (_, index) => ({
    from: from + index * 30 * day,
    until: from + (index + 1) * 30 * day,
    amount: 40 + pick(seedOf(`charge:${from}`), index, 3_000) / 100,
  })).slice(-keptStatements)
}

type Rows = { readonly [Table in keyof Books]: Table extends 'ledger' ? object : readonly object[] }

function rowsOf(book: Book, now: number): Rows {
  const id = `L-${digitsOf(`ledger:${book.holder.uuid}:${book.accountNumber}:${book.from}`, 10)}`
  const common = { ledger_id: id, account_number: book.accountNumber }
  const statements = book.charges.map((charge, index) => statementOf(book, charge, { index, now, common }))
  const unpaid = statements.filter(({ status }) => status !== 'PAID')
  return {
    ledger: {
      ...common,
      holder_name: book.holder.name,
      opened_at: isoOf(book.from),
      closed_at: book.until === undefined ? null : isoOf(book.until),
      balance: unpaid.reduce((sum, { amount }) => sum + amount, 0).toFixed(2),
      currency: 'USD',
      due_on: unpaid[0]?.due_on ?? null,
    },
    statement: statements,
    payment: statements.filter(({ status }) => status === 'PAID').map(statement => paymentOf(book, statement)),
    ...arrangementsOf(book, common, now),
  }
}

interface StatementSpec {
  readonly index: number
  readonly now: number
  readonly common: { readonly ledger_id: string; readonly account_number: string }
}

/** Paid three weeks later, but for the newest: those are open, and one in four of them is overdue. */
function statementOf({ holder, charges }: Book, { from, until, amount }: Book['charges'][number], { index, now, common }: StatementSpec) {
  const issued = until + 2 * day
  const due = issued + 21 * day
  const isNewest = index === charges.length - 1
  const isUnpaid = isNewest && (due > now || pick(seedOf(holder.uuid), index, 4) === 0)
  return {
    ...common,
    statement_id: `S-${digitsOf(`statement:${common.ledger_id}:${from}:${index}`, 12)}`,
    period_from: isoOf(from),
    period_until: isoOf(until),
    issued_on: dateOf(issued),
    due_on: dateOf(due),
    amount: Math.round(amount * 100) / 100,
    status: !isUnpaid ? 'PAID' : due > now ? 'OPEN' : 'OVERDUE',
    note: `Bill ${holder.canaries.bill} for ${holder.name}`,
  }
}

const methods = ['DIRECT_DEBIT', 'CARD', 'BANK_TRANSFER'] as const

function paymentOf({ holder }: Book, statement: ReturnType<typeof statementOf>): object {
  const { ledger_id, account_number, statement_id, amount, due_on } = statement
  return {
    ledger_id,
    account_number,
    statement_id,
    payment_id: `P-${digitsOf(`payment:${statement_id}`, 12)}`,
    received_at: `${due_on}T10:00:00Z`,
    amount,
    method: methods[pick(seedOf(holder.uuid), 7, methods.length)],
    reference: `${holder.canaries.bill} ${digitsOf(`reference:${statement_id}`, 8)}`,
  }
}

/** Bruno pays in parts, and so does one in eight of the others. */
function arrangementsOf({ holder, until }: Book, common: StatementSpec['common'], now: number): Pick<Rows, 'arrangement' | 'instalment'> {
  const hasOne = holder.logins.includes('bruno') || pick(seedOf(holder.uuid), 8, 8) === 0
  if (!hasOne || until !== undefined) return { arrangement: [], instalment: [] }
  const arrangement_id = `A-${digitsOf(`arrangement:${common.ledger_id}`, 10)}`
  const agreed = now - (40 + pick(seedOf(holder.uuid), 9, 40)) * day
  const arrangement = {
    ...common,
    arrangement_id,
    agreed_at: isoOf(agreed),
    status: 'RUNNING',
    total: '180.00',
    note: `Agreed with ${holder.name}`,
  }
  const instalment = [1, 2, 3].map(place => {
    const due = agreed + place * 30 * day
    return { arrangement_id, place, due_on: dateOf(due), amount: '60.00', is_paid: due < now }
  })
  return { arrangement: [arrangement], instalment }
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
