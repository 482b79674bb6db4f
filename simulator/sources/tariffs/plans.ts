import { ratesOf } from '../../series/rates.js'

export interface Plan {
  readonly code: string
  readonly name: string
  readonly summary: string
  readonly service: 'ELECTRICITY' | 'GAS'
  readonly customerClass: 'RESIDENTIAL' | 'COMMERCIAL'
  readonly fixedCharge: number
  readonly validFrom: string
  readonly seasons: readonly Season[]
  readonly prices: readonly Price[]
}

interface Season {
  readonly name: 'ALL_YEAR' | 'SUMMER' | 'WINTER'
  readonly firstDay: string
  readonly lastDay: string
}

interface Price {
  readonly season: Season['name']
  readonly timeOfUse: 'ALL_HOURS' | 'ON_PEAK' | 'OFF_PEAK'
  readonly hours: readonly { readonly weekdays: readonly number[]; readonly from: string; readonly until: string }[]
  readonly amount: number
  readonly unit: 'KWH' | 'TH'
}

const year = [{ name: 'ALL_YEAR', firstDay: '01-01', lastDay: '12-31' }] as const
const twoSeasons = [
  { name: 'SUMMER', firstDay: '06-01', lastDay: '09-30' },
  { name: 'WINTER', firstDay: '10-01', lastDay: '05-31' },
] as const
const summerEvenings = [{ weekdays: [1, 2, 3, 4, 5], from: '16:00', until: '21:00' }] as const
const flatly = { season: 'ALL_YEAR', timeOfUse: 'ALL_HOURS', hours: [] } as const

/** What a price of the plans is, is what Opower's reads are priced with. */
const [flat = NaN] = ratesOf('FLAT').map(({ costPerUnit }) => costPerUnit)
const [gas = NaN] = ratesOf('FLAT', 'TH').map(({ costPerUnit }) => costPerUnit)
const [onPeak = NaN, offPeak = NaN] = ratesOf('TIME_OF_USE').map(({ costPerUnit }) => costPerUnit)

const usual = { customerClass: 'RESIDENTIAL', fixedCharge: 10, validFrom: '2023-01-01' } as const

/** The catalogue, in the order of its codes. The codes are those of the agreements, and one that no agreement has. */
export const plans: readonly Plan[] = [
  {
    ...usual,
    code: 'COM-1',
    name: 'Commercial flat rate',
    summary: 'One price at all hours, for businesses',
    service: 'ELECTRICITY',
    customerClass: 'COMMERCIAL',
    fixedCharge: 24.5,
    seasons: year,
    prices: [{ ...flatly, amount: 0.29871, unit: 'KWH' }],
  },
  {
    ...usual,
    code: 'GAS-1',
    name: 'Residential gas',
    summary: 'One price for all gas',
    service: 'GAS',
    seasons: year,
    prices: [{ ...flatly, amount: gas, unit: 'TH' }],
  },
  {
    ...usual,
    code: 'RES-1',
    name: 'Residential flat rate',
    summary: 'One price at all hours',
    service: 'ELECTRICITY',
    seasons: year,
    prices: [{ ...flatly, amount: flat, unit: 'KWH' }],
  },
  {
    ...usual,
    code: 'RES-TOU',
    name: 'Residential time of use',
    summary: 'Dearer on summer evenings',
    service: 'ELECTRICITY',
    seasons: twoSeasons,
    prices: [
      { season: 'SUMMER', timeOfUse: 'ON_PEAK', hours: summerEvenings, amount: onPeak, unit: 'KWH' },
      { season: 'SUMMER', timeOfUse: 'OFF_PEAK', hours: [], amount: offPeak, unit: 'KWH' },
      { season: 'WINTER', timeOfUse: 'OFF_PEAK', hours: [], amount: offPeak, unit: 'KWH' },
    ],
  },
]
