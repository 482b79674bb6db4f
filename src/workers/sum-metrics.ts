/**
 * The figures of several processes as those of one, in Prometheus' text format. Counters and histograms are summed; so are gauges of what there
 * is more of with each process. Of what all of them see alike, or what is bad enough in one, the lowest or the highest counts.
 */
export function sumMetrics(texts: readonly string[]): string {
  const families = new Map<string, Family>()
  for (const text of texts) for (const block of text.split(/^(?=# HELP )/m)) addBlock(families, block)
  return [...families.values()].map(write).join('')
}

interface Family {
  readonly head: readonly string[]
  /** By name and labels, in the order in which they were first seen. */
  readonly samples: Map<string, number>
}

type Merge = (one: number, other: number) => number

const lowest: ReadonlySet<string> = new Set([
  'substation_quota_remaining',
  'substation_token_seconds_to_refresh',
  'process_start_time_seconds',
])
const highest: ReadonlySet<string> = new Set([
  'substation_token_age_seconds',
  'substation_breaker_state',
  'substation_source_drift',
  'substation_budget_spent',
  'substation_budget_forecast',
  'substation_budget_pressure',
  'process_max_fds',
  'nodejs_version_info',
])

function addBlock(families: Map<string, Family>, block: string): void {
  const name = /^# HELP (\S+)/.exec(block)?.[1]
  if (name === undefined) return
  const lines = block.split('\n').filter(line => line !== '')
  const family = families.get(name) ?? { head: lines.filter(line => line.startsWith('#')), samples: new Map() }
  families.set(name, family)
  const merge = mergeOf(name)
  for (const line of lines.filter(each => !each.startsWith('#'))) {
    const end = line.lastIndexOf(' ')
    const [key, value] = [line.slice(0, end), Number(line.slice(end + 1))]
    const known = family.samples.get(key)
    family.samples.set(key, known === undefined ? value : merge(known, value))
  }
}

/** What one process does not know says nothing against what another does. */
function mergeOf(name: string): Merge {
  const merge: Merge = lowest.has(name) ? Math.min : isHighest(name) ? Math.max : (one, other) => one + other
  return (one, other) => (Number.isNaN(one) ? other : Number.isNaN(other) ? one : merge(one, other))
}

function isHighest(name: string): boolean {
  return highest.has(name) || name.startsWith('nodejs_eventloop_lag')
}

function write({ head, samples }: Family): string {
  const lines = [...samples].map(([key, value]) => `${key} ${Number.isNaN(value) ? 'Nan' : String(value)}`)
  return `${[...head, ...lines].join('\n')}\n\n`
}
