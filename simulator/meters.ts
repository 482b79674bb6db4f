import type { Account, Population, ServicePoint } from './population/types.js'
import { population } from './population/population.js'
import { localDayOf, localHour, localMidnight } from './series/local-time.js'
import type { Meter, SeriesQuantity } from './series/types.js'

/** How long reads are kept, in local days: about three years. */
const keptDays = 1_095

const quarterMs = 900_000

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
  return { seed: point.uuid, zone: point.timeZone, shape: point.load, unit, from, registersFrom, canaryAt: ms => lowDigits(point, ms) }
}

/**
 * The last four of a quarter's six decimals (of a day's, for gas): the canary of whoever occupies the point then, 10000
 * minus that canary, or 0. They take turns, so that any sum of neighbouring reads ends in one of the three again: in
 * every hour some quarters show the canary, and every other hour and every other day show it too; no sum ever shows
 * digits that somebody might take for another account's canary.
 */
function lowDigits(point: ServicePoint, ms: number): number {
  const occupant = occupants.get(point)?.find(({ from, until }) => ms >= from && ms < until)
  if (occupant === undefined) return 0
  const turn = point.load === 'gas' ? dayTurn(point, ms) : quarterTurn(point, ms)
  return turn === 0 ? 0 : turn > 0 ? occupant.canary : 10_000 - occupant.canary
}

function dayTurn(point: ServicePoint, ms: number): number {
  return localDayOf(point.timeZone, ms) % 2 === 0 ? 1 : -1
}

/** Within an hour that adds up to one canary: plus, minus, plus, nothing. */
function quarterTurn(point: ServicePoint, ms: number): number {
  const day = localDayOf(point.timeZone, ms)
  const hour = Math.floor(localHour(point.timeZone, day, ms))
  const turns = point.load === 'solar' ? solarTurns : hourTurns
  const within = [1, -1, 1, 0][Math.floor(ms / quarterMs) % 4] ?? 0
  return (turns.get(hour) ?? 0) * within * dayTurn(point, ms)
}

/** Plus and minus in turn, beginning and ending with plus; the hours of a clock change, and noon, stay out of it. */
const hourTurns = turnsOf([0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23])

/** In hours that are surely dark, one canary a day; in two that are surely light, nothing over the day. */
const solarTurns = new Map([...turnsOf([0, 3, 4]), ...turnsOf([11, 12])])

function turnsOf(hours: readonly number[]): Map<number, number> {
  return new Map(hours.map((hour, place) => [hour, place % 2 === 0 ? 1 : -1]))
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
