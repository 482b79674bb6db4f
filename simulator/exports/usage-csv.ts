import { meterOf } from '../meters.js'
import type { Account, ServiceAgreement, ServicePoint } from '../population/types.js'
import { formatLocal } from '../series/iso.js'
import { readsOf, registersOf } from '../series/reads.js'
import type { Meter, Read, Register } from '../series/types.js'
import type { ExportOrder } from './jobs.js'

const dayMs = 86_400_000

/**
 * The file of an export: for each agreement a head with the customer's name and address, then one line a read, with
 * values rounded to two decimals. Like the real file it holds the whole history of the point in the interval.
 */
export function usageCsv(order: ExportOrder, now: number): string {
  const blocks = order.accounts.flatMap(account =>
    account.agreements.flatMap(agreement => [...new Set(agreement.points)].map(point => block(account, agreement, point, order, now))),
  )
  return `${blocks.join('\n\n')}\n`
}

function block(account: Account, agreement: ServiceAgreement, point: ServicePoint, order: ExportOrder, now: number): string {
  const unit = point.kind === 'GAS' ? 'therms' : 'kWh'
  const head = [
    `Name,${quoted(account.name)}`,
    `Address,${quoted(point.premise?.addressLines.join(', ') ?? '')}`,
    `Account Number,${quoted(account.accountNumber)}`,
    `Service,${quoted(agreement.utilityId)}`,
    '',
    `TYPE,DATE,START TIME,END TIME,USAGE (${unit}),COST,NOTES`,
  ]
  return [...head, ...readsFor(point, order, now).map(read => line(read, point))].join('\n')
}

function readsFor(point: ServicePoint, { interval, missingDays }: ExportOrder, now: number): readonly Read[] {
  const meter = meterOf(point, now)
  const register = meter && registersOf(meter, now).find(({ quantity }) => quantity === 'NET_USAGE')
  if (meter === undefined || register === undefined) return []
  const reads = readsAt(meter, register, interval, now)
  // A file may lack most of its days, and nothing says so.
  return missingDays ? reads.filter(({ from }) => from < interval.from + 2 * dayMs) : reads
}

function readsAt(meter: Meter, { quantity, resolution }: Register, interval: ExportOrder['interval'], now: number): readonly Read[] {
  return readsOf(meter, { ...interval, quantity, resolution, now, pricing: { rate: 'FLAT' } })
}

function line(read: Read, { kind, timeZone }: ServicePoint): string {
  const [from, until] = [formatLocal(read.from, timeZone), formatLocal(read.until, timeZone)]
  const cost = read.cost === null ? '' : `$${read.cost.toFixed(2)}`
  const type = kind === 'GAS' ? 'Gas usage' : 'Electric usage'
  return [type, from.slice(0, 10), from.slice(11, 16), until.slice(11, 16), (read.value ?? 0).toFixed(2), cost, ''].join()
}

function quoted(value: string): string {
  return `"${value.replaceAll('"', '""')}"`
}
