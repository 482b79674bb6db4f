import type { Settings } from '../settings.js'
import { readSecret } from '../settings/secrets.js'
import type { CallWindow } from './call-window.js'
import type { Pressure } from './daily-budget.js'
import type { Quota } from './create-quota.js'
import { createQuota } from './create-quota.js'
import { createQuotaMetrics } from './quota-metrics.js'

/** Where the governor tells what the operator has to know. */
export interface QuotaWitnesses {
  readonly log: { warn(detail: object, message: string): void; info(detail: object, message: string): void }
  readonly metrics: { queueWaited(seconds: number): void }
  /** That of all workers of one supervisor, where there are several. */
  readonly window?: CallWindow | undefined
}

/** The governor that the settings ask for; replicas with one Redis count together. */
export function openQuota({ quota, store, environment, opower, timeouts }: Settings, { log, metrics, window }: QuotaWitnesses): Quota {
  const prefix = `substation:${environment}:${opower.utilityCode}:`
  return createQuota({
    settings: quota,
    callMs: timeouts.upstreamMs,
    ...(store.kind === 'redis' ? { shared: { url: readSecret(store.url), prefix } } : {}),
    ...(window === undefined ? {} : { window }),
    onWait: metrics.queueWaited,
    onAlarm: ({ share, spent, forecast }) =>
      log.warn({ share, spent, forecast, perDay: quota.perDay }, "the day's calls are spent, or foreseen to be, to this share"),
    onBreaker: (source, state) => log.warn({ source, breaker: state }, 'the breaker of a source has changed'),
    onShared(event) {
      if (event === 'lost') log.warn({}, 'calls are no longer counted with other replicas: this one keeps to its share')
      else log.info({}, 'calls are counted with other replicas again')
    },
  })
}

/** What is wrong with spending calls on a source, in words for an operator and without a number; undefined while nothing is. */
export function troubleOf(quota: Quota, source: string): string | undefined {
  if (quota.breakers()[source] === 'open') return 'most calls went wrong, so none are made for a moment'
  return pressureWords[quota.pressure()]
}

const pressureWords: Readonly<Record<Pressure, string | undefined>> = {
  0: undefined,
  1: undefined,
  2: 'the calls of the day may not suffice: no calls that nobody waits for',
  3: 'the calls of the day are nearly spent, or will be',
}

/** The same metrics with those of the governor after them. */
export function withQuotaMetrics<Metrics extends { text(): Promise<string> }>(metrics: Metrics, quota: Quota): Metrics {
  const own = createQuotaMetrics(quota)
  return { ...metrics, text: async () => `${await metrics.text()}${await own.text()}` }
}
