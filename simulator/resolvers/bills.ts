import { billedAccount } from '../billed.js'
import { urnOf, uuidOf } from '../population/identifiers.js'
import type { Account } from '../population/types.js'
import { comparisonOf } from '../series/neighbors.js'
import type { BillData, BillSegmentData, Interval } from '../series/types.js'
import { segmentAgreement } from './agreements.js'
import { measured, money } from './amounts.js'
import { strangerAt, undisturbed } from './ask.js'
import type { Ask } from './ask.js'
import { billsFor, writtenFor } from './billing.js'
import type { BillsArgs } from './billing.js'
import { categoriesIn } from './categories.js'
import { comparisonView, fuelOf } from './comparisons.js'

/** The bills of an account, oldest first unless asked otherwise. Duplicates stay in, whatever is asked of segments. */
export function billsView(account: Account, args: BillsArgs, ask: Ask): readonly object[] {
  const bills = billsFor(account, args, ask)
  const ordered = args.orderBy === 'DESCENDING' ? [...bills].reverse() : bills
  const stranger = strangerAt('segment', [account], ask)
  return ordered.map((bill, place) => billView(bill, account, ask, place === 0 ? stranger : undefined))
}

function billView(bill: BillData, account: Account, ask: Ask, stranger: Account | undefined): object {
  const uuid = uuidOf(`bill:${account.uuid}:${bill.key}`)
  return {
    urn: urnOf('bill', account.utility.code, uuid),
    timeInterval: writtenFor(bill, account),
    segments: () => [
      ...bill.segments.map(segment => segmentView(segment, account, ask)),
      ...(stranger === undefined ? [] : strangeSegments(stranger, bill, ask)),
    ],
    consumptionCategories: () => bill.segments.flatMap(segment => categoriesIn(segment, account)),
    neighborComparison: ({ serviceType }: { readonly serviceType?: string | null }) =>
      comparisonView(comparisonOf(billedAccount(account, ask.now), fuelOf(serviceType ?? null), bill)),
  }
}

/** One segment of the stranger's own newest bill. */
function strangeSegments(stranger: Account, { until }: Interval, ask: Ask): readonly object[] {
  const bills = billsFor(stranger, {}, ask)
  const bill = bills.findLast(candidate => candidate.from < until) ?? bills[0]
  return (bill?.segments.slice(0, 1) ?? []).map(segment => segmentView(segment, stranger, undisturbed(ask)))
}

function segmentView(segment: BillSegmentData, account: Account, ask: Ask): object {
  const uuid = uuidOf(`segment:${account.uuid}:${segment.key}`)
  return {
    urn: urnOf('billsegment', account.utility.code, uuid),
    usageInterval: segment.usageInterval === null ? null : writtenFor(segment.usageInterval, account),
    serviceAgreement: ({ aliased }: { readonly aliased?: boolean | null }) =>
      segmentAgreement(segment.agreementKey, account, ask, aliased === true),
    estimated: segment.estimated,
    serviceQuantities: segment.quantities.map(({ quantity, value }) => ({
      unit: segment.unit,
      serviceQuantityIdentifier: quantity,
      utilityServiceQuantityIdentifier: `${account.canaries.bill}-${segment.unit}`,
      serviceQuantity: measured(value, segment.unit),
    })),
    usageCharges: money(segment.usageCharges),
    currentAmount: money(segment.currentAmount),
    deferredNEMCharges: money(segment.deferredNEMCharges),
    totalNEMCharges: money(segment.totalNEMCharges),
    energyPurchased: measured(segment.energyPurchased, segment.unit),
    energySold: measured(segment.energySold, segment.unit),
    rolloverBalanceEarned: measured(segment.rolloverBalanceEarned, segment.unit),
    rolloverBalanceUsed: measured(segment.rolloverBalanceUsed, segment.unit),
    totalEnergyCosts: money(segment.totalEnergyCosts),
  }
}
