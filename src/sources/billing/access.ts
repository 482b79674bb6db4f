import type { SourceAccess } from '../../plan/access-rules.js'

const containment = { proof: 'containment' } as const

/**
 * Whose data billing serves. Accounts are chosen by URN and asked for by number and time: over the years one number may
 * have been several accounts', so a number alone proves nothing about what lies outside the account's own time.
 *
 * The database's policies are a third wall behind these two: see `database.ts`.
 */
export const billingAccess: SourceAccess = {
  source: 'Billing',
  roots: { 'Query.billingLedgers': 'source' },
  types: {
    BillingLedger: { proof: 'witness', path: ['accountNumber'], kind: 'account-number' },
    BillingBalance: containment,
    BillingStatement: { proof: 'witness', path: ['accountNumber'], kind: 'account-number' },
    BillingPayment: { proof: 'witness', path: ['accountNumber'], kind: 'account-number' },
    PaymentArrangement: { proof: 'witness', path: ['accountNumber'], kind: 'account-number' },
    PaymentInstalment: containment,
  },
  arguments: {
    'Query.billingLedgers(accountUrns)': { chooses: 'account', foreign: 'refuse', omitted: 'fill' },
  },
  inputs: {},
  time: {
    'BillingLedger.balance': { clip: 'today', by: 'grant' },
    BillingStatement: { clip: 'object', field: 'timeInterval', by: 'grant' },
  },
  cursors: [],
  personal: {
    'BillingLedger.holderName': 'name',
    'BillingLedger.accountNumber': 'number',
    'BillingStatement.accountNumber': 'number',
    'BillingPayment.accountNumber': 'number',
    'PaymentArrangement.accountNumber': 'number',
    // Bills greet their reader, and payers write their names.
    'BillingStatement.note': 'name',
    'BillingPayment.reference': 'name',
    'PaymentArrangement.note': 'name',
  },
  groups: {},
  hidden: [],
  unavailable: [],
}
