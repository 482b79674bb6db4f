/** A stretch of time in milliseconds since the epoch, end exclusive; infinite where open. */
export interface Period {
  readonly from: number
  readonly until: number
}

export const always: Period = { from: -Infinity, until: Infinity }
export const never: Period = { from: Infinity, until: -Infinity }

export function intersect(a: Period, b: Period): Period {
  return { from: Math.max(a.from, b.from), until: Math.min(a.until, b.until) }
}

/** The smallest period that holds all of them; `never` for none. */
export function hull(periods: readonly Period[]): Period {
  return periods.reduce((all, each) => ({ from: Math.min(all.from, each.from), until: Math.max(all.until, each.until) }), never)
}

export function isEmpty({ from, until }: Period): boolean {
  return from >= until
}

export function isInside(inner: Period, outer: Period): boolean {
  return inner.from >= outer.from && inner.until <= outer.until
}

/** Stretches in order, with no two that touch: what an account may see of a point, a premise, ... */
export type Occupancy = readonly Period[]

/** Sorts periods and joins those that touch or overlap, so that what straddles two of them lies inside one. */
export function mergePeriods(periods: readonly Period[]): Occupancy {
  const merged: Period[] = []
  for (const period of [...periods].filter(each => !isEmpty(each)).sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1)
    if (last === undefined || period.from > last.until) merged.push(period)
    else merged[merged.length - 1] = { from: last.from, until: Math.max(last.until, period.until) }
  }
  return merged
}

export function isInsideAny(inner: Period, occupancy: Occupancy): boolean {
  return occupancy.some(outer => isInside(inner, outer))
}

const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})$/
const date = /^\d{4}-\d{2}-\d{2}$/

/** An instant of Opower (ISO 8601 with `Z` or an offset) in milliseconds, or undefined when it is none. */
export function readInstant(value: unknown): number | undefined {
  if (typeof value !== 'string' || !instant.test(value)) return undefined
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : at
}

/**
 * An interval of Opower, `start/end`: each half an instant with `Z` or an offset of its own (they differ over a
 * clock change), or, where `dates` allows it, a date. Undefined for anything else: reversed, empty, unzoned, a duration.
 */
export function readInterval(value: unknown, { dates = false } = {}): Period | undefined {
  if (typeof value !== 'string') return undefined
  const { from, until, hasDate } = splitInterval(value)
  return from < until && (dates || !hasDate) ? { from, until } : undefined
}

/** An interval's text, taken apart; `from` or `until` is NaN where its half is neither an instant nor a date. */
interface SplitInterval extends Period {
  readonly text: string
  readonly halves: readonly [start: string, end: string]
  readonly hasDate: boolean
}

/** The one that was read last: the steps of a request look at its interval one after the other. */
let lastSplit: SplitInterval = { text: '', halves: ['', ''], from: NaN, until: NaN, hasDate: false }

function splitInterval(text: string): SplitInterval {
  if (lastSplit.text === text) return lastSplit
  const middle = text.indexOf('/')
  const halves = [text.slice(0, Math.max(0, middle)), text.slice(middle + 1)] as const
  const [from, until] = [readHalf(halves[0]), readHalf(halves[1])]
  lastSplit = { text, halves, from, until, hasDate: halves.some(half => date.test(half)) }
  return lastSplit
}

function readHalf(half: string): number {
  return readInstant(half) ?? (date.test(half) ? Date.parse(half) : NaN)
}

/**
 * The interval's own text, narrowed to all that these periods have of it, from the first moment to the last: a half that
 * already lies inside keeps its spelling, so that an interval that needs no narrowing stays as it was; a new half is
 * written to the second, inside the periods. Undefined when nothing is left, as of an interval in a gap between two.
 */
export function narrowInterval(text: string, to: Period | readonly Period[]): string | undefined {
  const period = readInterval(text, { dates: true })
  if (period === undefined) return undefined
  const periods = 'from' in to ? [to] : to
  if (isInsideAny(period, periods)) return text
  const { halves } = splitInterval(text)
  const both = hull(periods.flatMap(each => partOf(period, each)))
  const narrowed = {
    from: both.from === period.from ? both.from : Math.ceil(both.from / second) * second,
    until: both.until === period.until ? both.until : Math.floor(both.until / second) * second,
  }
  if (isEmpty(narrowed)) return undefined
  const start = narrowed.from === period.from ? halves[0] : formatInstant(narrowed.from)
  const end = narrowed.until === period.until ? halves[1] : formatInstant(narrowed.until)
  return `${start}/${end}`
}

function partOf(period: Period, other: Period): readonly Period[] {
  const both = intersect(period, other)
  return isEmpty(both) ? [] : [both]
}

const second = 1_000

/** ISO 8601 in UTC to the second, as Opower prints it. */
export function formatInstant(at: number): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z')
}
