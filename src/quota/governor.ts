import type { GatewayError } from '../errors.js'
import { upstreamFault, UpstreamFailure } from '../opower/upstream-errors.js'
import { budgetExhausted } from './budget-exhausted.js'
import type { DropReason } from './budget-exhausted.js'
import type { CallWindow, Grant } from './call-window.js'
import type { CallLimits, Caller, Rationing } from './call-limits.js'
import { AheadOfNeed, dropAtOnce, momentOf } from './call-limits.js'
import type { BudgetStatus, Pressure } from './daily-budget.js'
import { FairQueue } from './fair-queue.js'
import type { FairQueueOptions, Priority } from './fair-queue.js'

export interface GovernorOptions extends CallLimits {
  readonly window: CallWindow
  readonly queue: FairQueueOptions
  /** Calls of a day that nobody waits for, at most, by this process. @default as many as the day has */
  readonly backgroundPerDay?: number
  /** Starts a second, for the estimate of when to come back. */
  readonly perSecond: number
  /** Hears how long each call waited that got its turn, seconds. Must not throw. */
  readonly onWait?: (seconds: number) => void
}

/** Somebody who wants one call to be made. */
export interface TurnRequest extends Caller {
  /** The longest that it may wait, milliseconds. */
  readonly maxWaitMs: number
  /** Whoever gives up leaves the queue. */
  readonly signal?: AbortSignal | undefined
  /** Asked when its turn comes: an error takes it out of the queue without a call. */
  readonly hindrance?: () => GatewayError | undefined
}

export interface Governor {
  /**
   * Runs `start` as soon as a call may be spent on it.
   *
   * @throws {GatewayError} `UPSTREAM_BUDGET_EXHAUSTED` with `retryAfterSeconds` when no call may be spent in time, `UPSTREAM_UNAVAILABLE`
   * when its signal ended the wait, or what `hindrance` says. Nothing was started then
   */
  turn<T>(request: TurnRequest, start: () => Promise<T>): Promise<T>
  /** The source asked to be left alone for so long, milliseconds. */
  hold(ms: number): void
  /** How sparing callers should be now; never to be shown to a customer. */
  pressure(): Pressure
  budget(): BudgetStatus
  waiting(priority: Priority): number
}

/** The one door through which every call to a rationed source goes: a fair queue in front of a window, within the day's budget. */
export function createGovernor(given: GovernorOptions): Governor {
  const { window, budget, clock } = given
  const options = { ...given, ahead: new AheadOfNeed(given.backgroundPerDay) }
  const queue = new WaitingRoom(options)
  return {
    turn(request, start) {
      const hindrance = dropAtOnce(request, options, momentOf(options)) ?? request.hindrance?.()
      if (hindrance !== undefined) return Promise.reject(hindrance)
      return queue.enter(request, start)
    },
    hold: ms => window.hold(ms),
    pressure: () => budget.status(clock.wall()).pressure,
    budget: () => budget.status(clock.wall()),
    waiting: priority => queue.waiting(priority),
  }
}

interface Waiting extends TurnRequest {
  readonly since: number
  readonly deadline: number
  readonly start: () => void
  readonly drop: (error: GatewayError) => void
}

class WaitingRoom {
  readonly #options: GovernorOptions & Rationing
  readonly #queue: FairQueue<Waiting>
  #isAsking = false
  #stopTimer: (() => void) | undefined

  constructor(options: GovernorOptions & Rationing) {
    this.#options = options
    this.#queue = new FairQueue(options.queue)
  }

  waiting(priority: Priority): number {
    return this.#queue.lengthOf(priority)
  }

  enter<T>(request: TurnRequest, start: () => Promise<T>): Promise<T> {
    if (request.signal?.aborted === true) return Promise.reject(gaveUp())
    const isNext = !this.#isAsking && this.#queue.length === 0
    const asked = isNext ? this.#options.window.take() : undefined
    if (asked !== undefined && isGranted(asked)) return this.#passThrough(request, start)
    const turn = this.#join(request, start)
    if (asked === undefined) this.#serve()
    else this.#use(asked)
    return turn
  }

