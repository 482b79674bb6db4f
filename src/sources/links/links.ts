import type { LinkRule, SourceAccess } from '../../plan/access-rules.js'

/** Joins of Opower's objects with the utility's own sources, by the field that holds the join. */
export const billingLinks: Readonly<Record<string, LinkRule>> = {
  'BillingAccount.balance': ledgerOf('balance', false),
  'BillingAccount.payments': { ...ledgerOf('payments', true), pass: { first: 'first' } },
  'BillingAccount.billing': ledgerOf(undefined, false),
}

/** When the joined fields may be seen. They stand here, as billing's own schema does not have them. */
export const billingLinkTimes: SourceAccess['time'] = {
  'BillingAccount.balance': { clip: 'today', by: 'grant' },
}

export const outageLinks: Readonly<Record<string, LinkRule>> = {
  'Premise.outages': {
    source: 'Outages',
    root: 'outages',
    from: ['uuid'],
    argument: 'premiseIds',
    to: 'premiseId',
    key: 'premise',
    many: true,
    pass: { status: 'status' },
  },
  // The customer's own accounts that were there at the time: nobody learns who else sits in the dark.
  'Outage.affectedAccounts': {
    source: 'Opower',
    root: 'billingAccountsConnection',
    from: ['premiseId'],
    argument: 'byURNs',
    asks: 'accounts',
    isConnection: true,
    to: 'urn',
    key: 'premise',
    many: true,
    chunk: 100,
  },
}

/**
 * Appointments are found by the person's own numbers, and only then by the account that they are about: a joint holder's
 * are another person's, and are neither asked for nor given.
 */
export const orderLinks: Readonly<Record<string, LinkRule>> = {
  'BillingAccount.serviceOrders': {
    source: 'Orders',
    root: 'serviceAppointments',
    from: ['accountNumber'],
    argument: 'customerIds',
    asks: 'person',
    to: 'accountNumber',
    key: 'account-number',
    many: true,
    pass: { status: 'status' },
  },
}

export const tariffLinks: Readonly<Record<string, LinkRule>> = {
  'ServiceAgreement.tariff': {
    source: 'Tariffs',
    root: 'tariffPlansByCode',
    from: ['ratePlan', 'code'],
    argument: 'codes',
    to: 'code',
    key: 'public',
    many: false,
  },
}

/** The account's row in billing, or one field of it. */
function ledgerOf(take: string | undefined, many: boolean): LinkRule {
  return {
    source: 'Billing',
    root: 'billingLedgers',
    from: ['urn'],
    argument: 'accountUrns',
    to: 'accountUrn',
    key: 'account',
    many,
    ...(take === undefined ? {} : { take }),
  }
}
