import type { GatewayError } from '../errors.js'
import { upstreamFault, UpstreamFailure } from '../opower/upstream-errors.js'
import { budgetExhausted } from './budget-exhausted.js'
import type { DropReason } from './budget-exhausted.js'
import type { CallWindow, Grant } from './call-window.js'
import type { Clock } from './clock.js'
import type { CustomerLimit } from './customer-limit.js'
import type { BudgetStatus, DailyBudget, Pressure } from './daily-budget.js'
import { FairQueue } from './fair-queue.js'
import type { FairQueueOptions, Priority, Ticket } from './fair-queue.js'

export interface GovernorOptions {
  readonly window: CallWindow
  readonly budget: DailyBudget
  readonly customers: CustomerLimit
  /** The same for the programs that customers use. @default no limit */
  readonly clients?: CustomerLimit
  readonly queue: FairQueueOptions
  /** Calls of a day that nobody waits for, at most, by this process. @default as many as the day has */
  readonly backgroundPerDay?: number
  /** Starts a second, for the estimate of when to come back. */
  readonly perSecond: number
  readonly clock: Clock
  /** Hears how long each call waited that got its turn, seconds. Must not throw. */
  readonly onWait?: (seconds: number) => void
}

/** Somebody who wants one call to be made. */
export interface TurnRequest extends Ticket {
  /** The longest that it may wait, milliseconds. */
  readonly maxWaitMs: number
  /** The program that the customer uses, where the session names it. */
  readonly client?: string | undefined
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
  const options = { ...given, ahead: new AheadOfNeed(given) }
  const queue = new WaitingRoom(options)
  return {
    turn(request, start) {
      const hindrance = dropAtOnce(request, options) ?? request.hindrance?.()
      if (hindrance !== undefined) return Promise.reject(hindrance)
      return queue.enter(request, start)
    },
    hold: ms => window.hold(ms),
    pressure: () => budget.status(clock.wall()).pressure,
    budget: () => budget.status(clock.wall()),
    waiting: priority => queue.waiting(priority),
  }
}

/** How long background work is sent away while the day is short. */
const laterMs = 60_000
/** So much of the day is kept for customers who wait. */
const keptShare = 0.05

type Rationing = GovernorOptions & { readonly ahead: AheadOfNeed }

/** Counts the day's calls that nobody waits for: what is asked ahead of need may never take the place of what is needed. */
class AheadOfNeed {
  readonly #perDay: number
  #day = 0
  #made = 0

  constructor({ backgroundPerDay = Infinity }: Pick<GovernorOptions, 'backgroundPerDay'>) {
    this.#perDay = backgroundPerDay
  }

  isSpent(wall: number): boolean {
    return this.#madeOn(wall) >= this.#perDay
  }

  begin(wall: number): void {
    this.#made = this.#madeOn(wall) + 1
  }

  #madeOn(wall: number): number {
    const day = Math.floor(wall / 86_400_000)
    if (day > this.#day) [this.#day, this.#made] = [day, 0]
    return this.#made
  }
}

function dropAtOnce({ customer, client, priority }: TurnRequest, options: Rationing): GatewayError | undefined {
  const { budget, customers, clients, clock, ahead } = options
  const { remaining, spent, pressure, msToMidnight } = budget.status(clock.wall())
  if (remaining === 0) return budgetExhausted('the day is used up', msToMidnight)
  const isKept = remaining <= keptShare * (remaining + spent)
  if (priority === 'background' && pressure >= 2) return budgetExhausted('only more urgent calls are made for the rest of the day', laterMs)
  if (priority === 'background' && ahead.isSpent(clock.wall()))
    return budgetExhausted('only more urgent calls are made for the rest of the day', msToMidnight)
  if (priority === 'ordinary' && isKept) return budgetExhausted('only more urgent calls are made for the rest of the day', msToMidnight)
  const waitMs = customers.waitMs(customer, clock.now())
  if (waitMs > 0) return budgetExhausted('this customer has used up the minute', waitMs)
  const clientMs = client === undefined ? 0 : (clients?.waitMs(client, clock.now()) ?? 0)
  return clientMs > 0 ? budgetExhausted('this program has used up the minute', clientMs) : undefined
}

interface Waiting extends TurnRequest {
  readonly since: number
  readonly deadline: number
  readonly start: () => void
  readonly drop: (error: GatewayError) => void
}

class WaitingRoom {
  readonly #options: Rationing
  readonly #queue: FairQueue<Waiting>
  #isAsking = false
  #stopTimer: (() => void) | undefined

  constructor(options: Rationing) {
    this.#options = options
    this.#queue = new FairQueue(options.queue)
  }

  waiting(priority: Priority): number {
    return this.#queue.lengthOf(priority)
  }

  enter<T>(request: TurnRequest, start: () => Promise<T>): Promise<T> {
    const { signal } = request
    if (signal?.aborted === true) return Promise.reject(gaveUp())
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
      this.#serve()
    })
  }

  #waiting(request: TurnRequest, ends: Pick<Waiting, 'start' | 'drop'>): Waiting {
    const since = this.#options.clock.now()
    return { ...request, ...ends, since, deadline: since + request.maxWaitMs }
  }

  /** Gives turns until the window has none or nobody waits. */
  #serve(): void {
    while (!this.#isAsking && this.#sendAwayHindered() > 0) {
      const grant = this.#options.window.take()
      if (grant instanceof Promise) return this.#serveLater(grant)
      if (!this.#use(grant)) return
    }
  }

  #serveLater(asked: Promise<Grant>): void {
    this.#isAsking = true
    void asked.then(grant => {
      this.#isAsking = false
      if (this.#use(grant)) this.#serve()
    })
  }

  /** What was free when a call came may be used up, or in trouble, by the time of its turn. Returns how many still wait. */
  #sendAwayHindered(): number {
    this.#queue.removeAll(waiting => {
      const error = dropAtOnce(waiting, this.#options) ?? waiting.hindrance?.()
      if (error !== undefined) waiting.drop(error)
      return error !== undefined
    })
    return this.#queue.length
  }

  /** Whether asking for a further turn is worth while. */
  #use({ waitMs, today }: Grant): boolean {
    const { clock, budget, window } = this.#options
    if (today !== undefined) budget.learn(today, clock.wall())
    if (waitMs > 0) return this.#waitFor(waitMs)
    const next = this.#queue.shift()
    if (next === undefined) return (window.unused(), false)
    if (today === undefined) budget.add(clock.wall())
    this.#begin(next)
    return true
  }

  #begin({ customer, client, priority, since, start }: Waiting): void {
    const { clock, customers, clients, ahead, onWait = () => {} } = this.#options
    if (priority === 'background') ahead.begin(clock.wall())
    const now = clock.now()
    customers.charge(customer, now)
    if (client !== undefined) clients?.charge(client, now)
    onWait((now - since) / 1000)
    start()
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

function gaveUp(): GatewayError {
  return upstreamFault('UPSTREAM_UNAVAILABLE', new UpstreamFailure('was no longer waited for'))
}
