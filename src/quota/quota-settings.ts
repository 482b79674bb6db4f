import type { EnvironmentReader } from '../settings/environment-reader.js'

/** What may be spent on Opower, and how long anybody waits for it. */
export interface QuotaSettings {
  /** Calls in any one second, all replicas together (Opower facts: limits). @default 20 */
  readonly perSecond: number
  /** Calls in a day, all replicas together. @default 100000 */
  readonly perDay: number
  /** How long a call waits for its turn, milliseconds. @default 2000, or half of the upstream time-out where that is less */
  readonly queueWaitMs: number
  /** Calls of one customer that wait at once. @default 20 */
  readonly queuePerCustomer: number
  /** Calls of one customer in a minute. @default 300 */
  readonly customerPerMinute: number
  /** One request of a customer from beginning to end, milliseconds. @default 45000, or one and a half upstream time-outs where that is more */
  readonly requestDeadlineMs: number
  /** Calls of one program (`client_id` or `azp` of the session) in a minute. @default as many as `perSecond` makes in a minute */
  readonly clientPerMinute?: number
  /** Of the day's calls so many percent at most are made ahead of need, by each process. @default 20 */
  readonly backgroundPercent?: number
}

type Names = { readonly [Name in keyof QuotaSettings]-?: string }

/** Reads the settings and their order: whoever waits longer than what is waited for waits for nothing. */
export function readQuota(reader: EnvironmentReader, names: Names, upstreamMs: number): QuotaSettings {
  const read = (name: keyof QuotaSettings, fallback: number, max: number) => reader.integer(names[name], { min: 1, max, fallback })
  const perSecond = read('perSecond', 20, 10_000)
  const quota = {
    perSecond,
    perDay: read('perDay', 100_000, 100_000_000),
    queueWaitMs: read('queueWaitMs', Math.min(2_000, Math.floor(upstreamMs / 2)), 60_000),
    queuePerCustomer: read('queuePerCustomer', 20, 1_000),
    customerPerMinute: read('customerPerMinute', 300, 60_000),
    requestDeadlineMs: read('requestDeadlineMs', Math.max(45_000, Math.floor(upstreamMs * 1.5)), 600_000),
    clientPerMinute: read('clientPerMinute', 60 * perSecond, 60_000_000),
    backgroundPercent: reader.integer(names.backgroundPercent, { min: 0, max: 100, fallback: 20 }),
  }
  if (quota.queueWaitMs >= upstreamMs) reader.fault(names.queueWaitMs, `less than UPSTREAM_TIMEOUT_MS (${upstreamMs})`)
  if (quota.requestDeadlineMs <= upstreamMs) reader.fault(names.requestDeadlineMs, `more than UPSTREAM_TIMEOUT_MS (${upstreamMs})`)
  if (quota.perSecond > quota.perDay) reader.fault(names.perDay, 'at least as many calls a day as QUOTA_PER_SECOND allows a second')
  return quota
}
