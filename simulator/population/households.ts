import { agreementOf, instant, legacyCustomer, pointOf, premiseOf } from './build.js'
import type { AccountSpec } from './build.js'
import type { LoadShape, Register } from './types.js'
import { nved, rvgl } from './utilities.js'

/** One account that never moved: one premise, one meter, one agreement. */
export interface SimpleHousehold {
  readonly label: string
  readonly person: string
  readonly number: number
  readonly street: string
  readonly unit?: string
  readonly utility?: typeof nved
  readonly timeZone?: string
  readonly logins?: readonly string[]
  readonly load?: LoadShape
  readonly registers?: readonly Register[]
  /** ISO instant with offset. @default 2021-06-01T00:00:00-04:00 */
  readonly since?: string
}

export function simpleHousehold(home: SimpleHousehold): AccountSpec {
  const utility = home.utility ?? nved
  const { label, number, street, registers, timeZone, unit } = home
  const premise = premiseOf({
    number,
    street,
    utility,
    ...(unit === undefined ? {} : { unit }),
    ...(timeZone === undefined ? {} : { timeZone }),
  })
  const point = pointOf({ label, utility, premise, load: home.load ?? 'evening', ...(registers === undefined ? {} : { registers }) })
  const from = instant(home.since ?? '2021-06-01T00:00:00-04:00')
  const agreements = [agreementOf({ label, utility, points: [point], from })]
  const customers = [legacyCustomer(label)]
  return { label, utility, person: home.person, logins: home.logins ?? [], customers, premises: [premise], agreements }
}

/** Joint holders: the same account, seen by two people in two roles. */
export function aliceAndHanna(): AccountSpec {
  const home = { label: 'alice', person: 'Alice', number: 11, street: 'Larch Lane', load: 'flat' } as const
  return simpleHousehold({ ...home, logins: ['alice', 'hanna'] })
}

/** Electricity and gas on one account, which two legacy customers map to; the newest bill comes twice. */
export function bruno(): AccountSpec {
  const premise = premiseOf({ number: 12, street: 'Larch Lane', utility: nved })
  const electric = pointOf({ label: 'bruno-electric', utility: nved, premise, load: 'evening' })
  const gas = pointOf({ label: 'bruno-gas', utility: nved, premise, load: 'gas' })
  const from = instant('2020-10-01T00:00:00-04:00')
  return {
    label: 'bruno',
    utility: nved,
    person: 'Bruno',
    logins: ['bruno'],
    customers: [legacyCustomer('bruno-electric'), legacyCustomer('bruno-gas')],
    premises: [premise],
    agreements: [
      agreementOf({ label: 'bruno-electric', utility: nved, points: [electric], from }),
      agreementOf({ label: 'bruno-gas', utility: nved, points: [gas], from }),
    ],
    hasDuplicateBills: true,
  }
}

/** A home whose agreement was renewed at the same meter (the older one is superseded) and whose point edge comes twice. */
export function carmenHome(): AccountSpec {
  const premise = premiseOf({ number: 13, street: 'Mill Street', utility: nved })
  const point = pointOf({ label: 'carmen-home', utility: nved, premise, load: 'evening', nickname: 'Home', rate: 'TIME_OF_USE' })
  const renewed = instant('2025-02-01T00:00:00-05:00')
  const older = { label: 'carmen-home-1', utility: nved, points: [point], from: instant('2019-04-01T00:00:00-04:00'), until: renewed }
  return {
    label: 'carmen-home',
    utility: nved,
    person: 'Carmen',
    logins: ['carmen'],
    customers: [legacyCustomer('carmen-home')],
    premises: [premise],
    agreements: [
      agreementOf({ ...older, supersededBy: 'carmen-home-2' }),
      agreementOf({
        label: 'carmen-home-2',
        utility: nved,
        points: [point, point],
        from: renewed,
        ratePlan: 'time-of-use',
        nickname: 'Home',
      }),
    ],
  }
}

