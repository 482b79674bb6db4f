import { accountCanaries, wordCanary } from './canaries.js'
import { customerUrnOf, digitsOf, urnOf, uuidOf } from './identifiers.js'
import type { Account, LegacyCustomer, LoadShape, Premise, Register, ServiceAgreement, ServicePoint, Utility } from './types.js'

/** Local midnight in New York, given as an ISO instant with its offset. */
export function instant(text: string): number {
  return Date.parse(text)
}

/** When the meters were put in, unless a register says otherwise: longer ago than the three years that reads are kept. */
const installed = instant('2022-09-01T00:00:00-04:00')

export function legacyCustomer(label: string): LegacyCustomer {
  const uuid = uuidOf(`customer:${label}`)
  return {
    uuid,
    urn: customerUrnOf(uuid),
    id: digitsOf(`customer-id:${label}`, 8),
    utilityCustomerId: digitsOf(`customer-utility:${label}`, 10),
    utilityInternalId: digitsOf(`customer-internal:${label}`, 10),
    utilityInternalId2: digitsOf(`customer-internal-2:${label}`, 12),
    accountNumber: digitsOf(`customer-account:${label}`, 10),
  }
}

export interface PremiseSpec {
  /** Numbers the premises; also the house number. */
  readonly number: number
  readonly utility: Utility
  readonly street: string
  readonly unit?: string
  readonly timeZone?: string
  readonly siteCustomer?: LegacyCustomer
}

export function premiseOf(spec: PremiseSpec): Premise {
  const uuid = uuidOf(`premise:${spec.number}`)
  const canary = wordCanary(spec.number, 'address')
  return {
    uuid,
    urn: urnOf('premise', spec.utility.code, uuid),
    utilityId: digitsOf(`premise:${spec.number}`, 10),
    name: `${spec.number} ${canary} ${spec.street}`,
    timeZone: spec.timeZone ?? 'America/New_York',
    addressLines: [`${spec.number} ${canary} ${spec.street}`, ...(spec.unit === undefined ? [] : [spec.unit])],
    locality: 'Port Averill',
    adminArea: 'NY',
    postalCode: `1${digitsOf(`postal:${spec.number % 7}`, 4)}`,
    canary,
    siteCustomer: spec.siteCustomer,
  }
}

export interface PointSpec {
  readonly label: string
  readonly utility: Utility
  readonly premise?: Premise
  readonly load: LoadShape
  readonly registers?: readonly Register[]
  readonly nickname?: string
  /** @default FLAT */
  readonly rate?: ServicePoint['rate']
}

export function pointOf(spec: PointSpec): ServicePoint {
  const uuid = uuidOf(`point:${spec.label}`)
  const kind = spec.load === 'gas' ? 'GAS' : 'ELECTRICITY'
  return {
    uuid,
    urn: urnOf('servicepoint', spec.utility.code, uuid),
    utilityId: `${digitsOf(`point:${spec.label}`, 10)}-${digitsOf(`point-tail:${spec.label}`, 8)}`,
    name: kind === 'GAS' ? 'Gas meter' : 'Electric meter',
    nickname: spec.nickname,
    kind,
    load: spec.load,
    rate: spec.rate ?? 'FLAT',
    premise: spec.premise,
    timeZone: spec.premise?.timeZone ?? 'America/New_York',
    device: { uuid: uuidOf(`device:${spec.label}`), utilityId: digitsOf(`device:${spec.label}`, 8) },
    registers: spec.registers ?? [usualRegister(kind)],
  }
}

export interface AgreementSpec {
  readonly label: string
  readonly utility: Utility
  readonly points: readonly ServicePoint[]
  readonly from: number
  readonly until?: number
  /** @default running agreements are active, ended ones are not */
  readonly active?: boolean
  readonly supersededBy?: string
  readonly ratePlan?: ServiceAgreement['ratePlan']
  readonly nickname?: string
}

export function agreementOf(spec: AgreementSpec): ServiceAgreement {
  const uuid = uuidOf(`agreement:${spec.label}`)
  const kind = spec.points[0]?.kind ?? 'ELECTRICITY'
  return {
    uuid,
    urn: urnOf('serviceagreement', spec.utility.code, uuid),
    utilityId: digitsOf(`agreement:${spec.label}`, 10),
    name: kind === 'GAS' ? 'Gas service' : 'Electric service',
    nickname: spec.nickname,
    kind,
    ratePlan: spec.ratePlan ?? (kind === 'GAS' ? 'gas' : 'flat'),
    from: spec.from,
    until: spec.until,
    active: spec.active ?? spec.until === undefined,
    supersededBy: spec.supersededBy === undefined ? undefined : uuidOf(`agreement:${spec.supersededBy}`),
    points: spec.points,
  }
}

export interface AccountSpec {
  readonly label: string
  readonly utility: Utility
  /** First name, or the name of a business. */
  readonly person: string
  readonly logins?: readonly string[]
  readonly business?: boolean
  /** Legacy customers by label; the first stands for the first premise, and so on. */
  readonly customers: readonly LegacyCustomer[]
  readonly premises: readonly Premise[]
  readonly agreements: readonly ServiceAgreement[]
  readonly hasForecast?: boolean
  readonly hasDuplicateBills?: boolean
}

/** The account at place `index` of the population; the place decides its canaries. */
export function accountOf(spec: AccountSpec, index: number): Account {
  const uuid = uuidOf(`account:${spec.label}`)
  const utilityId = digitsOf(`account:${spec.label}`, 10)
  const canaries = accountCanaries(index)
  return {
    uuid,
    urn: urnOf('account', spec.utility.code, uuid),
    utility: spec.utility,
    utilityId,
    // About half of the accounts are numbered otherwise by the billing system.
    accountNumber: index % 2 === 0 ? utilityId : digitsOf(`account-number:${spec.label}`, 10),
    name: `${spec.person} ${canaries.name}`,
    customerClass: spec.business === true ? 'COMMERCIAL' : 'RESIDENTIAL',
    logins: spec.logins ?? [],
    canaries,
    customers: spec.customers,
    premises: spec.premises.flatMap((premise, place) => {
      const customer = spec.customers[place] ?? spec.customers[0]
      return customer === undefined ? [] : [{ premise, customer }]
    }),
    agreements: spec.agreements,
    occupancy: occupancyOf(spec.agreements),
    hasForecast: spec.hasForecast ?? true,
    hasDuplicateBills: spec.hasDuplicateBills ?? false,
  }
}

function usualRegister(kind: ServicePoint['kind']): Register {
  return kind === 'GAS'
    ? { quantity: 'NET_USAGE', unit: 'TH', resolution: 'DAY', from: installed }
    : { quantity: 'NET_USAGE', unit: 'KWH', resolution: 'QUARTER_HOUR', from: installed }
}

function occupancyOf(agreements: readonly ServiceAgreement[]): Account['occupancy'] {
  const ends = agreements.map(({ until }) => until ?? Infinity)
  const until = Math.max(...ends)
  return { from: Math.min(...agreements.map(({ from }) => from)), until: until === Infinity ? undefined : until }
}
