import { z } from 'zod'
import { refusal } from '../errors.js'
import type { BackedStore } from '../store/backed-store.js'

/** What an upstream told of a job that it started: its uuid, its flags, and the link where it was finished at once. */
const startedJobSchema = z.record(z.string(), z.unknown())
export type StartedJob = z.infer<typeof startedJobSchema>

const entrySchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('starting'), request: z.string() }),
  z.object({ state: z.literal('unknown'), request: z.string() }),
  z.object({ state: z.literal('started'), request: z.string(), job: startedJobSchema }),
])
type Entry = z.infer<typeof entrySchema>

/** One wish to start an export, however often it is sent. */
export interface StartRequest {
  /** A digest of who asks, within which scope, for what. */
  readonly request: string
  /** A digest of who asks and the `Idempotency-Key` that came along; undefined where none did. */
  readonly key: string | undefined
}

/** The turn of whoever may start the export; exactly one of the three must be called. */
export interface StartTurn {
  /** It was started: whoever asks the same again gets this job. */
  started(job: StartedJob): Promise<void>
  /** It was surely not started: the next one may. */
  notStarted(): Promise<void>
  /** It may have been started: for a while nobody may. */
  unknown(): Promise<void>
}

/** Sees to it that an export which is asked for again is not started again. */
export interface StartRegister {
  /**
   * The turn to start it, or the job that the same request started before. While another one has the turn this waits.
   *
   * @throws GatewayError `UPSTREAM_TIMEOUT` where nobody knows whether it was started, `BAD_REQUEST` when the
   *   `Idempotency-Key` stands for another export
   */
  begin(start: StartRequest): Promise<{ readonly turn: StartTurn } | { readonly job: StartedJob }>
}

export interface StartRegisterOptions {
  /** How long the same request is answered with the same job, milliseconds. @default 60000 */
  readonly sameMs?: number
  /** The same for an `Idempotency-Key`, milliseconds. @default 86400000 */
  readonly keyMs?: number
  /** The longest that one start can take, and that another one waits for it, milliseconds. @default 60000 */
  readonly startMs?: number
}

/** How often one that waits looks whether the other is done, milliseconds: it may be in another process. */
const lookEveryMs = 50

export function createStartRegister(store: BackedStore, options: StartRegisterOptions = {}): StartRegister {
  const { sameMs = 60_000, keyMs = 86_400_000, startMs = 60_000 } = options

  async function settle(start: StartRequest, entry: Entry): Promise<void> {
    const isStarted = entry.state === 'started'
    await store.set(nameOf(start.request), JSON.stringify(entry), sameMs)
    if (start.key !== undefined) await store.set(nameOf(start.key), JSON.stringify(entry), isStarted ? keyMs : sameMs)
  }

  async function release({ request, key }: StartRequest): Promise<void> {
    await store.delete(nameOf(request))
    if (key !== undefined) await store.delete(nameOf(key))
  }

  function turnOf(start: StartRequest): StartTurn {
    const { request } = start
    return {
      started: job => settle(start, { state: 'started', request, job }),
      unknown: () => settle(start, { state: 'unknown', request }),
      notStarted: () => release(start),
    }
  }

  /** Takes every name that the start goes by, or none; then tells what stands in the way. */
  async function take(start: StartRequest): Promise<Entry | 'taken' | 'gone'> {
    const { request, key } = start
    const text = JSON.stringify({ state: 'starting', request } satisfies Entry)
    // A start that dies with its process holds its names no longer than it could have taken, and then as one whose end is unknown.
    const isKeyFree = key === undefined || (await store.add(nameOf(key), text, startMs + sameMs))
    if (!isKeyFree) return (await read(key)) ?? 'gone'
    if (await store.add(nameOf(request), text, startMs + sameMs)) return 'taken'
    const other = await read(request)
    if (key !== undefined) await store.delete(nameOf(key))
    return other ?? 'gone'
  }

  async function read(name: string): Promise<Entry | undefined> {
    const text = await store.get(nameOf(name))
    return text === undefined ? undefined : entrySchema.parse(JSON.parse(text))
  }

  return {
    async begin(start) {
      const until = performance.now() + startMs
      for (;;) {
        const found = await take(start)
        if (found === 'taken') return { turn: turnOf(start) }
        if (found !== 'gone') {
          if (found.request !== start.request) throw otherExport()
          if (found.state === 'started') return { job: found.job }
          if (found.state === 'unknown' || performance.now() >= until) throw perhapsStarted(sameMs)
        }
        await new Promise(resolve => setTimeout(resolve, lookEveryMs))
      }
    },
  }
}

function nameOf(digest: string): string {
  return `export-start:${digest}`
}

function otherExport(): Error {
  return refusal('BAD_REQUEST', { message: 'This Idempotency-Key was used for another export. Use a new one.' })
}

function perhapsStarted(sameMs: number): Error {
  const retryAfterSeconds = Math.ceil(sameMs / 1_000)
  return refusal('UPSTREAM_TIMEOUT', {
    message: 'This export may have been started a moment ago. Wait a minute before you start it again.',
    headers: { 'retry-after': String(retryAfterSeconds) },
    extensions: { retryAfterSeconds },
  })
}
