/** Half-open, in milliseconds since the epoch: `from` belongs to it, `until` does not. */
export interface Interval {
  readonly from: number
  readonly until: number
}

/** The lengths of reads there are. A `DAY` is a local day of the meter's zone: 23, 24 or 25 hours. */
export type SeriesResolution = 'QUARTER_HOUR' | 'HALF_HOUR' | 'HOUR' | 'DAY'

/** `NET_USAGE` is `DELIVERED` minus `RECEIVED`; only a solar meter receives. */
export type SeriesQuantity = 'NET_USAGE' | 'DELIVERED' | 'RECEIVED'

/** How consumption runs over a day and a year. `gas` is read by the day only. */
export type MeterShape = 'flat' | 'evening' | 'shop' | 'solar' | 'gas'

export type SeriesUnit = 'KWH' | 'TH' | 'THERM' | 'CCF'

/** One metered service point. Keep the object: the sums of its days are remembered per object. */
export interface Meter {
  /** Two meters with one seed have the same consumption. */
  readonly seed: string
  /** IANA zone name, such as `America/New_York`. */
  readonly zone: string
  readonly shape: MeterShape
  readonly unit: SeriesUnit
  /** When its reads begin, milliseconds since the epoch, on a local midnight; about three years before now. */
  readonly from: number
  /** When its reads end, exclusive; open where absent. */
  readonly until?: number
  /** A solar meter's registers may begin later than the meter; absent ones begin with it. */
  readonly registersFrom?: Readonly<Partial<Record<SeriesQuantity, number>>>
  /** The canary of whoever occupies the point at that instant, if anybody; `canaries.ts` says which numbers serve and how they show. */
  readonly canaryAt?: (ms: number) => number | undefined
}

export interface Register {
  readonly quantity: SeriesQuantity
  readonly unit: SeriesUnit
  /** The finest reads it has. */
  readonly resolution: SeriesResolution
  /** From the register's first read to the last local midnight; undefined when there is nothing yet. */
  readonly available: Interval | undefined
}

export type RateKind = 'FLAT' | 'TIME_OF_USE'

export interface Pricing {
  readonly rate: RateKind
  /** The newest so many local days have no cost yet. Whole days, 0 to 3. @default 1 */
  readonly lagDays?: number
  /** How a missing cost shows: absent, or as nothing to pay. @default 'null' */
  readonly lagAs?: 'null' | 'zero'
}

export interface ReadQuery extends Interval {
  readonly quantity: SeriesQuantity
  readonly resolution: SeriesResolution
  /** The simulator's clock, milliseconds since the epoch: nothing is read after its last local midnight. */
  readonly now: number
  /** No costs where absent. */
  readonly pricing?: Pricing
}

export interface Read extends Interval {
  /** Millionths of the unit; sums of these are exact. */
  readonly micro: number | null
  /** `micro` as it is printed: in the meter's unit, at most six decimals. Null when the read is missing. */
  readonly value: number | null
  readonly readType: 'ACTUAL' | 'ESTIMATED'
  /** Cost with two decimals, in `USD`; null while it is not known yet, or without pricing. */
  readonly cost: number | null
  /** Summer weekday evenings; always false for days. */
  readonly isPeakPeriod: boolean
  readonly components: readonly RatedComponent[]
}

/** The part of a read that one rate prices. Parts of one read add up to it, in usage and in cost. */
export interface RatedComponent {
  readonly label: 'FLAT' | 'ON_PEAK' | 'OFF_PEAK'
  readonly micro: number
  readonly value: number
  readonly cost: number | null
  readonly costPerUnit: number
}

export interface RateData {
  readonly rateType: RateKind
  readonly tier: number | null
  /** Currency units per unit of usage. */
  readonly costPerUnit: number
  /** Local dates, `YYYY-MM-DD`. */
  readonly activationDate: string
  readonly inactivationDate: string | null
  readonly timeOfUsePeriod: {
    readonly label: string
    readonly timeOfUse: string
    readonly season: string
    readonly times: readonly string[]
  } | null
}

/** One agreement as bills see it. */
export interface BilledAgreement {
  /** Comes back in segments, for the caller to find its own object: the agreement's uuid. */
  readonly key: string
  readonly serviceType: 'ELECTRICITY' | 'GAS'
  readonly meters: readonly Meter[]
  /** @default 'FLAT' */
  readonly rate?: RateKind
  readonly from: number
  readonly until?: number
}

