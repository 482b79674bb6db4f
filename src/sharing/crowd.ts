import { UpstreamFailure, upstreamFault } from '../opower/upstream-errors.js'
import { CallSignal } from './call-signal.js'

/** Somebody who may leave: of an `AbortSignal` only what tells so. */
export interface Leaver {
  readonly aborted: boolean
  /** Runs `act` once, when they leave. */
  addEventListener(event: 'abort', act: () => void, options?: { readonly once: true }): void
}

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

  /** Without a `leaver` it is one who never leaves. */
  join(leaver: Leaver | undefined): void {
    this.#waiting += 1
    if (leaver?.aborted === true) this.#leave()
    else leaver?.addEventListener('abort', () => this.#leave(), { once: true })
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
