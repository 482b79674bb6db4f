import { UpstreamFailure, upstreamFault } from '../opower/upstream-errors.js'
import { CallSignal } from './call-signal.js'

/** Those who wait for one call. It is nobody's own: it ends when the last of them has left, and for no other reason. */
export class Crowd {
  readonly #end = new CallSignal()
  readonly #onEnd: () => void
  #waiting = 0

  /** @param onEnd runs once all have left, before the call hears of it */
  constructor(onEnd: () => void = () => {}) {
    this.#onEnd = onEnd
  }

  /** Aborted once all have left who ever joined. */
  get signal(): AbortSignal {
    return this.#end
  }

  /** @param leaving aborted when the one who joins leaves; without it they never do */
  join(leaving: AbortSignal | undefined): void {
    this.#waiting += 1
    if (leaving?.aborted === true) this.#leave()
    else leaving?.addEventListener('abort', () => this.#leave(), { once: true })
  }

  #leave(): void {
    this.#waiting -= 1
    if (this.#waiting > 0) return
    this.#onEnd()
    this.#end.abort()
  }
}

/** What is told to whoever does not wait any longer: it goes nowhere. */
export function nobodyWaits(): Error {
  return upstreamFault('UPSTREAM_UNAVAILABLE', new UpstreamFailure('was no longer waited for'))
}
