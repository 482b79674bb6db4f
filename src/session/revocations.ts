import type { Store } from '../store/store.js'
import type { Notice, Purge, Withdrawal } from './revocations-notices.js'
import { createNotices, readNotice, writeNotice } from './revocations-notices.js'
import type { Session } from './session.js'
import { longestMs as longestKeptMs } from '../cache/time-to-live.js'
import { longestSessionMs } from './session.js'

export type { Purge, Withdrawal } from './revocations-notices.js'

export interface RevocationsOptions {
  readonly store: Store
  /** The name of the log in the store. @default 'withdrawals' */
  readonly log?: string
  /** How long a notice is kept, milliseconds: at least as long as anything that it has had forgotten. @default 31 days */
  readonly keepMs?: number
  /** How often the log is read even if nobody says that something is new, milliseconds. @default 1000 */
  readonly pollMs?: number
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number
}

/**
 * What operators withdrew, known in this process and, through the store, in every replica: there by a message at once, or
 * at the latest when the log is read next. Looking something up asks nobody.
 */
export interface Revocations {
  /**
   * Withdraws from this moment on. It holds in this process in any case, and is told to the others again as soon as the
   * store is back.
   *
   * @throws StoreUnavailableError when the others do not know of it yet
   */
  withdraw(withdrawal: Withdrawal): Promise<void>
  /** Has every replica forget something that it keeps. @throws StoreUnavailableError as `withdraw` */
  purge(purge: Purge): Promise<void>
  /** Whether the session was withdrawn; without `iat` no token can show that it is newer than a withdrawal. */
  isRevoked(session: Session): boolean
  /** Whether access to the account was withdrawn from sessions as old as this one. */
  isWithdrawn(account: string, session: Session): boolean
  /** Changes whenever something kept about one of the accounts, or under one of the tags, must be forgotten; empty while there is nothing. */
  stampOf(accounts: readonly string[], tags?: readonly string[]): string
  /** Hears of every withdrawal and purge that this process learns of. */
  onNotice(listener: (notice: Notice) => void): void
  /** `unknown` until the log was read once, `live` while it can be read, `lost` while it cannot. */
  readonly state: 'unknown' | 'live' | 'lost'
  /** The store may have come back with less than it had: everything is read again, and what is missing is told again. */
  doubt(): void
  /** Resolves once the log was read, or after two seconds without success; goes on reading it until `close`. */
  start(): Promise<void>
  close(): void
}

/** A day more than the longest that anything is kept, and far more than any session lives. */
const longestMs = longestKeptMs + longestSessionMs

export function createRevocations(options: RevocationsOptions): Revocations {
  const { store, log = 'withdrawals', keepMs = longestMs, pollMs = 1_000, now = Date.now } = options
  const notices = createNotices({ keepMs, now })
  const listeners = new Set<(notice: Notice) => void>()
  let state: Revocations['state'] = store.isShared ? 'unknown' : 'live'
  /** Where to read on; undefined where everything must be read. */
  let position: string | undefined
  let doubts = 0
  let reading: Promise<void> | undefined
  let isAskedAgain = false
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  function learn(notice: Notice): void {
    if (!notices.add(notice)) return
    for (const listener of listeners) listener(notice)
  }

  async function spread(notice: Notice): Promise<void> {
    await store.append(log, writeNotice(notice), keepMs)
    notices.spread(notice)
    // The message only makes it faster: whoever misses it reads the log a moment later.
    await store.publish(log, notice.id).catch(() => undefined)
  }

  async function tell(about: Notice['about'], kind: Notice['kind']): Promise<void> {
    const notice = notices.create(kind, about)
    learn(notice)
    await spread(notice)
  }

  async function readLog(): Promise<void> {
    try {
      const [from, before] = [position, doubts]
      const page = await store.read(log, from)
      const known = page.values.flatMap(value => readNotice(value) ?? [])
      for (const notice of known) {
        learn(notice)
        notices.spread(notice)
      }
      const missing = from === undefined ? notices.missingIn(known) : notices.unspread()
      for (const notice of missing) await spread(notice)
      // Whoever doubted the store meanwhile has everything read once more.
      position = doubts === before ? page.position : undefined
      state = 'live'
    } catch {
      position = undefined
      if (state === 'live') state = 'lost'
    }
  }

  /** One reading at a time: a message that comes during one asks for one more after it. */
  function readNow(): Promise<void> {
    isAskedAgain = reading !== undefined
    reading ??= readLog().finally(() => {
      reading = undefined
      if (isAskedAgain) void readNow()
    })
    return reading
  }

  function readLater(): void {
    if (isClosed) return
    timer = setTimeout(() => void readNow().finally(readLater), pollMs)
    timer.unref()
  }

  return {
    withdraw: withdrawal => tell(withdrawal, 'withdrawal'),
    purge: purge => tell(purge, 'purge'),
    isRevoked: session => notices.isRevoked(session),
    isWithdrawn: (account, session) => notices.isWithdrawn(account, session),
    stampOf: (accounts, tags) => notices.stampOf(accounts, tags),
    onNotice: listener => void listeners.add(listener),
    get state() {
      return state
    },
    doubt() {
      doubts += 1
      position = undefined
    },
    async start() {
      if (!store.isShared) return
      store.subscribe(log, () => void readNow())
      for (let tries = 0; tries < firstTries && state !== 'live'; tries += 1) await readNow().then(() => pauseUnless(state === 'live'))
      readLater()
    },
    close() {
      isClosed = true
      clearTimeout(timer)
    },
  }
}

/** A connection takes a moment at the start: so often, and so many milliseconds apart, it is waited for. */
const firstTries = 20
const firstPauseMs = 100

function pauseUnless(isDone: boolean): Promise<void> | undefined {
  return isDone ? undefined : new Promise(resolve => setTimeout(resolve, firstPauseMs))
}