/** One account as bills, forecasts and comparisons see it. */
export interface BilledAccount {
  /** Decides the days of the month on which it is billed. */
  readonly seed: string
  readonly zone: string
  /** The occupancy, on local midnights; open at the end where `until` is absent. */
  readonly from: number
  readonly until?: number
  readonly agreements: readonly BilledAgreement[]
  /** Some periods occur twice among the bills. @default false */
  readonly duplicateBills?: boolean
}

/** A utility's habits of billing. */
export interface BillingRules {
  /** Paid per bill and agreement beside usage, two decimals. @default 10.00 */
  readonly fixedCharge?: number
  /** Solar bills that end after this lack most of their amounts. Milliseconds since the epoch. @default 2026-03-04 */
  readonly solarAmountsEnd?: number
}

export interface BillQuery extends BillingRules {
  readonly now: number
  /** Only bills that overlap it. */
  readonly during?: Interval
  /** The oldest so many. */
  readonly first?: number
  /** The newest so many. */
  readonly last?: number
}

export interface BillData extends Interval {
  /** Stable, unique within the account; make the bill's URN of it. */
  readonly key: string
  readonly segments: readonly BillSegmentData[]
}

/** Amounts are in `USD`, quantities in the agreement's unit; both are printed with two decimals. */
export interface BillSegmentData {
  readonly key: string
  readonly agreementKey: string
  /** Null on one segment in fifty: clients then take the bill's. */
  readonly usageInterval: Interval | null
  readonly estimated: boolean
  readonly unit: SeriesUnit
  /** `micro` is exactly the sum of the days in the interval; `value` is it as bills print it. */
  readonly quantities: readonly { readonly quantity: SeriesQuantity; readonly micro: number; readonly value: number }[]
  readonly usageCharges: number | null
  readonly currentAmount: number | null
  readonly deferredNEMCharges: number | null
  readonly totalNEMCharges: number | null
  readonly totalEnergyCosts: number | null
  readonly energyPurchased: number | null
  readonly energySold: number | null
  readonly rolloverBalanceEarned: number | null
  readonly rolloverBalanceUsed: number | null
}

export interface ForecastData extends Interval {
  readonly segments: readonly ForecastSegmentData[]
}

/** Usage in the unit, charges in `USD`; both with two decimals. */
export interface ForecastSegmentData {
  readonly agreementKey: string
  readonly unit: SeriesUnit
  readonly soFarUsage: number
  readonly soFarUsageCharges: number
  /** Null for the first days of a period. */
  readonly estimatedUsage: number | null
  readonly estimatedUsageCharges: number | null
  /** Null when the account was not there for the whole period a year ago. */
  readonly priorYearUsage: number | null
  readonly priorYearUsageCharges: number | null
}

/** A spot with weather and a neighbourhood: a premise. */
export interface Place {
  readonly seed: string
  readonly zone: string
}

export interface WeatherQuery extends Interval {
  readonly resolution: 'DAILY' | 'MULTI_DAY' | 'HOURLY'
  readonly unit: 'FAHRENHEIT' | 'CELSIUS'
  readonly now: number
}

/** Temperatures with one decimal. Print the interval as dates only when the resolution is not hourly. */
export interface WeatherData extends Interval {
  readonly min: number
  readonly mean: number
  readonly max: number
}

export type ComparisonFuel = 'ELEC' | 'GAS' | 'COMBINED'

/** Usage in `unit` with two decimals; `COMBINED` is in kWh, a therm counting as 29.3001. */
export interface ComparisonData extends Interval {
  readonly fuel: ComparisonFuel
  readonly unit: SeriesUnit
  readonly youUsage: number
  readonly averageOfAllNeighborsUsage: number
  readonly efficientNeighborsThresholdUsage: number
  readonly numberOfNeighbors: number
}

/** Areas in square feet, distances in miles, shares in percent. */
export interface NeighborDetailsData {
  readonly heatingType: string
  readonly dwellingType: string
  readonly percentWithSameHeatingType: number
  readonly percentWithSameDwellingType: number
  readonly averageLivingArea: number
  readonly averageDistance: number
  readonly maxDistance: number
  readonly minBedrooms: number
  readonly maxBedrooms: number
  readonly averageBedrooms: number
  readonly averageNumberOfOccupants: number
  readonly numberOfNeighbors: number
}

export interface CategoryData {
  readonly name: string
  /** 0 to 1; the ratios of one list add up to exactly 1. */
  readonly ratio: number
  /** In the unit of what was split, two decimals; the parts add up to it. */
  readonly usage: number
}