  /** Mostly nobody waits and there is a turn: then none of it has to be remembered but who had it. */
  #passThrough<T>(request: TurnRequest, start: () => Promise<T>): Promise<T> {
    const { clock, budget } = this.#options
    this.#queue.serveAtOnce(request)
    budget.add(clock.wall())
    this.#charge(request, clock.now(), 0)
    return start()
  }

  #join<T>(request: TurnRequest, start: () => Promise<T>): Promise<T> {
    const { signal } = request
    return new Promise<T>((resolve, reject) => {
      const leave = (): void => {
        if (this.#queue.remove(waiting)) waiting.drop(gaveUp())
      }
      const done = (): void => signal?.removeEventListener('abort', leave)
      const waiting = this.#waiting(request, {
        start: () => (done(), resolve(start())),
        drop: error => (done(), reject(error)),
      })
      signal?.addEventListener('abort', leave)
      const dropped = this.#queue.push(waiting)
      dropped?.drop(this.#exhausted('the queue is full'))
    })
  }

  #waiting(request: TurnRequest, ends: Pick<Waiting, 'start' | 'drop'>): Waiting {
    const since = this.#options.clock.now()
    return { ...request, ...ends, since, deadline: since + request.maxWaitMs }
  }

  /** Gives turns until the window has none or nobody waits. */
  #serve(): void {
    let goesOn = true
    while (goesOn && !this.#isAsking && this.#sendAwayHindered() > 0) goesOn = this.#use(this.#options.window.take())
  }

  #useLater(asked: Promise<Grant>): false {
    this.#isAsking = true
    void asked.then(grant => {
      this.#isAsking = false
      if (this.#use(grant)) this.#serve()
    })
    return false
  }

  /** What was free when a call came may be used up, or in trouble, by the time of its turn. Returns how many still wait. */
  #sendAwayHindered(): number {
    if (this.#queue.length === 0) return 0
    const moment = momentOf(this.#options)
    this.#queue.removeAll(waiting => {
      const error = dropAtOnce(waiting, this.#options, moment) ?? waiting.hindrance?.()
      if (error !== undefined) waiting.drop(error)
      return error !== undefined
    })
    return this.#queue.length
  }

  /** Whether asking for a further turn is worth while. */
  #use(grant: Grant | Promise<Grant>): boolean {
    if (grant instanceof Promise) return this.#useLater(grant)
    const { clock, budget, window } = this.#options
    const { waitMs, today } = grant
    if (today !== undefined) budget.learn(today, clock.wall())
    if (waitMs > 0) return this.#waitFor(waitMs)
    const next = this.#queue.shift()
    if (next === undefined) return (window.unused(), false)
    if (today === undefined) budget.add(clock.wall())
    const now = clock.now()
    this.#charge(next, now, now - next.since)
    next.start()
    return true
  }

  #charge({ customer, client, priority }: TurnRequest, now: number, waitedMs: number): void {
    const { clock, customers, clients, ahead, onWait = () => {} } = this.#options
    if (priority === 'background') ahead.begin(clock.wall())
    customers.charge(customer, now)
    if (client !== undefined) clients?.charge(client, now)
    onWait(waitedMs / 1000)
  }

  /** Whoever cannot be served in time is told so now and not at the end of a wait for nothing. */
  #waitFor(waitMs: number): false {
    const at = this.#options.clock.now() + waitMs
    for (const late of this.#queue.removeAll(({ deadline }) => deadline < at)) {
      late.drop(this.#exhausted('its turn would come too late', waitMs))
    }
    this.#stopTimer?.()
    this.#stopTimer = this.#queue.length === 0 ? undefined : this.#options.clock.after(waitMs, () => this.#serve())
    return false
  }

  #exhausted(why: DropReason, waitMs = 0): GatewayError {
    return budgetExhausted(why, Math.max(waitMs, (this.#queue.length / this.#options.perSecond) * 1000))
  }
}

/** By the window of this process alone, which answers at once. */
function isGranted(asked: Grant | Promise<Grant>): boolean {
  return 'waitMs' in asked && asked.waitMs === 0 && asked.today === undefined
}

function gaveUp(): GatewayError {
  return upstreamFault('UPSTREAM_UNAVAILABLE', new UpstreamFailure('was no longer waited for'))
}
