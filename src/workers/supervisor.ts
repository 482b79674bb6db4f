import type { Worker } from 'node:cluster'
import cluster from 'node:cluster'
import type { Log } from '../server/log.js'
import type { Settings } from '../settings.js'
import type { Hub, Spoke } from './hub.js'
import { createHub } from './hub.js'
import type { FromSupervisor, FromWorker } from './messages.js'

export interface SupervisorOptions {
  readonly utilities: readonly [Settings, ...Settings[]]
  readonly log: Log
  /** Called once every worker serves. */
  readonly onServing: (at: { readonly url: string; readonly adminUrl: string }) => void
  /** Called when all workers have ended; the supervisor has nothing left to do. */
  readonly onEnd: (exitCode: number) => void
}

export interface Supervisor {
  /** Every worker takes nothing new, finishes what is in flight, and ends. */
  drain(): void
  /** Drops the utility token and the credentials of before in every worker. */
  forget(): void
  /** Ends every worker at once. */
  kill(): void
}

/** A worker that lived this long had nothing wrong with it from the start, milliseconds. */
const steadyMs = 30_000
const [firstPauseMs, longestPauseMs] = [250, 30_000]

/**
 * Starts the workers and keeps their number. A worker that falls is replaced, after a pause that doubles while they fall soon after their start;
 * where not even the first ones come to serve, the start has failed. Workers end with this process, whatever becomes of it.
 */
export function startSupervisor(options: SupervisorOptions): Supervisor {
  cluster.setupPrimary({ serialization: 'advanced' })
  return new Supervision(options)
}

class Supervision implements Supervisor {
  readonly #options: SupervisorOptions
  readonly #hub: Hub
  readonly #workers = new Map<Worker, { readonly spoke: Spoke; readonly startedAt: number; isServing: boolean }>()
  #state: 'starting' | 'serving' | 'ending' = 'starting'
  #exitCode = 0
  #falls = 0

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#hub = createHub(options.utilities)
    for (let count = 0; count < options.utilities[0].workers; count += 1) this.#fork()
  }

  drain(): void {
    this.#state = 'ending'
    this.#order('drain')
    this.#endWhenEmpty()
  }

  forget(): void {
    this.#order('forget')
  }

  kill(): void {
    this.#state = 'ending'
    for (const worker of this.#workers.keys()) worker.process.kill('SIGKILL')
  }

  #order(order: 'drain' | 'forget'): void {
    for (const { spoke } of this.#workers.values()) spoke.send({ kind: 'order', order })
  }

  #fork(): void {
    const worker = cluster.fork()
    const spoke: Spoke = { send: message => this.#send(worker, message) }
    this.#workers.set(worker, { spoke, startedAt: performance.now(), isServing: false })
    this.#hub.join(spoke)
    worker.on('message', (message: FromWorker) =>
      message.kind === 'serving' ? this.#serving(worker, message) : this.#hub.heard(spoke, message),
    )
    worker.once('exit', (code, signal) => this.#ended(worker, code, signal))
    // What cannot be sent to a worker is not needed by it any more: its end is an event of its own.
    worker.on('error', () => undefined)
  }

  #send(worker: Worker, message: FromSupervisor): void {
    if (worker.isConnected()) worker.send(message, () => undefined)
  }

  #serving(worker: Worker, at: { readonly url: string; readonly adminUrl: string }): void {
    const entry = this.#workers.get(worker)
    if (entry !== undefined) entry.isServing = true
    if (this.#state !== 'starting' || [...this.#workers.values()].some(({ isServing }) => !isServing)) return
    this.#state = 'serving'
    this.#options.onServing(at)
  }

  #ended(worker: Worker, code: number | null, signal: string | null): void {
    const entry = this.#workers.get(worker)
    this.#workers.delete(worker)
    if (entry !== undefined) this.#hub.leave(entry.spoke)
    if (this.#state === 'starting') this.#giveUp(code)
    if (this.#state === 'ending') return this.#endWhenEmpty()
    this.#replace({ code, signal, livedMs: performance.now() - (entry?.startedAt ?? 0) })
  }

  /** What keeps one worker from starting keeps all of them; it has said so itself. */
  #giveUp(code: number | null): void {
    this.#exitCode = code || 1
    this.kill()
  }

  #replace({ code, signal, livedMs }: { readonly code: number | null; readonly signal: string | null; readonly livedMs: number }): void {
    this.#falls = livedMs > steadyMs ? 0 : this.#falls + 1
    const pauseMs = this.#falls === 0 ? 0 : Math.min(longestPauseMs, firstPauseMs * 2 ** (this.#falls - 1)) * (0.75 + Math.random() / 4)
    this.#options.log.error({ code, signal, pauseMs: Math.round(pauseMs) }, 'a worker has ended unexpectedly; another takes its place')
    setTimeout(() => (this.#state === 'ending' ? undefined : this.#fork()), pauseMs)
  }

  #endWhenEmpty(): void {
    if (this.#workers.size === 0) this.#options.onEnd(this.#exitCode)
  }
}
