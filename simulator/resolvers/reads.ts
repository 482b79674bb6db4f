import { dataFetchingException } from '../graphql/java-errors.js'
import { meterOf } from '../meters.js'
import type { ServicePoint } from '../population/types.js'
import { formatInterval, parseInterval } from '../series/iso.js'
import { ratesOf } from '../series/rates.js'
import { readsOf, registersOf } from '../series/reads.js'
import type { Interval, Meter, Pricing, Read, Register, SeriesQuantity, SeriesResolution } from '../series/types.js'
import { measured, money } from './amounts.js'
import type { Ask } from './ask.js'
import type { DrawnWindows, ReadWindow } from './read-bleed.js'

export interface ReadStreamsArgs {
  readonly timeInterval?: string | null
  readonly readResolution?: string | null
  readonly includePeakTimeRebates?: boolean | null
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** What the peak time rebate pays for a kWh. */
const rebatePerKwh = 1.25

/**
 * Reads of one window: at most 720 absolute hours below a day, 365 days by the day (Opower facts, section 6). The
 * wrong window fails this field alone.
 */
export function readStreamsView(point: ServicePoint, args: ReadStreamsArgs, ask: Ask): object | Promise<object> {
  const own: ReadWindow = {
    timeInterval: args.timeInterval ?? null,
    readResolution: args.readResolution ?? null,
    includePeakTimeRebates: args.includePeakTimeRebates === true,
  }
  assertWindow(own)
  const drawn = ask.bleed.draw(point.uuid, own)
  return drawn instanceof Promise ? drawn.then(windows => streamsIn(point, windows, ask)) : streamsIn(point, drawn, ask)
}

function streamsIn(point: ServicePoint, { net, delivered }: DrawnWindows, ask: Ask): object {
  const meter = meterOf(point, ask.now)
  const stream = (quantity: SeriesQuantity, window: ReadWindow) => () =>
    meter === undefined ? [] : streamsOf(point, meter, quantity, window, ask)
  return {
    timeInterval: net.timeInterval,
    rates: () => ratesView(point),
    netUsage: stream('NET_USAGE', net),
    energyDelivered: stream('DELIVERED', delivered),
    energyReceived: stream('RECEIVED', net),
    reactiveEnergyDelivered: [],
    demand: [],
    reactivePower: null,
    apparentPower: null,
    powerFactor: null,
  }
}

function streamsOf(point: ServicePoint, meter: Meter, quantity: SeriesQuantity, window: ReadWindow, ask: Ask): readonly object[] {
  const register = registersOf(meter, ask.now).find(candidate => candidate.quantity === quantity)
  const interval = intervalOf(window, register)
  const resolution = resolutionOf(window, register)
  if (register === undefined || interval === undefined || resolution === undefined || isCoarser(register, resolution)) return []
  if (isOutside(register, interval)) {
    if (ask.faults.outsideRange === 'error') throw dataFetchingException('No data returned from API')
    return []
  }
  const pricing: Pricing = { rate: point.rate, lagDays: ask.world.profile.costLagDays, lagAs: lagAs(point) }
  const reads = readsOf(meter, { quantity, resolution, ...interval, now: ask.now, pricing })
  return [{ ...streamHead(register), reads: reads.map(read => readView(read, register.unit, window.includePeakTimeRebates)) }]
}

function streamHead({ quantity, unit }: Register): object {
  const isOpowerDerived = quantity === 'NET_USAGE' && unit === 'KWH'
  return { serviceQuantityIdentifier: quantity, unit, isOpowerDerived, registerId: `${unit}:${quantity}` }
}

export function readView(read: Read, unit: string, withRebates = false): object {
  const rebate = withRebates && read.isPeakPeriod && read.value !== null ? Math.round(read.value * rebatePerKwh * 100) / 100 : null
  return {
    readType: read.readType,
    timeInterval: formatInterval(read),
    measuredAmount: read.value === null ? missingAmount(read, unit) : measured(read.value, unit),
    monetaryAmount: money(read.cost),
    rebateAmount: money(rebate),
    isPeakPeriod: read.isPeakPeriod,
    isMaximum: null,
    ratedReadComponents: read.components.map(component => ({
      measuredAmount: measured(component.value, unit),
      monetaryAmount: money(component.cost),
      costPerUnit: money(component.costPerUnit),
      attributes: [{ key: 'label', value: component.label }],
    })),
  }
}

/** A missing amount is null, or an amount whose value is null: both are seen. */
function missingAmount({ from }: Interval, unit: string): object | null {
  return (from / hourMs) % 2 === 0 ? null : { value: null, unit }
}

function ratesView(point: ServicePoint): readonly object[] {
  const rates = ratesOf(point.rate, point.kind === 'GAS' ? 'TH' : 'KWH')
  return rates.map(rate => ({ ...rate, costPerUnit: money(rate.costPerUnit) }))
}

/** While a cost is not known yet, some points say nothing and others say zero. */
function lagAs({ uuid }: ServicePoint): 'null' | 'zero' {
  return /^[0-7]/.test(uuid) ? 'null' : 'zero'
}

/** Bare dates say nothing about the hour, so they are no window of reads. */
function assertWindow({ timeInterval, readResolution }: ReadWindow): void {
  if (timeInterval === null) return
  const interval = parseInterval(timeInterval)
  if ('error' in interval) throw dataFetchingException(interval.error)
  const length = interval.until - interval.from
  const byDay = readResolution === 'DAY' || readResolution === 'MONTH' || readResolution === 'BILLING'
  if (byDay && length > 365 * dayMs) throw dataFetchingException('Provided range must be no more than 365 days.')
  if (!byDay && length > 720 * hourMs) throw dataFetchingException('Provided range must be no more than 720 hours.')
}

/** Without a window: the last day there is, or the last thirty where reads are by the day. */
function intervalOf({ timeInterval, readResolution }: ReadWindow, register: Register | undefined): Interval | undefined {
  if (timeInterval !== null) return readInterval(timeInterval)
  const until = register?.available?.until
  const days = readResolution === 'DAY' || register?.resolution === 'DAY' ? 30 : 1
  return until === undefined ? undefined : { from: until - days * dayMs, until }
}

function readInterval(text: string): Interval | undefined {
  const interval = parseInterval(text)
  return 'error' in interval ? undefined : interval
}

const resolutions: readonly SeriesResolution[] = ['QUARTER_HOUR', 'HALF_HOUR', 'HOUR', 'DAY']

function resolutionOf({ readResolution }: ReadWindow, register: Register | undefined): SeriesResolution | undefined {
  return readResolution === null ? register?.resolution : resolutions.find(known => known === readResolution)
}

function isCoarser(register: Register, asked: SeriesResolution): boolean {
  return resolutions.indexOf(register.resolution) > resolutions.indexOf(asked)
}

function isOutside({ available }: Register, { from, until }: Interval): boolean {
  return available === undefined || until <= available.from || from >= available.until
}
