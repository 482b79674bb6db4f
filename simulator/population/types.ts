/** In what capacity a demo customer sees an account. */
export type CustomerRole = 'holder' | 'household' | 'landlord'

/** Somebody who can sign in to the demo. */
export interface Customer {
  readonly login: string
  /** The name to greet them with. */
  readonly name: string
  readonly role: CustomerRole
  /** Account URNs in population order; empty for those who have none. */
  readonly accountUrns: readonly string[]
}

export type ServiceKind = 'ELECTRICITY' | 'GAS'

/** How a meter's use is spread over the day and the year. */
export type LoadShape = 'flat' | 'evening' | 'shop' | 'solar' | 'gas'

/** Strings that occur in one account only, so that a leak shows in the bytes. */
export interface AccountCanaries {
  /** In the account's name. */
  readonly name: string
  /** In the texts of its bills. */
  readonly bill: string
  /** In the outage messages about it. */
  readonly outage: string
  /** In the text of errors that concern it. */
  readonly error: string
  /** Four digits in the decimals of its reads; the rules stand in `series/canaries.ts`. */
  readonly reads: string
}

/** One of Oracle's operating companies: the owner of accounts, named by its code. */
export interface Utility {
  readonly code: string
  readonly name: string
  /** How its bill intervals are written: these differ between real utilities. */
  readonly billIntervals: 'utc' | 'offset' | 'inclusive'
}

/** The older customer record: stands for one premise of an account, not for the account itself. */
export interface LegacyCustomer {
  readonly uuid: string
  readonly urn: string
  readonly id: string
  readonly utilityCustomerId: string
  readonly utilityInternalId: string
  readonly utilityInternalId2: string
  readonly accountNumber: string
}

export interface Premise {
  readonly uuid: string
  readonly urn: string
  readonly utilityId: string
  readonly name: string
  /** IANA zone. */
  readonly timeZone: string
  readonly addressLines: readonly string[]
  readonly locality: string
  readonly adminArea: string
  readonly postalCode: string
  /** In the address; shared by every account that ever had this premise. */
  readonly canary: string
  /** The legacy customer of the site: not always the one who lives there now. */
  readonly siteCustomer: LegacyCustomer | undefined
}

export type RegisterQuantity = 'NET_USAGE' | 'DELIVERED' | 'RECEIVED'

/** One register of a meter. */
export interface Register {
  readonly quantity: RegisterQuantity
  readonly unit: 'KWH' | 'TH'
  readonly resolution: 'QUARTER_HOUR' | 'DAY'
  /** Its first read, in milliseconds since the epoch; registers of one meter may differ. */
  readonly from: number
}

/** A place where a service is metered. It outlives whoever lives there and keeps its whole history. */
export interface ServicePoint {
  readonly uuid: string
  readonly urn: string
  readonly utilityId: string
  readonly name: string
  readonly nickname: string | undefined
  readonly kind: ServiceKind
  readonly load: LoadShape
  /** How its reads are priced. */
  readonly rate: 'FLAT' | 'TIME_OF_USE'
  /** Absent where the utility never sent the premise. */
  readonly premise: Premise | undefined
  /** IANA zone of the meter's days. */
  readonly timeZone: string
  readonly device: { readonly uuid: string; readonly utilityId: string }
  readonly registers: readonly Register[]
}

/** The contract for one service on one account. */
export interface ServiceAgreement {
  readonly uuid: string
  readonly urn: string
  readonly utilityId: string
  readonly name: string
  readonly nickname: string | undefined
  readonly kind: ServiceKind
  readonly ratePlan: 'flat' | 'time-of-use' | 'gas'
  /** Milliseconds since the epoch; `until` is exclusive, and absent while the agreement runs. */
  readonly from: number
  readonly until: number | undefined
  readonly active: boolean
  /** The agreement that took this one's place on the same account and point. */
  readonly supersededBy: string | undefined
  /** In the order of the edges; one may occur twice, as it does in life. */
  readonly points: readonly ServicePoint[]
}

export interface Account {
  readonly uuid: string
  readonly urn: string
  readonly utility: Utility
  readonly utilityId: string
  readonly accountNumber: string
  readonly name: string
  readonly customerClass: 'RESIDENTIAL' | 'COMMERCIAL'
  /** Who signs in to see it, if anybody does. */
  readonly logins: readonly string[]
  readonly canaries: AccountCanaries
  readonly customers: readonly LegacyCustomer[]
  /** One edge each, with the legacy customer that stands for it. */
  readonly premises: readonly { readonly premise: Premise; readonly customer: LegacyCustomer }[]
  readonly agreements: readonly ServiceAgreement[]
  /** From the first start to the last end of its agreements, in milliseconds since the epoch. */
  readonly occupancy: { readonly from: number; readonly until: number | undefined }
  readonly hasForecast: boolean
  /** The newest bill occurs twice with the same period. */
  readonly hasDuplicateBills: boolean
}

/** Everything the simulator knows by heart; the same on every machine. */
export interface Population {
  readonly utilities: readonly Utility[]
  readonly customers: readonly Customer[]
  /** In population order: the order in which the simulator answers accounts. */
  readonly accounts: readonly Account[]
}
