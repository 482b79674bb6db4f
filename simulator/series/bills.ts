import { closedPeriodsOf, intersection } from './billing-cycle.js'
import { agreementUsage, cents, unitOf, usageChargesOf } from './charges.js'
import { localDayOf } from './local-time.js'
import { pick, seedOf } from './noise.js'
import { rounded } from './usage.js'
import type { BillData, BilledAccount, BilledAgreement, BillingRules, BillQuery, BillSegmentData, Interval } from './types.js'

const defaults = { fixedCharge: 10, solarAmountsEnd: Date.UTC(2026, 2, 4) } as const

/**
 * The bills of an account, oldest first: one for each closed billing period within its occupancy, with one segment for
 * each agreement that ran in it. They reach back to the start of the occupancy, further than reads do.
 */
export function billsOf(account: BilledAccount, query: BillQuery): BillData[] {
  const { now, during, first, last } = query
  const all = closedPeriodsOf(account, now).filter(period => during === undefined || intersection(period, during))
  const printed = all.flatMap((period, at) => copiesOf(account, period, at === all.length - 1))
  const wanted = last === undefined ? printed.slice(0, first) : printed.slice(0, first).slice(-last || printed.length)
  return wanted.map(({ key, period }) => ({ ...period, key, segments: segmentsOf(account, period, key, query) }))
}

interface Copy {
  readonly key: string
  readonly period: Interval
}

/** Where bills occur twice, the newest does, and one in six of the others: another key, the same period. */
function copiesOf(account: BilledAccount, period: Interval, newest: boolean): Copy[] {
  const day = localDayOf(account.zone, period.from)
  const key = `${account.seed}:${day}`
  const twice = account.duplicateBills === true && (newest || pick(seedOf(account.seed), day, 6) === 0)
  return twice
    ? [
        { key, period },
        { key: `${key}:again`, period },
      ]
    : [{ key, period }]
}

function segmentsOf(account: BilledAccount, period: Interval, billKey: string, rules: BillingRules): BillSegmentData[] {
  return account.agreements.flatMap(agreement => {
    const interval = intersection(period, agreement)
    return interval ? [segmentOf(agreement, interval, `${billKey}:${agreement.key}`, rules)] : []
  })
}

function segmentOf(agreement: BilledAgreement, interval: Interval, key: string, rules: BillingRules): BillSegmentData {
  const isSolar = agreement.meters.some(({ shape }) => shape === 'solar')
  const quantities = isSolar ? (['NET_USAGE', 'DELIVERED', 'RECEIVED'] as const) : (['NET_USAGE'] as const)
  const usages = quantities.map(quantity => ({ quantity, micro: agreementUsage(agreement, quantity, interval) }))
  const fixed = rules.fixedCharge ?? defaults.fixedCharge
  const amounts = isSolar ? solarAmounts(agreement, interval, fixed, rules) : plainAmounts(agreement, interval, fixed)
  return {
    key,
    agreementKey: agreement.key,
    usageInterval: pick(seedOf(key), 1, 50) === 0 ? null : interval,
    estimated: pick(seedOf(key), 2, 40) === 0,
    unit: unitOf(agreement),
    quantities: usages.map(usage => ({ ...usage, value: rounded(usage.micro) })),
    ...amounts,
  }
}

type Amounts = Omit<BillSegmentData, 'key' | 'agreementKey' | 'usageInterval' | 'estimated' | 'unit' | 'quantities'>

const noSolarAmounts = {
  deferredNEMCharges: null,
  totalNEMCharges: null,
  totalEnergyCosts: null,
  energyPurchased: null,
  energySold: null,
  rolloverBalanceEarned: null,
  rolloverBalanceUsed: null,
} as const

function plainAmounts(agreement: BilledAgreement, interval: Interval, fixed: number): Amounts {
  const usageCharges = usageChargesOf(agreement, interval)
  return { ...noSolarAmounts, usageCharges, currentAmount: cents(usageCharges + fixed) }
}

/**
 * Net metering: the month's energy is settled once a year, so only the fixed part is due now. Bills that end after
 * a certain date lack the energy amounts altogether.
 */
function solarAmounts(agreement: BilledAgreement, interval: Interval, fixed: number, rules: BillingRules): Amounts {
  const energy = interval.until > (rules.solarAmountsEnd ?? defaults.solarAmountsEnd) ? null : usageChargesOf(agreement, interval)
  const purchased = agreementUsage(agreement, 'DELIVERED', interval)
  const sold = agreementUsage(agreement, 'RECEIVED', interval)
  return {
    usageCharges: energy,
    currentAmount: fixed,
    deferredNEMCharges: energy,
    totalNEMCharges: energy === null ? null : cents(energy + fixed),
    totalEnergyCosts: energy,
    energyPurchased: rounded(purchased),
    energySold: rounded(sold),
    rolloverBalanceEarned: rounded(Math.max(0, sold - purchased)),
    rolloverBalanceUsed: rounded(Math.max(0, purchased - sold)),
  }
}
