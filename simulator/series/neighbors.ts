import { intersection } from './billing-cycle.js'
import { agreementUsage } from './charges.js'
import { dateOf, dayOf, localDayOf, localMidnight } from './local-time.js'
import { fraction, pick, seedOf } from './noise.js'
import { warmth } from './shapes.js'
import { rounded } from './usage.js'
import type { BilledAccount, ComparisonData, ComparisonFuel, Interval, NeighborDetailsData, Place } from './types.js'

/** kWh in a therm. */
const kwhPerTherm = 29.3001

/** How many months a comparison reaches back. */
const months = 13

/**
 * Comparisons for the last thirteen calendar months that are over, oldest first, each clipped to the occupancy.
 * Empty when the account has no agreement for the fuel.
 */
export function comparisonsOf(account: BilledAccount, fuel: ComparisonFuel, now: number): ComparisonData[] {
  const { year, month } = dateOf(localDayOf(account.zone, now))
  const starts = Array.from({ length: months + 1 }, (_, at) => localMidnight(account.zone, dayOf(year, month - months + at, 1)))
  return starts.slice(0, -1).flatMap((from, at) => comparisonOf(account, fuel, { from, until: starts[at + 1] ?? from }) ?? [])
}

/** The comparison for one period, clipped to the occupancy; null when nothing of the fuel was used in it. */
export function comparisonOf(account: BilledAccount, fuel: ComparisonFuel, period: Interval): ComparisonData | null {
  const own = intersection(period, account)
  const usage = own && usageOfFuel(account, fuel, own)
  if (!own || usage === undefined) return null
  const average = averageOf(account, fuel, own)
  const unit = fuel === 'GAS' ? 'THERM' : 'KWH'
  return {
    ...own,
    fuel,
    unit,
    youUsage: rounded(usage),
    averageOfAllNeighborsUsage: rounded(average),
    efficientNeighborsThresholdUsage: rounded(average * 0.71),
    numberOfNeighbors: groupSize(account.seed),
  }
}

/** The make-up of the group that a home is compared with. */
export function neighborDetailsOf({ seed }: Place): NeighborDetailsData {
  const noise = seedOf(`neighbors:${seed}`)
  const oneOf = (index: number, ...names: [string, ...string[]]) => names[pick(noise, index, names.length)] ?? names[0]
  return {
    heatingType: oneOf(1, 'GAS', 'ELECTRIC', 'HEAT_PUMP'),
    dwellingType: oneOf(2, 'SINGLE_FAMILY', 'MULTI_FAMILY'),
    percentWithSameHeatingType: 60 + pick(noise, 3, 40),
    percentWithSameDwellingType: 70 + pick(noise, 4, 30),
    averageLivingArea: 900 + pick(noise, 5, 1400),
    averageDistance: Math.round(20 + 60 * fraction(noise, 6)) / 100,
    maxDistance: Math.round(100 + 150 * fraction(noise, 7)) / 100,
    minBedrooms: 1 + pick(noise, 8, 2),
    maxBedrooms: 3 + pick(noise, 9, 3),
    averageBedrooms: 2 + pick(noise, 10, 10) / 10,
    averageNumberOfOccupants: 2 + pick(noise, 11, 12) / 10,
    numberOfNeighbors: groupSize(seed),
  }
}

/** Millionths of a kWh, or of a therm for gas alone; undefined without any agreement for it. */
function usageOfFuel(account: BilledAccount, fuel: ComparisonFuel, period: Interval): number | undefined {
  const parts = account.agreements.flatMap(agreement => {
    const interval = intersection(period, agreement)
    if (!interval || !counts(fuel, agreement.serviceType)) return []
    const micro = agreementUsage(agreement, 'NET_USAGE', interval)
    return [fuel === 'COMBINED' && agreement.serviceType === 'GAS' ? micro * kwhPerTherm : micro]
  })
  return parts.length === 0 ? undefined : parts.reduce((sum, part) => sum + part, 0)
}

function counts(fuel: ComparisonFuel, serviceType: 'ELECTRICITY' | 'GAS'): boolean {
  return fuel === 'COMBINED' || (fuel === 'GAS') === (serviceType === 'GAS')
}

/** What an average home of the group uses: it has the same fuels. */
function averageOf(account: BilledAccount, fuel: ComparisonFuel, { from, until }: Interval): number {
  const electricity = account.agreements.some(({ serviceType }) => serviceType === 'ELECTRICITY') && fuel !== 'GAS'
  const gas = account.agreements.some(({ serviceType }) => serviceType === 'GAS') && fuel !== 'ELEC'
  const factor = 0.85 + 0.3 * fraction(seedOf(account.seed), 5)
  let sum = 0
  for (let day = localDayOf(account.zone, from); localMidnight(account.zone, day) < until; day++) {
    const therms = 0.47 + 4.1 * Math.max(0, -warmth(day))
    sum += (electricity ? 15 * (1 + 0.35 * Math.abs(warmth(day))) : 0) + (gas ? therms * (fuel === 'GAS' ? 1 : kwhPerTherm) : 0)
  }
  return Math.round(sum * factor * 1_000_000)
}

function groupSize(seed: string): number {
  return 60 + pick(seedOf(seed), 6, 41)
}
