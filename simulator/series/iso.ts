import { localDayOf, localMidnight, offsetAt } from './local-time.js'
import type { Interval } from './types.js'

/**
 * How an interval is written: `utc` is half-open in Z, `offset` half-open with the zone's offset on each half,
 * `inclusive` ends with the last second that still belongs to it, `date` has bare local dates, end exclusive.
 */
export type IntervalStyle = 'utc' | 'offset' | 'inclusive' | 'date'

/** Why a text is no interval; safe to show to whoever sent it. */
export interface IntervalFault {
  readonly error: string
}

export interface ParseOptions {
  /** The zone in which bare dates count, each as its local midnight. Bare dates are refused where absent. */
  readonly datesIn?: string
}

/** `2026-06-01T07:00:00Z`: seconds, never milliseconds. */
export function formatInstant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

/** `2026-06-01T00:00:00-07:00`. */
export function formatLocal(ms: number, zone: string): string {
  const offset = offsetAt(zone, ms)
  const minutes = Math.abs(offset) / 60_000
  const sign = offset < 0 ? '-' : '+'
  return `${new Date(ms + offset).toISOString().slice(0, 19)}${sign}${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`
}

/** `2026-06-01`, of a local day counted from 1970-01-01. */
export function formatDay(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10)
}

/** Writes an interval in one of the styles; only `utc` needs no zone. @throws TypeError for a missing zone */
export function formatInterval({ from, until }: Interval, style: IntervalStyle = 'utc', zone?: string): string {
  if (style === 'utc') return `${formatInstant(from)}/${formatInstant(until)}`
  if (zone === undefined) throw new TypeError(`the interval style '${style}' needs a time zone`)
  if (style === 'date') return `${formatDay(localDayOf(zone, from))}/${formatDay(localDayOf(zone, until))}`
  return `${formatLocal(from, zone)}/${formatLocal(style === 'inclusive' ? until - 1000 : until, zone)}`
}

/**
 * Reads `start/end`: each half with its own Z or offset, the end after the start. Bare dates need an option;
 * instants without a zone, durations, and empty or reversed intervals are always refused.
 */
export function parseInterval(text: string, options: ParseOptions = {}): Interval | IntervalFault {
  const halves = text.split('/')
  const [start, end] = halves
  if (halves.length !== 2 || start === undefined || end === undefined) {
    return { error: `An interval is written start/end, but got: ${quoted(text)}` }
  }
  const from = parseHalf(start, options)
  if (typeof from !== 'number') return from
  const until = parseHalf(end, options)
  if (typeof until !== 'number') return until
  if (until <= from) return { error: `An interval ends after it starts, but got: ${quoted(text)}` }
  return { from, until }
}

const instantForm = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})$/
const dateForm = /^\d{4}-\d{2}-\d{2}$/

function parseHalf(text: string, { datesIn }: ParseOptions): number | IntervalFault {
  if (text.startsWith('P')) return { error: `Durations are not accepted, write both ends, but got: ${quoted(text)}` }
  if (dateForm.test(text)) return parseDate(text, datesIn)
  const match = instantForm.exec(text)
  if (!match) return { error: `Expected an ISO 8601 instant with Z or an offset, but got: ${quoted(text)}` }
  const [, minute, seconds = '00', decimals = '', zone = 'Z'] = match
  const wall = readWall(`${minute}:${seconds}`)
  const offset = zone === 'Z' ? 0 : readOffset(zone)
  if (wall === undefined || offset === undefined) return { error: `No such instant: ${quoted(text)}` }
  return wall - offset + Math.floor(Number(`0.${decimals || 0}`) * 1000)
}

function parseDate(text: string, zone: string | undefined): number | IntervalFault {
  if (zone === undefined) return { error: `A date alone is no instant here, but got: ${quoted(text)}` }
  const wall = readWall(`${text}T00:00:00`)
  return wall === undefined ? { error: `No such date: ${quoted(text)}` } : localMidnight(zone, wall / 86_400_000)
}

/** Written back and compared, since `Date` takes the 30th of February for the 2nd of March. */
function readWall(text: string): number | undefined {
  const ms = Date.parse(`${text}Z`)
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 19) !== text ? undefined : ms
}

function readOffset(text: string): number | undefined {
  const [hours = NaN, minutes = NaN] = text.slice(1).split(':').map(Number)
  if (hours > 14 || minutes > 59) return undefined
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
