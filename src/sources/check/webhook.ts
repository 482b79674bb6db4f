import type { CheckedSource } from './check-source.js'
import type { Drift } from './watch.js'

const timeoutMs = 5_000
/** The rest is for `npm run sources:check`. */
const mostChanges = 50
const longestMessage = 300

/** What a webhook is sent: which source, and how it differs by now. No address, no credential and no customer is in it. */
export interface DriftNews {
  readonly event: 'source-drift'
  readonly utility: string
  readonly source: string
  /** ISO 8601 in UTC. */
  readonly at: string
  readonly drift: Drift
  /** The first changes, the worst first; none where the source is as its snapshot again, or could not be compared. */
  readonly changes: readonly { readonly severity: string; readonly message: string }[]
  /** Why nothing could be compared. */
  readonly why?: string
}

export function newsOf({ source, changes, why }: CheckedSource, drift: Drift, utility: string, at: Date): DriftNews {
  const order = ['breaking', 'dangerous', 'unclassified', 'safe'] as const
  const sorted = order.flatMap(severity => changes.filter(change => change.severity === severity))
  return {
    event: 'source-drift',
    utility,
    source,
    at: at.toISOString(),
    drift,
    changes: sorted
      .slice(0, mostChanges)
      .map(({ severity, message }) => ({ severity, message: message.replace(/\s+/g, ' ').slice(0, longestMessage) })),
    ...(why === undefined ? {} : { why }),
  }
}

/**
 * Tells a webhook. It is a secret address as much as any: nothing of it is in an error, and no redirect is followed.
 *
 * @throws {Error} when it does not take the news
 */
export async function tellWebhook(address: string, news: DriftNews): Promise<void> {
  const response = await send(address, news)
  await response.body?.cancel()
  if (!response.ok) throw new Error(`the webhook answers ${response.status}`)
}

async function send(address: string, news: DriftNews): Promise<Response> {
  try {
    return await fetch(address, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(news),
    })
  } catch {
    throw new Error('the webhook does not answer')
  }
}
