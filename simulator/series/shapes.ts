import { localMidnight, weekdayOf } from './local-time.js'
import { fraction, pick } from './noise.js'
import type { Interval, MeterShape } from './types.js'

/** What the quarters of one local day have in common. */
export interface ShapedDay extends Interval {
  /** Counted from 1970-01-01. */
  readonly day: number
  readonly hours: number
  readonly warmth: number
  /** Whether a shop opens at all. */
  readonly open: boolean
  /** What the panels make in a quarter at noon, in hundredths of a kWh: clouds and season. */
  readonly sunAtNoon: number
}

const hourMs = 3_600_000
const quarterMs = 900_000

/** One quarter of an hour. */
export interface QuarterShape {
  /** Usage in hundredths of a kWh, whole and never negative. */
  readonly hundredths: number
  /** -1 where it flows back into the grid. */
  readonly sign: 1 | -1
  /** The hour's place among the day's hours of the same sign, and how many of these the day has. */
  readonly hour: number
  readonly hours: number
}

/** A solar home feeds in from eight to five, whatever the weather, and takes from the grid the rest of the day. */
const feedIn = { until: 7, hours: 9 } as const

let latest: { readonly zone: string; readonly seed: number; readonly shaped: ShapedDay } | undefined

/** The seed is the meter's, as a number. The latest day is remembered, since reads ask for it hour by hour. */
export function shapedDay(zone: string, day: number, seed: number): ShapedDay {
  if (latest?.shaped.day === day && latest.seed === seed && latest.zone === zone) return latest.shaped
  const shaped = shapeDay(zone, day, seed)
  latest = { zone, seed, shaped }
  return shaped
}

/** Net consumption of one quarter hour. No hour has quarters of both signs. */
export function quarterShape(shape: MeterShape, seed: number, day: ShapedDay, ms: number): QuarterShape {
  const { hours } = day
  const hour = Math.floor((ms - day.from) / hourMs)
  // Counted from the end of the day, which no change of the clock can move (it comes before four).
  const onTheClock = hour < 4 ? (ms - day.from) / hourMs : 24 - (day.until - ms) / hourMs
  const used = consumption(shape, pick(seed, ms / quarterMs, 100), day, onTheClock)
  if (shape !== 'solar') return { hundredths: used, sign: 1, hour, hours }
  const net = used - sunshine(day, onTheClock + 0.125)
  const fedInBefore = hour - (hours - feedIn.until - feedIn.hours)
  if (fedInBefore >= 0 && fedInBefore < feedIn.hours) {
    return { hundredths: Math.max(0, -net), sign: -1, hour: fedInBefore, hours: feedIn.hours }
  }
  return { hundredths: Math.max(0, net), sign: 1, hour: fedInBefore < 0 ? hour : hour - feedIn.hours, hours: hours - feedIn.hours }
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

function shapeDay(zone: string, day: number, seed: number): ShapedDay {
  const from = localMidnight(zone, day)
  const until = localMidnight(zone, day + 1)
  const sky = 0.55 + 0.45 * fraction(seed, day)
  const sunAtNoon = 185 * sky * (0.85 + 0.15 * warmth(day - 30))
  return { day, from, until, hours: Math.round((until - from) / hourMs), warmth: warmth(day), open: weekdayOf(day) !== 0, sunAtNoon }
}

function consumption(shape: MeterShape, wobble: number, day: ShapedDay, hour: number): number {
  if (shape === 'shop') return shopHundredths(day, hour, wobble)
  if (shape === 'flat') return 9 + Math.floor((wobble * 17) / 100)
  const season = 1 + 0.35 * Math.abs(day.warmth)
  const rise = 38 * bell(hour, 19.5, 2) + 9 * bell(hour, 7.5, 1.2)
  return Math.round((7 + rise) * season * (0.85 + wobble / 330))
}

/** Open from eight to seven, Monday to Saturday; refrigeration runs on. */
function shopHundredths({ open, warmth }: ShapedDay, hour: number, wobble: number): number {
  if (!open || hour < 8 || hour >= 19) return 22 + (wobble % 9)
  return 150 + Math.round(40 * Math.max(0, warmth)) + Math.round(wobble / 2)
}

/** What the panels make in a quarter, in hundredths of a kWh: about 6 kWh in the noon hour of a clear summer day. */
function sunshine({ warmth, sunAtNoon }: ShapedDay, hour: number): number {
  const away = Math.abs(hour - 12.5) / (4.8 + 0.5 * warmth)
  return away >= 1 ? 0 : Math.round(sunAtNoon * Math.cos(away * (Math.PI / 2)))
}

function bell(hour: number, centre: number, width: number): number {
  const away = (hour - centre) / width
  return away > 3 || away < -3 ? 0 : Math.exp(-away * away)
}
