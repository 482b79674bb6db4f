const dayMs = 86_400_000
const quarterMs = 900_000

/** How many answers each zone remembers before it starts afresh; three years of days are 1,096. */
const remembered = 50_000

interface ZoneClock {
  readonly format: Intl.DateTimeFormat
  /** At the beginning of each day of UTC. */
  readonly dayOffsets: Map<number, number>
  /** At the beginning of each quarter of an hour of the days on which the clock changes. */
  readonly offsets: Map<number, number>
  readonly midnights: Map<number, number>
}

const clocks = new Map<string, ZoneClock>()

/** What has to be added to `ms` for the wall clock of the zone, in milliseconds (negative in America). */
export function offsetAt(zone: string, ms: number): number {
  const clock = clockOf(zone)
  const day = Math.floor(ms / dayMs)
  const offset = dayOffset(clock, day)
  // No zone in use changes its clock there and back within a day, and each of them does so on a quarter of an hour.
  if (offset === dayOffset(clock, day + 1)) return offset
  const quarter = Math.floor(ms / quarterMs)
  return recall(clock.offsets, quarter, () => readOffset(clock.format, quarter * quarterMs))
}

function dayOffset({ format, dayOffsets }: ZoneClock, day: number): number {
  return recall(dayOffsets, day, () => readOffset(format, day * dayMs))
}

/**
 * The instant at which a local day begins. Where the clock jumps over midnight it is the instant of the jump.
 * `day` counts local dates from 1970-01-01 as day 0.
 */
export function localMidnight(zone: string, day: number): number {
  return recall(clockOf(zone).midnights, day, () => findMidnight(zone, day))
}

/** The local date that holds an instant, counted from 1970-01-01 as day 0. */
export function localDayOf(zone: string, ms: number): number {
  let day = Math.floor(ms / dayMs)
  while (localMidnight(zone, day) > ms) day--
  while (localMidnight(zone, day + 1) <= ms) day++
  return day
}

/** The last local midnight that is not after `ms`. */
export function midnightBefore(zone: string, ms: number): number {
  return localMidnight(zone, localDayOf(zone, ms))
}

/** The first local midnight that is not before `ms`. */
export function midnightAfter(zone: string, ms: number): number {
  const day = localDayOf(zone, ms)
  const midnight = localMidnight(zone, day)
  return midnight === ms ? midnight : localMidnight(zone, day + 1)
}

/** Hours on the wall clock since midnight, right on the days of a clock change too (the change comes before four). */
export function localHour(zone: string, day: number, ms: number): number {
  const sinceStart = ms - localMidnight(zone, day)
  if (sinceStart < 4 * 3_600_000) return sinceStart / 3_600_000
  return 24 - (localMidnight(zone, day + 1) - ms) / 3_600_000
}

/** Day of the week of a local date: 0 is Sunday. */
export function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7
}

/** Year, month (1 to 12) and day of the month of a local date. */
export function dateOf(day: number): { year: number; month: number; date: number } {
  const midnight = new Date(day * dayMs)
  return { year: midnight.getUTCFullYear(), month: midnight.getUTCMonth() + 1, date: midnight.getUTCDate() }
}

/** The local date of a year, month (any whole number: 13 is January of the next year) and day of the month. */
export function dayOf(year: number, month: number, date: number): number {
  return Math.floor(Date.UTC(year, month - 1, date) / dayMs)
}

function clockOf(zone: string): ZoneClock {
  const known = clocks.get(zone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  })
  const clock: ZoneClock = { format, dayOffsets: new Map(), offsets: new Map(), midnights: new Map() }
  clocks.set(zone, clock)
  return clock
}

function recall(memory: Map<number, number>, key: number, compute: () => number): number {
  const known = memory.get(key)
  if (known !== undefined) return known
  if (memory.size >= remembered) memory.clear()
  const value = compute()
  memory.set(key, value)
  return value
}

function readOffset(format: Intl.DateTimeFormat, ms: number): number {
  const parts = new Map(format.formatToParts(ms).map(part => [part.type, Number(part.value)]))
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute')) - ms
}

/** Both offsets of the day around are tried: only one of them is in force at the midnight it leads to. */
function findMidnight(zone: string, day: number): number {
  const wall = day * dayMs
  const before = wall - offsetAt(zone, wall - dayMs)
  const after = wall - offsetAt(zone, wall + dayMs)
  const exact = [Math.min(before, after), Math.max(before, after)].find(ms => ms + offsetAt(zone, ms) === wall)
  return exact ?? before
}