/** A shop in another time zone; its gas was given up, and the agreement is kept for its bills. */
export function carmenShop(): AccountSpec {
  const premise = premiseOf({ number: 14, street: 'Market Square', utility: nved, timeZone: 'America/Chicago' })
  const electric = pointOf({ label: 'carmen-shop', utility: nved, premise, load: 'shop', nickname: 'Shop' })
  const gas = pointOf({ label: 'carmen-shop-gas', utility: nved, premise, load: 'gas' })
  const from = instant('2022-03-01T00:00:00-06:00')
  const gaveUpGas = instant('2025-06-01T00:00:00-05:00')
  return {
    label: 'carmen-shop',
    utility: nved,
    person: 'Carmen Trading',
    business: true,
    logins: ['carmen'],
    customers: [legacyCustomer('carmen-shop')],
    premises: [premise],
    agreements: [
      agreementOf({ label: 'carmen-shop-gas', utility: nved, points: [gas], from, until: gaveUpGas }),
      agreementOf({ label: 'carmen-shop', utility: nved, points: [electric], from, nickname: 'Shop' }),
    ],
  }
}

/** Dora moved out, the place stood empty for a while, Emil moved in: one premise, one point, one meter, two accounts. */
export function doraThenEmil(): readonly AccountSpec[] {
  const dora = legacyCustomer('dora')
  const premise = premiseOf({ number: 15, street: 'Canal Row', utility: nved, siteCustomer: dora })
  const points = [pointOf({ label: 'canal-row-15', utility: nved, premise, load: 'evening' })]
  const from = instant('2021-03-01T00:00:00-05:00')
  const left = agreementOf({ label: 'dora', utility: nved, points, from, until: instant('2026-04-01T00:00:00-04:00') })
  const stays = agreementOf({ label: 'emil', utility: nved, points, from: instant('2026-04-18T00:00:00-04:00') })
  const shared = { utility: nved, premises: [premise] }
  return [
    { ...shared, label: 'dora', person: 'Dora', logins: ['dora'], customers: [dora], agreements: [left], hasForecast: false },
    { ...shared, label: 'emil', person: 'Emil', logins: ['emil'], customers: [legacyCustomer('emil')], agreements: [stays] },
  ]
}

/** A solar home: three registers of one meter, whose reads begin on three different days. */
export function sol(): AccountSpec {
  const usual = { unit: 'KWH', resolution: 'QUARTER_HOUR' } as const
  const registers: readonly Register[] = [
    { ...usual, quantity: 'DELIVERED', from: instant('2024-03-01T00:00:00-05:00') },
    { ...usual, quantity: 'RECEIVED', from: instant('2024-06-15T00:00:00-04:00') },
    { ...usual, quantity: 'NET_USAGE', from: instant('2024-07-01T00:00:00-04:00') },
  ]
  return simpleHousehold({ label: 'sol', person: 'Sol', number: 16, street: 'Hilltop', logins: ['sol'], load: 'solar', registers })
}

/** An account that exists, and little more: no reads, no premise edges, no forecast. */
export function iris(): AccountSpec {
  const point = pointOf({ label: 'iris', utility: nved, load: 'flat', registers: [] })
  const agreements = [agreementOf({ label: 'iris', utility: nved, points: [point], from: instant('2026-02-01T00:00:00-05:00') })]
  const customers = [legacyCustomer('iris')]
  return { label: 'iris', utility: nved, person: 'Iris', logins: ['iris'], customers, premises: [], agreements, hasForecast: false }
}

/** A customer of the second utility. */
export function vera(): AccountSpec {
  const home = { label: 'vera', person: 'Vera', number: 17, street: 'Harbor Way', utility: rvgl, timeZone: 'America/Los_Angeles' }
  return simpleHousehold({ ...home, logins: ['vera'], since: '2021-06-01T00:00:00-07:00' })
}
