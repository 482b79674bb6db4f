import type { CallWindow } from '../quota/call-window.js'
import { systemClock } from '../quota/clock.js'
import { createCountingWindow } from '../quota/counting-window.js'
import type { Settings } from '../settings.js'
import { createMemoryStore } from '../store/memory-store.js'
import type { Store } from '../store/store.js'
import type { FromSupervisor, FromWorker, Wanted } from './messages.js'
import { sumMetrics } from './sum-metrics.js'

/** A worker as the hub sees it. */
export interface Spoke {
  send(message: FromSupervisor): void
}

/** What the workers share, each utility by itself, in the supervisor's memory. */
export interface Hub {
  join(worker: Spoke): void
  leave(worker: Spoke): void
  heard(worker: Spoke, message: FromWorker): void
}

interface Common {
  readonly store: Store
  /** Answers that are kept, apart: they must not push anything else out. */
  readonly entries: Store
  readonly window: CallWindow
}

/** How long the slowest worker may take to tell its figures, milliseconds. */
const figuresMs = 2_000

/** Nothing here knows what the values mean: the store and the window are those that one process has for itself. */
export function createHub(utilities: readonly Pick<Settings, 'opower' | 'quota' | 'cache'>[]): Hub {
  const common = new Map<string, Common>(
    utilities.map(({ opower, quota, cache: { maxBytes } }) => [
      opower.utilityCode,
      { store: createMemoryStore(), entries: createMemoryStore({ maxBytes }), window: createCountingWindow(quota, systemClock) },
    ]),
  )
  const workers = new Map<Spoke, Set<() => void>>()
  const figures = createFigures(workers)

  async function answerTo(wanted: Wanted): Promise<unknown> {
    if (wanted.of === 'metrics') return sumMetrics(await figures.ask())
    const part = common.get(wanted.utility)?.[wanted.of]
    if (part === undefined) throw new TypeError('no such utility is served')
    const method: unknown = Reflect.get(part, wanted.method)
    if (typeof method !== 'function') throw new TypeError('nothing of that name can be asked')
    return Reflect.apply(method, part, [...wanted.given])
  }

  return {
    join: worker => void workers.set(worker, new Set()),
    leave(worker) {
      for (const end of workers.get(worker) ?? []) end()
      workers.delete(worker)
      figures.left(worker)
    },
    heard(worker, message) {
      if (message.kind === 'figures') figures.told(worker, message)
      else if (message.kind === 'question') {
        const { id } = message
        void answerTo(message.wanted).then(
          value => worker.send({ kind: 'answer', id, value }),
          (fault: unknown) => worker.send({ kind: 'answer', id, fault: fault instanceof Error ? fault.message : 'unknown reason' }),
        )
      } else if (message.kind === 'subscription') {
        const { utility, channel } = message
        const end = common.get(utility)?.store.subscribe(channel, said => worker.send({ kind: 'heard', utility, channel, message: said }))
        if (end !== undefined) workers.get(worker)?.add(end)
      }
    },
  }
}

interface Figures {
  /** The texts of all workers that told theirs in time. */
  ask(): Promise<readonly string[]>
  told(worker: Spoke, answer: { readonly id: number; readonly text: string }): void
  left(worker: Spoke): void
}

function createFigures(workers: ReadonlyMap<Spoke, unknown>): Figures {
  const open = new Map<number, { readonly missing: Set<Spoke>; readonly texts: string[]; readonly done: () => void }>()
  let asked = 0
  const strike = (id: number, worker: Spoke): void => {
    const round = open.get(id)
    if (round?.missing.delete(worker) === true && round.missing.size === 0) round.done()
  }
  return {
    ask() {
      const id = (asked += 1)
      return new Promise(resolve => {
        const texts: string[] = []
        const done = (): void => (clearTimeout(timer), open.delete(id), resolve(texts))
        const timer = setTimeout(done, figuresMs)
        open.set(id, { missing: new Set(workers.keys()), texts, done })
        for (const worker of workers.keys()) worker.send({ kind: 'figures', id })
      })
    },
    told(worker, { id, text }) {
      if (open.get(id)?.missing.has(worker) === true) open.get(id)?.texts.push(text)
      strike(id, worker)
    },
    left: worker => [...open.keys()].forEach(id => strike(id, worker)),
  }
}
