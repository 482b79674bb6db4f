import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

/** What the steps of the gateway count; one object per process, so nothing is counted twice or lost between steps. */
export interface Metrics {
  /** One answer, by its first error code or `OK`. */
  requestAnswered(code: string): void
  /** One real call to a source; `result` is a short fixed word such as `ok`, `timeout`, `unavailable`. */
  upstreamCalled(source: string, result: string): void
  /** One object withheld because it was not proven to be the customer's. */
  guardFaulted(source: string): void
  /** One question to the cache: `hit`, `miss`, `stale` ... */
  cacheAsked(result: string): void
  tokenCalled(result: string): void
  /** In how many places the live schema of a source differs from its snapshot, by how bad that is. */
  sourceDrifted(source: string, drift: Readonly<Record<string, number>>): void
  /** Seconds that one upstream call waited for its turn. */
  queueWaited(seconds: number): void
  /** Where the times of the utility token are read from, seconds; undefined while there is none. */
  readToken(read: () => TokenTimes): void
  /** All of it in Prometheus' text format. */
  text(): Promise<string>
  readonly contentType: string
}

/** Of the utility token, in seconds. */
export interface TokenTimes {
  readonly ageSeconds: number | undefined
  readonly secondsToRefresh: number | undefined
}

/**
 * The counters that dashboards and alerts rely on, and Node's own process metrics, in a registry of their own.
 *
 * @param options.ofProcess whether Node's own are among them; where several utilities share a process they stand apart. @default true
 */
export function createMetrics({ ofProcess = true } = {}): Metrics {
  const registry = new Registry()
  if (ofProcess) collectDefaultMetrics({ register: registry })
  const counters = createCounters(registry)
  const wait = createQueueWait(registry)
  const drifts = createDriftGauge(registry)
  let token: () => TokenTimes = () => ({ ageSeconds: undefined, secondsToRefresh: undefined })
  createGauge(
    registry,
    'substation_token_age_seconds',
    'Age of the utility token in use; NaN while there is none.',
    () => token().ageSeconds,
  )
  const untilRefresh = 'Until the utility token is refreshed; negative while that fails, NaN while there is none.'
  createGauge(registry, 'substation_token_seconds_to_refresh', untilRefresh, () => token().secondsToRefresh)
  return {
    requestAnswered: counters.requestAnswered,
    upstreamCalled: (source, result) => counters.upstreamCalls.inc({ source, result }),
    guardFaulted: source => counters.guardFaults.inc({ source }),
    cacheAsked: counters.cacheAsked,
    tokenCalled: result => counters.tokenCalls.inc({ result }),
    sourceDrifted: (source, drift) => {
      for (const [severity, count] of Object.entries(drift)) drifts.set({ source, severity }, count)
    },
    queueWaited: seconds => wait.observe(seconds),
    readToken(read) {
      token = read
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

/** What belongs to no utility: Node's own process metrics, and answers to those who named none. */
export type ProcessMetrics = Pick<Metrics, 'requestAnswered' | 'text' | 'contentType'>

export function createProcessMetrics(): ProcessMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return { requestAnswered: createRequestTally([registry]), text: () => registry.metrics(), contentType: registry.contentType }
}

function createRequestTally(registers: Registry[]): (code: string) => void {
  return createTally({ name: 'substation_requests_total', help: 'Answers, by first error code or OK.', label: 'code', registers })
}

interface TallyOptions {
  readonly name: string
  readonly help: string
  readonly label: string
  readonly registers: Registry[]
}

/** A counter of one label for what each request does: it counts in a map, and tells Prometheus' library only when somebody reads it. */
function createTally({ label, ...counter }: TallyOptions): (value: string) => void {
  const counts = new Map<string, number>()
  new Counter({
    ...counter,
    labelNames: [label],
    collect() {
      for (const [value, count] of counts) this.inc({ [label]: value }, count)
      counts.clear()
    },
  })
  return value => void counts.set(value, (counts.get(value) ?? 0) + 1)
}

function createCounters(registry: Registry) {
  const registers = [registry]
  return {
    requestAnswered: createRequestTally(registers),
    upstreamCalls: new Counter({
      name: 'substation_upstream_calls_total',
      help: 'Calls really made to a source.',
      labelNames: ['source', 'result'],
      registers,
    }),
    guardFaults: new Counter({
      name: 'substation_guard_faults_total',
      help: 'Objects withheld because they were not proven to be the customer’s.',
      labelNames: ['source'],
      registers,
    }),
    cacheAsked: createTally({ name: 'substation_cache_requests_total', help: 'Questions to the cache.', label: 'result', registers }),
    tokenCalls: new Counter({
      name: 'substation_token_calls_total',
      help: 'Calls to the token endpoint.',
      labelNames: ['result'],
      registers,
    }),
  }
}

function createDriftGauge(registry: Registry): Gauge {
  return new Gauge({
    name: 'substation_source_drift',
    help: 'Places in which a source differs from its snapshot; severity unknown is 1 where it could not be compared.',
    labelNames: ['source', 'severity'],
    registers: [registry],
  })
}

function createQueueWait(registry: Registry): Histogram {
  return new Histogram({
    name: 'substation_queue_wait_seconds',
    help: 'How long an upstream call waited for its turn.',
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  })
}

function createGauge(registry: Registry, name: string, help: string, read: () => number | undefined): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read() ?? Number.NaN)
    },
  })
}
