import type { Period } from '../interval.js'
import { readInterval } from '../interval.js'
import type { Scanner } from './scanner.js'

/** Days before each month of a year without a leap day. */
const daysBefore = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334] as const
/** Days of each month, but for the leap day. */
const daysOf = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const
const second = 1_000
const minute = 60 * second
const minutesOfDay = 24 * 60
const zero = 0x30

/** `2026-08-01T00:00:00`, and what may follow it: `Z`, or an offset such as `+02:00`. */
const [zonelessLength, utcLength, offsetLength] = [19, 20, 25]

/**
 * The interval that stands in these bytes, as `readInterval` reads it from their text: nearly all are of the two forms that are read here
 * digit by digit, which is ten times quicker; any other is left to it.
 */
export function intervalIn(source: Pick<Scanner, 'bytes' | 'text'>, start: number, end: number): Period | undefined {
  const { bytes } = source
  const slash = bytes[start + utcLength] === 0x2f ? start + utcLength : start + offsetLength
  if (bytes[slash] === 0x2f && slash < end) {
    const from = instantIn(bytes, start, slash)
    const until = instantIn(bytes, slash + 1, end)
    if (!Number.isNaN(from) && !Number.isNaN(until)) return from < until ? { from, until } : undefined
  }
  return readInterval(source.text(start, end), { dates: true })
}

/** Milliseconds since the epoch; not a number for what is written in any other way, and for a leap day. */
export function instantIn(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start
  const isUtc = length === utcLength && bytes[end - 1] === 0x5a
  if (!isUtc && length !== offsetLength) return NaN
  const minutes = minutesSinceEpoch(bytes, start)
  const seconds = pairAt(bytes, start + 17)
  if (minutes < 0 || seconds < 0 || seconds > 59) return NaN
  return minutes * minute + seconds * second - (isUtc ? 0 : offsetAt(bytes, start + zonelessLength))
}

/** Minutes since the epoch, of a time such as `2026-08-01T00:00:00Z`; less than zero for one with seconds, and where `instantIn` gives no number. */
export function wholeMinuteIn(bytes: Uint8Array, start: number): number {
  if (bytes[start + zonelessLength] !== 0x5a || pairAt(bytes, start + 17) !== 0) return -1
  return minutesSinceEpoch(bytes, start)
}

/** Of `2026-08-01T00:00:`; less than zero for anything else, as in all functions below. */
function minutesSinceEpoch(bytes: Uint8Array, at: number): number {
  if (bytes[at + 10] !== 0x54 || bytes[at + 16] !== 0x3a) return -1
  const days = daysAt(bytes, at)
  const minutes = minutesAt(bytes, at + 11)
  return days < 0 || minutes < 0 ? -1 : days * minutesOfDay + minutes
}

/** Whole days since the epoch until this date. */
function daysAt(bytes: Uint8Array, at: number): number {
  if (bytes[at + 4] !== 0x2d || bytes[at + 7] !== 0x2d) return -1
  const century = pairAt(bytes, at)
  const inCentury = pairAt(bytes, at + 2)
  const year = century * 100 + inCentury
  const month = pairAt(bytes, at + 5)
  const date = pairAt(bytes, at + 8)
  const before = daysBefore[month - 1]
  if (before === undefined || inCentury < 0 || year < 1970 || date < 1 || date > (daysOf[month - 1] ?? 0)) return -1
  return daysSinceEpoch(year, month, before) + date - 1
}

function daysSinceEpoch(year: number, month: number, before: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const past = year - 1
  const leaps = Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400) - 477
  return (year - 1970) * 365 + leaps + before + (isLeap && month > 2 ? 1 : 0)
}

function minutesAt(bytes: Uint8Array, at: number): number {
  const hours = pairAt(bytes, at)
  const minutes = pairAt(bytes, at + 3)
  return bytes[at + 2] === 0x3a && hours >= 0 && hours <= 23 && minutes >= 0 && minutes <= 59 ? hours * 60 + minutes : -1
}

function offsetAt(bytes: Uint8Array, at: number): number {
  const minutes = minutesAt(bytes, at + 1)
  const sign = bytes[at] === 0x2b ? 1 : bytes[at] === 0x2d ? -1 : NaN
  return minutes < 0 ? NaN : sign * minutes * minute
}

/** Two digits. */
function pairAt(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] ?? 0) - zero
  const ones = (bytes[at + 1] ?? 0) - zero
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1
}
