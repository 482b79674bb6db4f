import type { Peak } from './peak.js'
import type { Floor } from './floor.js'
import type { Disturbed, Replayed, Shares } from './replay.js'

/** The calls that a set-up would make if it might, and what became of the views within the limits. */
export interface Days {
  readonly wanted: Replayed
  readonly limited: Replayed
}

export function printDays(days: Readonly<Record<string, Days>>, floor: Floor): void {
  const rows = Object.entries(days).map(([name, { wanted, limited }]) => [
    name,
    String(Math.round(wanted.callsPerThousandViews)),
    (wanted.callsPerThousandViews / floor.perThousand).toFixed(2),
    ...sharesIn(limited.shares),
  ])
  rows.push(['floor', String(Math.round(floor.perThousand)), '1.00', '', '', ''])
  rows.push([
    'floor, what is slow apart',
    String(Math.round(floor.perThousandInTwo)),
    (floor.perThousandInTwo / floor.perThousand).toFixed(2),
    '',
    '',
    '',
  ])
  table('Three days', ['set-up', 'calls per 1,000 views', 'times the floor', 'views fresh', 'stale', 'refused'], rows)
}

export function printPeak(peak: Readonly<Record<string, Peak>>): void {
  const rows = Object.entries(peak).map(([name, { calls, peakPerSecond, shares, p50, p95, p99, firstWidgetP95 }]) => [
    name,
    ...[calls, peakPerSecond].map(String),
    ...sharesIn(shares),
    ...[p50, p95, p99, firstWidgetP95].map(String),
  ])
  const heads = ['set-up', 'calls', 'most in a second', 'fresh', 'stale', 'refused', 'p50 ms', 'p95 ms', 'p99 ms', 'first widget p95 ms']
  table('A minute of the busiest hour, caches empty at its beginning', heads, rows)
}

export function printFaults(faults: readonly Disturbed[]): void {
  const rows = faults.map(({ what, views, calls, shares }) => [what, String(views), ...sharesIn(shares), String(calls)])
  table('What customers saw', ['', 'views', 'widgets fresh', 'stale', 'refused', 'calls'], rows)
}

function sharesIn({ fresh, stale, refused }: Shares): readonly string[] {
  return [fresh, stale, refused].map(share => `${(100 * share).toFixed(1)} %`)
}

/** As it stands in the documentation. */
function table(title: string, heads: readonly string[], rows: readonly (readonly string[])[]): void {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  console.log(`\n${title}\n\n${[line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n')}`)
}
