import type { Account, LegacyCustomer, Premise } from '../population/types.js'
import type { Ask } from './ask.js'

interface PremiseEdgeParts {
  readonly account: Account
  readonly premise: Premise
  readonly customer: LegacyCustomer
  readonly cursor: string
}

/** The edge between an account and a premise has data of its own: the household's, not the place's. */
export function premiseEdge({ account, premise, customer, cursor }: PremiseEdgeParts, ask: Ask): object {
  return {
    cursor,
    node: premiseView(premise, ask),
    mappedCustomer: customer,
    segments: [{ id: 'heating', name: 'Heating', attributes: [{ key: 'fuel', value: heatingOf(account) }] }],
  }
}

/** A place, whoever lives there; its older record may still name somebody who moved away. */
export function premiseView(premise: Premise, _ask: Ask): object {
  const { urn, uuid, utilityId, name, timeZone, addressLines, locality, adminArea, postalCode, siteCustomer } = premise
  return {
    urn,
    uuid,
    utilityId,
    name,
    timeZone,
    address: { addressLines, locality, adminArea, postalCode },
    mappedSite: siteCustomer === undefined ? null : { customer: { id: siteCustomer.id, uuid: siteCustomer.uuid } },
  }
}

function heatingOf({ agreements }: Account): string {
  return agreements.some(({ kind }) => kind === 'GAS') ? 'gas' : 'electric'
}
