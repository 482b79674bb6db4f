import type { Period } from '../plan/interval.js'
import { intersect, isEmpty } from '../plan/interval.js'

const hour = 3_600_000
const day = 24 * hour

/** How a series is cut: the unit in which it is kept, the longest read there can be, and the longest range of one call. */
export interface Grain {
  readonly unit: 'day' | 'month'
  readonly readMs: number
  readonly capMs: number
}

/**
 * By the name of a resolution. A local day has up to 25 hours, and begins at no hour that could be known here, so days are kept by
 * the month. What is not in the list is not cut.
 */
const reads: Readonly<Record<string, Omit<Grain, 'capMs'>>> = {
  QUARTER_HOUR: { unit: 'day', readMs: hour / 4 },
  HALF_HOUR: { unit: 'day', readMs: hour / 2 },
  HOUR: { unit: 'day', readMs: hour },
  DAY: { unit: 'month', readMs: 25 * hour },
}

/** @param capHours the longest range that the source answers at this resolution, in absolute hours */
export function grainOf(resolution: string, capHours: number | undefined): Grain | undefined {
  const known = Object.hasOwn(reads, resolution) ? reads[resolution] : undefined
  return known === undefined || capHours === undefined ? undefined : { ...known, capMs: capHours * hour }
}

/** The days or months, in UTC, that a period touches, in order. UTC has no clock changes: each instant is in exactly one of them. */
export function windowsOver(period: Period, unit: Grain['unit']): readonly Period[] {
  const windows: Period[] = []
  for (let from = startOf(period.from, unit); from < period.until;) {
    const until = unit === 'day' ? from + day : nextMonth(from)
    windows.push({ from, until })
    from = until
  }
  return windows
}

/**
 * What must be known of a window to answer for the period asked: a window holds the reads that start in it, and the last of them may
 * end beyond it.
 */
export function needOf(window: Period, asked: Period, { readMs }: Grain): Period {
  return intersect(asked, { from: window.from, until: window.until + readMs })
}

/** Whether any read of a window can lie in a period. */
export function touches(window: Period, period: Period, { readMs }: Grain): boolean {
  return window.from < period.until && window.until + readMs > period.from
}

/**
 * The fewest ranges, none longer than the cap, that hold every need (each of which is shorter than the cap): each begins with the first need
 * that is not yet held, and goes as far as it can.
 */
export function fewestRanges(needs: readonly Period[], { capMs }: Pick<Grain, 'capMs'>): readonly Period[] {
  const ranges: Period[] = []
  for (const need of needs.filter(each => !isEmpty(each))) {
    const last = ranges.at(-1)
    if (last === undefined || need.until - last.from > capMs) ranges.push(need)
    else ranges[ranges.length - 1] = { from: last.from, until: Math.max(last.until, need.until) }
  }
  return ranges
}

function startOf(at: number, unit: Grain['unit']): number {
  if (unit === 'day') return Math.floor(at / day) * day
  const date = new Date(at)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)
}

function nextMonth(from: number): number {
  const date = new Date(from)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)
}
