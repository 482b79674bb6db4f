/** What the gateway reads of the billing database; `schema.sql` of the stand-in has the same names. */
export interface BillingTables {
  readonly ledger: LedgerTable
  readonly statement: StatementTable
  readonly payment: PaymentTable
  readonly arrangement: ArrangementTable
  readonly instalment: InstalmentTable
}

/** The books of one account. A number may be in several rows, over periods that do not overlap. */
export interface LedgerTable {
  readonly ledger_id: string
  readonly account_number: string
  readonly holder_name: string
  readonly opened_at: Date
  readonly closed_at: Date | null
  /** `numeric` comes as text, so that no cent is lost on the way. */
  readonly balance: string
  readonly currency: string
  readonly due_on: string | null
}

export interface StatementTable {
  readonly statement_id: string
  readonly ledger_id: string
  readonly account_number: string
  readonly period_from: Date
  readonly period_until: Date
  /** Dates are texts: as moments they would move with the time zone. */
  readonly issued_on: string
  readonly due_on: string
  readonly amount: string
  readonly status: string
  readonly note: string
}

export interface PaymentTable {
  readonly payment_id: string
  readonly ledger_id: string
  readonly account_number: string
  readonly statement_id: string | null
  readonly received_at: Date
  readonly amount: string
  readonly method: string
  readonly reference: string
}

export interface ArrangementTable {
  readonly arrangement_id: string
  readonly ledger_id: string
  readonly account_number: string
  readonly agreed_at: Date
  readonly status: string
  readonly total: string
  readonly note: string
}

export interface InstalmentTable {
  readonly arrangement_id: string
  readonly place: number
  readonly due_on: string
  readonly amount: string
  readonly is_paid: boolean
}
