import { localHour, weekdayOf } from './local-time.js'
import { fraction, pick } from './noise.js'
import type { MeterShape } from './types.js'

/** One local day, as the shapes need it. */
export interface ShapedDay {
  readonly zone: string
  /** Counted from 1970-01-01. */
  readonly day: number
}

const hourMs = 3_600_000
const quarterMs = 900_000

/**
 * Net consumption of one quarter hour in hundredths of a kWh, whole and signed. A home that feeds in does so for
 * whole hours: no hour has quarters of both signs.
 */
export function quarterShape(shape: MeterShape, seed: number, day: ShapedDay, ms: number): { hundredths: number; sign: 1 | -1 } {
  const index = ms / quarterMs
  const hour = localHour(day.zone, day.day, ms)
  if (shape !== 'solar') return { hundredths: consumption(shape, seed, day.day, hour, index), sign: 1 }
  const hourStart = Math.floor(ms / hourMs) * hourMs
  const middle = localHour(day.zone, day.day, hourStart) + 0.5
  const sign = sunshine(seed, day.day, middle) > 25 ? -1 : 1
  const net = consumption('evening', seed, day.day, hour, index) - Math.round(sunshine(seed, day.day, hour + 0.125))
  return { hundredths: Math.max(0, net * sign), sign }
}

/** Gas of one day in hundredths of a therm: much in winter, hot water only in summer. */
export function gasDayShape(seed: number, day: number): number {
  const cold = Math.max(0, -warmth(day))
  return Math.round(35 + pick(seed, day, 25) + 410 * cold * (0.8 + 0.4 * fraction(seed, day + 7)))
}

/** From -1 in late January to 1 in late July. */
export function warmth(day: number): number {
  return Math.sin(((day - 115) / 365.2425) * 2 * Math.PI)
}

function consumption(shape: MeterShape, seed: number, day: number, hour: number, index: number): number {
  const wobble = pick(seed, index, 100)
  if (shape === 'shop') return shopHundredths(day, hour, wobble)
  if (shape === 'flat') return 9 + Math.floor((wobble * 17) / 100)
  const season = 1 + 0.35 * Math.abs(warmth(day))
  const rise = 38 * bell(hour, 19.5, 2) + 9 * bell(hour, 7.5, 1.2)
  return Math.round((7 + rise) * season * (0.85 + wobble / 330))
}

/** Open from eight to seven, Monday to Saturday; refrigeration runs on. */
function shopHundredths(day: number, hour: number, wobble: number): number {
  const open = weekdayOf(day) !== 0 && hour >= 8 && hour < 19
  return open ? 150 + Math.round(40 * Math.max(0, warmth(day))) + Math.round(wobble / 2) : 22 + (wobble % 9)
}

/** What the panels make in a quarter, in hundredths of a kWh: the noon hour of a clear day near 6 kWh. */
function sunshine(seed: number, day: number, hour: number): number {
  const halfDay = 6 + 1.3 * warmth(day - 30)
  const height = Math.cos(((hour - 12.5) / halfDay) * (Math.PI / 2))
  if (height <= 0 || Math.abs(hour - 12.5) >= halfDay) return 0
  const sky = 0.55 + 0.45 * fraction(seed, day)
  return 185 * sky * height * (0.85 + 0.15 * warmth(day - 30))
}

function bell(hour: number, centre: number, width: number): number {
  return Math.exp(-(((hour - centre) / width) ** 2))
}
