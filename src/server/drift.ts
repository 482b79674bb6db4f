import type { Settings } from '../settings.js'
import { readSecret } from '../settings/secrets.js'
import type { CheckedSource } from '../sources/check/check-source.js'
import { sourcesToCheck } from '../sources/check/sources-to-check.js'
import type { Drift } from '../sources/check/watch.js'
import { watchDrift } from '../sources/check/watch.js'
import { newsOf, tellWebhook } from '../sources/check/webhook.js'
import type { Parts } from './parts.js'

/**
 * Watches whether the utility's own sources are as their snapshots say, and tells metrics, the log and a webhook. Opower is not among them:
 * a look at its schema costs a call of its quota, and is somebody's own decision (`npm run opower:schema`).
 */
export function startDriftWatch(settings: Settings, { log, metrics }: Pick<Parts, 'log' | 'metrics'>, firstMs?: number): { stop(): void } {
  const { drift, opower } = settings
  if (drift.minutes === 0 || Object.keys(settings.sources).length === 0) return { stop: () => undefined }
  return watchDrift({
    everyMs: drift.minutes * 60_000,
    ...(firstMs === undefined ? {} : { firstMs }),
    async check() {
      // Only who looks needs what compares schemas.
      const { checkSource } = await import('../sources/check/check-source.js')
      return Promise.all(sourcesToCheck(settings).map(checkSource))
    },
    onDrift: (source, found) => metrics.sourceDrifted(source, found),
    async onNews(checked, found) {
      const news = newsOf(checked, found, opower.utilityCode, new Date())
      log[levelOf(checked, found)]({ ...news, event: undefined }, 'a source differs from its snapshot, or does so no longer')
      if (drift.webhook === undefined) return
      await tellWebhook(readSecret(drift.webhook), news).catch((fault: unknown) => {
        log.warn(
          { source: checked.source, reason: fault instanceof Error ? fault.message : undefined },
          'the webhook was not told; it will be',
        )
        throw fault
      })
    },
  })
}

function levelOf({ why }: CheckedSource, { breaking, dangerous, unclassified }: Drift): 'info' | 'warn' {
  return why !== undefined || breaking + dangerous + unclassified > 0 ? 'warn' : 'info'
}
