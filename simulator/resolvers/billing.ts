import { billedAccount, zoneOf } from '../billed.js'
import type { Account, ServiceAgreement } from '../population/types.js'
import { billsOf } from '../series/bills.js'
import { formatInterval, parseInterval } from '../series/iso.js'
import type { BillData, Interval } from '../series/types.js'
import type { Ask } from './ask.js'

export interface BillsArgs {
  readonly first?: number | null
  readonly last?: number | null
  readonly during?: string | null
  readonly orderBy?: 'ASCENDING' | 'DESCENDING' | null
  readonly preserveDuplicateSegments?: boolean | null
}

/** From the first to the last billed day of some agreements of an account; null when none was billed yet. */
export function billSegmentsInterval(account: Account, agreements: readonly ServiceAgreement[], ask: Ask): string | null {
  const keys = new Set(agreements.map(({ uuid }) => uuid))
  const billed = billsFor(account, {}, ask).filter(({ segments }) => segments.some(({ agreementKey }) => keys.has(agreementKey)))
  const [first, last] = [billed[0], billed.at(-1)]
  return first === undefined || last === undefined ? null : writtenFor({ from: first.from, until: last.until }, account)
}

/** The bills that the arguments choose, oldest first. */
export function billsFor(account: Account, args: BillsArgs, ask: Ask): readonly BillData[] {
  const during = args.during == null ? undefined : parseInterval(args.during, { datesIn: zoneOf(account) })
  return billsOf(billedAccount(account, ask.now), {
    now: ask.now,
    ...(args.first == null ? {} : { first: args.first }),
    ...(args.last == null ? {} : { last: args.last }),
    ...(during === undefined || 'error' in during ? {} : { during }),
  })
}

/** An interval in the way this account's utility writes those of bills. */
export function writtenFor(interval: Interval, account: Account): string {
  return formatInterval(interval, account.utility.billIntervals, zoneOf(account))
}
