import type { Account, Population, ServicePoint } from './population/types.js'
import { population } from './population/population.js'
import { localDayOf, localMidnight } from './series/local-time.js'
import type { Meter, SeriesQuantity } from './series/types.js'

/** How long reads are kept, in local days: about three years. */
const keptDays = 1_095

/** Meters are kept as objects, since the sums of their days are remembered per object. */
const meters = new WeakMap<ServicePoint, Meter>()
const occupants = occupantsOf(population)

/** The meter of a point as of `now`; undefined where nothing is metered. */
export function meterOf(point: ServicePoint, now: number): Meter | undefined {
  const starts = point.registers.map(register => register.from)
  if (starts.length === 0) return undefined
  const kept = localMidnight(point.timeZone, localDayOf(point.timeZone, now) - keptDays)
  const from = Math.max(kept, Math.min(...starts))
  const known = meters.get(point)
  if (known?.from === from) return known
  const meter = createMeter(point, from)
  meters.set(point, meter)
  return meter
}

function createMeter(point: ServicePoint, from: number): Meter {
  const registersFrom: Partial<Record<SeriesQuantity, number>> = Object.fromEntries(
    point.registers.map(({ quantity, from }) => [quantity, from]),
  )
  const unit = point.kind === 'GAS' ? 'TH' : 'KWH'
  return { seed: point.uuid, zone: point.timeZone, shape: point.load, unit, from, registersFrom, canaryAt: ms => canaryAt(point, ms) }
}

/** The canary of whoever occupies the point then. */
function canaryAt(point: ServicePoint, ms: number): number | undefined {
  return occupants.get(point)?.find(({ from, until }) => ms >= from && ms < until)?.canary
}

interface Occupant {
  readonly from: number
  readonly until: number
  readonly canary: number
}

function occupantsOf({ accounts }: Population): ReadonlyMap<ServicePoint, readonly Occupant[]> {
  const found = new Map<ServicePoint, Occupant[]>()
  for (const account of accounts) {
    for (const point of new Set(account.agreements.flatMap(agreement => agreement.points))) {
      found.set(point, [...(found.get(point) ?? []), occupantOf(account, point)])
    }
  }
  return found
}

function occupantOf(account: Account, point: ServicePoint): Occupant {
  const agreements = account.agreements.filter(({ points }) => points.includes(point))
  return {
    from: Math.min(...agreements.map(({ from }) => from)),
    until: Math.max(...agreements.map(({ until }) => until ?? Infinity)),
    canary: Number(account.canaries.reads),
  }
}
