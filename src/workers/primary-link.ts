import type { CallWindow, Grant } from '../quota/call-window.js'
import type { LogPage, Store } from '../store/store.js'
import { StoreUnavailableError } from '../store/store.js'
import type { FromSupervisor, FromWorker, StoreMethod, Wanted } from './messages.js'

/** A worker's end of the line to its supervisor. */
export interface PrimaryLink {
  /** What the workers of one utility know together. */
  storeOf(utility: string): Store
  /** The same for answers that are kept: they make room for each other there, and for nothing else. */
  entriesOf(utility: string): Store
  /** The starts of calls of all workers of one utility together. */
  windowOf(utility: string): CallWindow
  /** The figures of all workers as one text. */
  metrics(): Promise<string>
  /** Whence the figures of this worker are read when the supervisor asks. */
  readMetrics(read: () => Promise<string>): void
  serving(at: { readonly url: string; readonly adminUrl: string }): void
  /** Hears of the supervisor's orders. */
  onOrder(act: (order: 'drain' | 'forget') => void): void
}

/** The process as far as it is needed: a worker of `node:cluster`, forked with a channel. */
export type Line = Pick<NodeJS.Process, 'on' | 'send'>

/** How long an answer may take, milliseconds: the supervisor has little else to do. */
const answerMs = 2_000
/** Before the window is asked again that could not be asked, milliseconds. */
const retryMs = 250

/** @throws TypeError for a process that has no supervisor */
export function createPrimaryLink(line: Line): PrimaryLink {
  if (line.send === undefined) throw new TypeError('expected a process with a supervisor, but got: one without a channel')
  const asked = new Map<number, (answer: FromSupervisor & { kind: 'answer' }) => void>()
  const listeners = new Map<string, Set<(message: string) => void>>()
  let [questions, read, act]: [number, () => Promise<string>, (order: 'drain' | 'forget') => void] = [0, async () => '', () => {}]
  const send = (message: FromWorker): boolean => line.send?.(message) ?? false

  function ask(wanted: Wanted): Promise<unknown> {
    const id = (questions += 1)
    return new Promise((resolve, reject) => {
      const give = (settle: () => void): void => (asked.delete(id), clearTimeout(timer), settle())
      const timer = setTimeout(() => give(() => reject(new StoreUnavailableError(new Error('the supervisor took too long')))), answerMs)
      asked.set(id, ({ value, fault }) =>
        give(() => (fault === undefined ? resolve(value) : reject(new StoreUnavailableError(new Error(fault))))),
      )
      send({ kind: 'question', id, wanted })
    })
  }

  line.on('message', (message: FromSupervisor) => {
    if (message.kind === 'answer') asked.get(message.id)?.(message)
    else if (message.kind === 'heard') for (const hear of listeners.get(channelKey(message)) ?? []) hear(message.message)
    else if (message.kind === 'figures') void read().then(text => send({ kind: 'figures', id: message.id, text }))
    else if (message.kind === 'order') act(message.order)
  })

  function subscribe(utility: string, channel: string, listener: (message: string) => void): () => void {
    const key = channelKey({ utility, channel })
    const known = listeners.get(key)
    if (known === undefined) send({ kind: 'subscription', utility, channel })
    const set = known ?? new Set()
    listeners.set(key, set.add(listener))
    return () => void set.delete(listener)
  }

  return {
    storeOf: utility => storeOver({ ask, subscribe }, 'store', utility),
    entriesOf: utility => storeOver({ ask, subscribe }, 'entries', utility),
    windowOf: utility => windowOver(ask, utility),
    metrics: async () => String(await ask({ of: 'metrics' })),
    readMetrics: each => void (read = each),
    serving: at => void send({ kind: 'serving', ...at }),
    onOrder: each => void (act = each),
  }
}

function channelKey({ utility, channel }: { readonly utility: string; readonly channel: string }): string {
  return `${utility} ${channel}`
}

interface Asking {
  readonly ask: (wanted: Wanted) => Promise<unknown>
  readonly subscribe: (utility: string, channel: string, listener: (message: string) => void) => () => void
}

function storeOver({ ask, subscribe }: Asking, of: 'store' | 'entries', utility: string): Store {
  const call = (method: StoreMethod, ...given: readonly unknown[]): Promise<unknown> => ask({ of, utility, method, given })
  return {
    isShared: true,
    get: async key => (await call('get', key)) as string | undefined,
    set: async (key, value, ttlMs) => void (await call('set', key, value, ttlMs)),
    add: async (key, value, ttlMs) => (await call('add', key, value, ttlMs)) === true,
    delete: async key => void (await call('delete', key)),
    append: async (log, value, ttlMs) => void (await call('append', log, value, ttlMs)),
    read: async (log, after) => (await call('read', log, after)) as LogPage,
    publish: async (channel, message) => void (await call('publish', channel, message)),
    subscribe: (channel, listener) => subscribe(utility, channel, listener),
    close: async () => undefined,
  }
}

/** Without an answer nothing is taken: a call that nobody counted is never made. */
function windowOver(ask: Asking['ask'], utility: string): CallWindow {
  const tell = (method: 'unused' | 'hold', ...given: readonly unknown[]): void =>
    void ask({ of: 'window', utility, method, given }).catch(() => undefined)
  return {
    take: async () => (await ask({ of: 'window', utility, method: 'take', given: [] }).catch(() => ({ waitMs: retryMs }))) as Grant,
    unused: () => tell('unused'),
    hold: ms => tell('hold', ms),
  }
}
