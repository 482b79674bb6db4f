import type { Account, Population } from './types.js'

export interface PopulationReport {
  readonly customers: readonly { readonly login: string; readonly accounts: readonly string[] }[]
  readonly accounts: readonly AccountReport[]
}

export interface AccountReport {
  readonly urn: string
  readonly uuid: string
  readonly utilityId: string
  readonly accountNumber: string
  readonly utilityCode: string
  readonly customerUrns: readonly string[]
  readonly premiseUuids: readonly string[]
  readonly servicePointUuids: readonly string[]
  readonly serviceAgreementUuids: readonly string[]
  /** ISO instants; `until` is null for those who still live there. */
  readonly occupancy: { readonly from: string; readonly until: string | null }
  readonly canaries: readonly string[]
}

/** The population as `npm run --silent population` prints it. */
export function reportOf(population: Population): PopulationReport {
  return {
    customers: population.customers.map(({ login, accountUrns }) => ({ login, accounts: accountUrns })),
    accounts: population.accounts.map(accountReport),
  }
}

function accountReport(account: Account): AccountReport {
  const { urn, uuid, utilityId, accountNumber, canaries, occupancy } = account
  const points = account.agreements.flatMap(agreement => agreement.points)
  return {
    urn,
    uuid,
    utilityId,
    accountNumber,
    utilityCode: account.utility.code,
    customerUrns: account.customers.map(customer => customer.urn),
    premiseUuids: account.premises.map(({ premise }) => premise.uuid),
    servicePointUuids: [...new Set(points.map(point => point.uuid))],
    serviceAgreementUuids: account.agreements.map(agreement => agreement.uuid),
    occupancy: { from: isoOf(occupancy.from), until: occupancy.until === undefined ? null : isoOf(occupancy.until) },
    canaries: [
      canaries.name,
      canaries.bill,
      canaries.outage,
      canaries.error,
      canaries.reads,
      ...account.premises.map(({ premise }) => premise.canary),
    ],
  }
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}
