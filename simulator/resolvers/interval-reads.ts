import { dataFetchingException } from '../graphql/java-errors.js'
import { meterOf } from '../meters.js'
import type { ServiceAgreement, ServicePoint } from '../population/types.js'
import { parseInterval } from '../series/iso.js'
import { intervalReadsOf } from '../series/interval-reads.js'
import { registersOf } from '../series/reads.js'
import type { Interval, Meter, Read, Register } from '../series/types.js'
import type { Ask } from './ask.js'
import { readView } from './reads.js'

export interface IntervalReadsArgs {
  readonly registerId?: string | null
  readonly units: readonly string[]
  readonly serviceQuantityIdentifier: readonly string[]
  readonly readResolution?: string | null
  readonly timeInterval?: string | null
  readonly onlyUnverifiedStreams?: boolean | null
}

const hourMs = 3_600_000

/** Register reads of one point, at most 24 absolute hours a call (Opower facts, section 6); on the edge alone. */
export function pointIntervalReads(point: ServicePoint, args: IntervalReadsArgs, ask: Ask): readonly object[] {
  const interval = intervalOf(args)
  const meter = meterOf(point, ask.now)
  if (meter === undefined) return []
  // Meters without a stream in near real time fail when one is asked for.
  if (args.onlyUnverifiedStreams === true && point.kind === 'GAS') throw dataFetchingException('No data returned from API')
  const registers = registersOf(meter, ask.now).filter(register => isWanted(register, args))
  return registers.map(register => ({
    serviceType: point.kind,
    serviceQuantityIdentifier: register.quantity,
    unit: register.unit,
    registerId: `${register.unit}:${register.quantity}`,
    reads: readsIn(meter, register, interval, args, ask.now).map(read => readView(read, register.unit)),
  }))
}

/** The same over all points of an agreement, each point once. */
export function agreementIntervalReads(agreement: ServiceAgreement, args: IntervalReadsArgs, ask: Ask): readonly object[] {
  return [...new Set(agreement.points)].flatMap(point => pointIntervalReads(point, args, ask))
}

function intervalOf({ timeInterval }: IntervalReadsArgs): Interval | undefined {
  if (timeInterval == null) return undefined
  const interval = parseInterval(timeInterval)
  if ('error' in interval) throw dataFetchingException(interval.error)
  if (interval.until - interval.from > 24 * hourMs) throw dataFetchingException('Provided range must be no more than 24 hours.')
  return interval
}

/** Empty lists leave every unit and quantity in, as the widgets rely on. */
function isWanted({ unit, quantity }: Register, { registerId, units, serviceQuantityIdentifier }: IntervalReadsArgs): boolean {
  const isUnit = units.length === 0 || units.includes(unit)
  const isQuantity = serviceQuantityIdentifier.length === 0 || serviceQuantityIdentifier.includes(quantity)
  return isUnit && isQuantity && (registerId == null || registerId === `${unit}:${quantity}`)
}

/** Without a window: the newest 24 hours there are. */
function readsIn(
  meter: Meter,
  { quantity }: Register,
  interval: Interval | undefined,
  args: IntervalReadsArgs,
  now: number,
): readonly Read[] {
  const { readResolution, onlyUnverifiedStreams } = args
  const resolution = readResolution === 'HOUR' || readResolution === 'HALF_HOUR' ? readResolution : 'QUARTER_HOUR'
  return intervalReadsOf(meter, { ...interval, quantity, resolution, now, unverified: onlyUnverifiedStreams === true })
}
