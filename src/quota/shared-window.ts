import { randomUUID } from 'node:crypto'
import type { CallWindow, DayCount, Grant } from './call-window.js'
import type { Clock } from './clock.js'
import type { Rate } from './rate-window.js'
import { StartTimes } from './rate-window.js'
import { takeScript } from './shared-script.js'
import { withinTime } from '../within-time.js'

/** What is used of a Redis client. */
export interface ScriptRunner {
  eval(script: string, keys: number, ...args: (string | number)[]): Promise<unknown>
}

export interface SharedWindowOptions {
  readonly redis: ScriptRunner
  /** In front of every name; names the utility, whose calls are counted together. */
  readonly prefix: string
  /** All of them are kept; the first has the largest limit. */
  readonly rates: readonly Rate[]
  /** Calls of a day, which begins at midnight UTC. */
  readonly perDay: number
  readonly clock: Clock
  /** What one answer of Redis may take, milliseconds. @default 250 */
  readonly timeoutMs?: number
  /** Hears when Redis is lost and when it is back. Must not throw. */
  readonly onEvent?: (event: 'lost' | 'ready') => void
}

/** How often a lost Redis is tried, and for how long after its return a process keeps to its share as well, milliseconds. */
const [retryMs, settlingMs] = [1_000, 5_000]
/** The share of one who never learned how many there are. */
const sharesUnknown = 4
const dayMs = 86_400_000

/**
 * The window of all replicas together: one script in Redis hands out the starts and counts the day.
 *
 * When Redis is lost each process goes on with its share of the rate, by the number of processes that asked in the last minute. The sum
 * never gets above the rate: a process first lets one window go by, for what the others started with Redis's consent; and after Redis is
 * back it keeps to its share too until all must have noticed. Calls made meanwhile are counted into the day afterwards.
 */
export function createSharedWindow(options: SharedWindowOptions): CallWindow {
  return new SharedWindow(options)
}

class SharedWindow implements CallWindow {
  readonly #options: SharedWindowOptions
  readonly #id = randomUUID()
  readonly #starts: StartTimes
  /** Calls that Redis does not know of yet; below 0 for starts that were not used. */
  #uncounted = 0
  #known: DayCount
  #processes = sharesUnknown
  #isLost = false
  #quietUntil = -Infinity
  #retryAt = -Infinity
  #shareUntil = -Infinity
  #heldUntil = -Infinity

  constructor(options: SharedWindowOptions) {
    this.#options = options
    this.#starts = new StartTimes(Math.max(...options.rates.map(({ limit }) => limit)))
    this.#known = { day: Math.floor(options.clock.wall() / dayMs), spent: 0 }
  }

  async take(): Promise<Grant> {
    const now = this.#options.clock.now()
    const share = this.#isLost || now < this.#shareUntil ? this.#shareWaitMs(now) : 0
    const ownWait = Math.max(share, this.#heldUntil - now)
    if (ownWait > 0) return { waitMs: ownWait }
    if (!this.#isLost || now >= this.#retryAt) {
      const answer = await this.#ask(1, 0)
      if (answer !== undefined) return this.#taken(answer)
    }
    return this.#takeAlone()
  }

  unused(): void {
    this.#count(-1)
  }

  hold(ms: number): void {
    this.#heldUntil = Math.max(this.#heldUntil, this.#options.clock.now() + ms)
    void this.#ask(0, ms)
  }

  #taken({ waitMs, today }: Answer): Grant {
    if (waitMs === 0) this.#starts.record(this.#options.clock.now())
    return { waitMs, today }
  }

  #takeAlone(): Grant {
    const now = this.#options.clock.now()
    const waitMs = this.#shareWaitMs(now)
    if (waitMs > 0) return { waitMs }
    this.#starts.record(now)
    this.#count(1)
    return { waitMs: 0 }
  }

  #count(calls: number): void {
    const day = Math.floor(this.#options.clock.wall() / dayMs)
    // What was counted for a day that is over says nothing of this one.
    if (day > this.#known.day) [this.#known, this.#uncounted] = [{ day, spent: 0 }, 0]
    this.#uncounted += calls
    this.#known = { ...this.#known, spent: Math.max(0, this.#known.spent + calls) }
  }

  #shareWaitMs(now: number): number {
    const waits = this.#options.rates.map(rate => this.#starts.waitMs(now, shareOf(rate, this.#processes)))
    return Math.max(0, this.#quietUntil - now, ...waits)
  }

  /** Undefined when Redis does not answer. */
  async #ask(wanted: 0 | 1, holdMs: number): Promise<Answer | undefined> {
    const uncounted = this.#uncounted
    this.#uncounted = 0
    try {
      const answer = readAnswer(await withinTime(this.#options.timeoutMs ?? 250, this.#run(wanted, holdMs, uncounted)))
      this.#answered(answer)
      return answer
    } catch {
      this.#uncounted += uncounted
      this.#lost()
      return undefined
    }
  }

  #run(wanted: 0 | 1, holdMs: number, uncounted: number): Promise<unknown> {
    const { redis, prefix, rates, perDay } = this.#options
    // One hash tag: in a cluster the three names have to live on one node.
    const names = ['starts', 'state', 'replicas'].map(name => `${prefix}{quota}:${name}`)
    const limits = rates.flatMap(({ limit, windowMs }) => [limit, micros(windowMs)])
    const { day, spent } = this.#known
    return redis.eval(takeScript, names.length, ...names, this.#id, uncounted, spent, day, micros(holdMs), wanted, perDay, ...limits)
  }

  #answered({ today, processes }: Answer): void {
    this.#known = today
    this.#processes = Math.max(1, processes)
    if (!this.#isLost) return
    this.#isLost = false
    this.#shareUntil = this.#options.clock.now() + settlingMs
    this.#options.onEvent?.('ready')
  }

  #lost(): void {
    const now = this.#options.clock.now()
    this.#retryAt = now + retryMs
    if (this.#isLost) return
    this.#isLost = true
    this.#quietUntil = now + Math.max(...this.#options.rates.map(({ windowMs }) => windowMs))
    this.#options.onEvent?.('lost')
  }
}

interface Answer {
  readonly waitMs: number
  readonly today: DayCount
  readonly processes: number
}

/** Less than one call in a window is one call in a longer window. */
function shareOf({ limit, windowMs }: Rate, processes: number): Rate {
  const share = limit / processes
  return share >= 1 ? { limit: Math.floor(share), windowMs } : { limit: 1, windowMs: windowMs / share }
}

function readAnswer(reply: unknown): Answer {
  const [wait, day, spent, processes] = Array.isArray(reply) ? reply.map(Number) : []
  if (wait === undefined || day === undefined || spent === undefined || processes === undefined || Number.isNaN(wait + day + spent))
    throw new TypeError('expected four numbers of the script, but got something else')
  return { waitMs: wait / 1000, today: { day, spent }, processes }
}

function micros(ms: number): number {
  return Math.round(ms * 1000)
}
