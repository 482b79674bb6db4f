import { setTimeout as pause } from 'node:timers/promises'
import type { Change } from './change.js'
import type { CheckedSource } from './check-source.js'

/** What is told of one source, in numbers: `unknown` is 1 where nothing could be compared. */
export type Drift = Readonly<Record<Change['severity'] | 'unknown', number>>

export interface DriftWatchOptions {
  /** Compares every source once. */
  readonly check: () => Promise<readonly CheckedSource[]>
  /** From one comparison to the next, milliseconds. */
  readonly everyMs: number
  /** To the first one: replicas that start together should not all ask at once. @default by chance, half of that or more */
  readonly firstMs?: number
  /** Hears of every comparison. */
  readonly onDrift: (source: string, drift: Drift) => void
  /** Hears of a source when it differs in another way than at the last comparison; a rejection has it told again the next time. */
  readonly onNews: (checked: CheckedSource, drift: Drift) => Promise<void>
}

/** Compares the snapshots with the live systems again and again, in the background, one round at a time. */
export function watchDrift({ everyMs, firstMs = everyMs * (0.5 + Math.random() / 2), ...options }: DriftWatchOptions): {
  stop(): void
} {
  const told = new Map<string, string>()
  const stopped = new AbortController()
  const rounds = async (): Promise<void> => {
    for (let wait = firstMs; ; wait = everyMs) {
      await pause(wait, undefined, { signal: stopped.signal, ref: false })
      await round(options, told, stopped.signal)
    }
  }
  // It ends when it is stopped, by a rejection that says so.
  rounds().catch(() => undefined)
  return { stop: () => stopped.abort() }
}

async function round({ check, onDrift, onNews }: Rounds, told: Map<string, string>, stopped: AbortSignal): Promise<void> {
  for (const checked of await check()) {
    if (stopped.aborted) return
    const drift = driftOf(checked)
    onDrift(checked.source, drift)
    const finding = JSON.stringify([checked.why, checked.changes])
    // As its snapshot is what is taken for granted: only what is otherwise is news, and the return to it.
    if (finding === (told.get(checked.source) ?? asExpected)) continue
    await onNews(checked, drift).then(
      () => told.set(checked.source, finding),
      () => undefined,
    )
  }
}

type Rounds = Pick<DriftWatchOptions, 'check' | 'onDrift' | 'onNews'>

const asExpected = JSON.stringify([undefined, []])

function driftOf({ why, changes }: CheckedSource): Drift {
  const count = (severity: Change['severity']): number => changes.filter(change => change.severity === severity).length
  return {
    breaking: count('breaking'),
    dangerous: count('dangerous'),
    safe: count('safe'),
    unclassified: count('unclassified'),
    unknown: why === undefined ? 0 : 1,
  }
}
