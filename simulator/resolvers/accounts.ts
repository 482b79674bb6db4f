import type { Account, ServiceAgreement } from '../population/types.js'
import { agreementView } from './agreements.js'
import type { BillsArgs } from './billing.js'
import { billsView } from './bills.js'
import { strangerAt } from './ask.js'
import type { Ask } from './ask.js'
import { page } from './connection.js'
import type { Connection, PageArgs } from './connection.js'
import { shownAgreements } from './folding.js'
import { forecastView } from './forecast.js'
import { premiseEdge } from './premises.js'

interface MatchingArgs extends PageArgs {
  readonly matching?: string | null
}

interface AgreementsArgs extends MatchingArgs {
  readonly onlyActive?: boolean | null
  readonly aliased?: boolean | null
}

export function accountView(account: Account, ask: Ask): object {
  ask.answered.add(account)
  return {
    id: account.urn,
    urn: account.urn,
    uuid: account.uuid,
    utilityId: account.utilityId,
    accountNumber: account.accountNumber,
    utilityCode: account.utility.code,
    name: account.name,
    customerClass: account.customerClass,
    mappedCustomers: account.customers,
    premisesConnection: (args: MatchingArgs) => premisesConnection(account, args, ask),
    serviceAgreementsConnection: (args: AgreementsArgs) => agreementsConnection(account, args, ask),
    serviceAgreements: (args: { readonly onlyActive?: boolean | null }) =>
      shownAgreements(account, false)
        .filter(({ active }) => args.onlyActive !== true || active)
        .map(agreement => agreementView(agreement, account, ask)),
    bills: (args: BillsArgs) => billsView(account, args, ask),
    billForecast: () => forecastView(account, ask),
  }
}

function premisesConnection(account: Account, args: MatchingArgs, ask: Ask): Connection<object> {
  const set = {
    kind: 'premises',
    owner: account.uuid,
    all: account.premises,
    filter: args.matching == null ? '' : `matching:${args.matching}`,
    keeps: ({ premise }: Account['premises'][number]) => args.matching == null || premise.uuid === args.matching,
    elsewhere: (owner: string) => elsewhere(owner, ask)?.premises,
  } as const
  const stranger = strangerAt('premise', [account], ask)?.premises[0]?.premise
  let first = true
  return page(set, args, ({ premise, customer }, cursor) => {
    const node = first && stranger !== undefined ? stranger : premise
    first = false
    return premiseEdge({ account, premise: node, customer, cursor }, ask)
  })
}

function agreementsConnection(account: Account, args: AgreementsArgs, ask: Ask): Connection<object> {
  const aliased = args.aliased === true
  const set = {
    kind: 'agreements',
    owner: account.uuid,
    all: shownAgreements(account, aliased),
    filter: args.matching == null && args.onlyActive !== true ? '' : `${String(args.onlyActive)}:${args.matching ?? ''}`,
    keeps: ({ active, uuid }: ServiceAgreement) =>
      (args.onlyActive !== true || active) && (args.matching == null || uuid === args.matching),
    elsewhere: (owner: string) => elsewhere(owner, ask)?.agreements,
  } as const
  return page(set, args, (agreement, cursor) => ({ cursor, node: agreementView(agreement, account, ask, aliased) }))
}

/** The hub follows a cursor into the list of whatever account it came from. */
function elsewhere(owner: string, ask: Ask): Account | undefined {
  return ask.accounts.find(({ uuid }) => uuid === owner)
}
