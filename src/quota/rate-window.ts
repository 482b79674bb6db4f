import type { CallWindow, Grant } from './call-window.js'
import type { Clock } from './clock.js'

export interface Rate {
  /** Starts in any stretch of `windowMs`. Positive integer. */
  readonly limit: number
  /** Milliseconds. */
  readonly windowMs: number
}

/**
 * The times of the last starts, in a ring. Exact where a bucket is not: a bucket that fills up at each second lets twice its
 * number through around the turn of a second, and Opower counts any second (Opower facts: limits).
 */
export class StartTimes {
  readonly #times: number[] = []
  readonly #size: number
  #next = 0
  #offset = 0
  #latest = -Infinity

  /** @param size how many times are kept: the largest `limit` that will be asked for */
  constructor(size: number) {
    this.#size = size
  }

  /** How long until one more start keeps to the rate, milliseconds; 0 when it does now. */
  waitMs(now: number, { limit, windowMs }: Rate): number {
    const at = this.#steady(now)
    const place = (this.#next - Math.min(limit, this.#size) + this.#size) % this.#size
    const earlier = this.#times[place]
    return earlier === undefined ? 0 : Math.max(0, earlier + windowMs - at)
  }

  record(now: number): void {
    this.#times[this.#next] = this.#steady(now)
    this.#next = (this.#next + 1) % this.#size
  }

  /** A clock that was set back stands still here instead: a start may come late, never early. */
  #steady(now: number): number {
    if (now + this.#offset < this.#latest) this.#offset = this.#latest - now
    this.#latest = now + this.#offset
    return this.#latest
  }
}

/**
 * The rates that a number of calls a second comes to. The stretch is a tenth longer than a second, because what counts is when calls
 * arrive: one that was held up on its way arrives close to those that started later. Inside it a quarter of the calls may start in a
 * quarter of the time, so that under load a turn comes every few moments, and not twenty at once and then none for a second.
 */
export function ratesFor(perSecond: number): readonly Rate[] {
  const windowMs = 1_100
  return [
    { limit: perSecond, windowMs },
    { limit: Math.ceil(perSecond / 4), windowMs: windowMs / 4 },
  ]
}

/** The window of one process. @param rates all of them are kept; the first has the largest limit */
export function createRateWindow(rates: readonly Rate[], clock: Pick<Clock, 'now'>): CallWindow {
  const starts = new StartTimes(Math.max(...rates.map(({ limit }) => limit)))
  let heldUntil = -Infinity
  return {
    take(): Grant {
      const now = clock.now()
      let waitMs = heldUntil - now
      for (const rate of rates) waitMs = Math.max(waitMs, starts.waitMs(now, rate))
      if (waitMs > 0) return { waitMs }
      starts.record(now)
      return { waitMs: 0 }
    },
    unused() {},
    hold(ms) {
      heldUntil = Math.max(heldUntil, clock.now() + ms)
    },
  }
}
