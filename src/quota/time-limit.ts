import { CallSignal } from '../sharing/call-signal.js'
import type { Clock } from './clock.js'
import { systemClock } from './clock.js'

/** The time that one thing may take, and whoever else may end it, as one signal. It is cheaper than `AbortSignal.any` and holds on to nothing once it ended. */
export class TimeLimit {
  readonly #end = new CallSignal()
  readonly #stop: () => void
  readonly #caller: AbortSignal | undefined
  readonly #abort: () => void
  #isOver = false

  constructor(ms: number, caller: AbortSignal | undefined, clock: Pick<Clock, 'after'> = systemClock) {
    this.#caller = caller
    this.#abort = () => this.#end.abort(caller?.reason)
    this.#stop = clock.after(ms, () => {
      this.#isOver = true
      this.#end.abort()
    })
    if (caller?.aborted === true) this.#abort()
    else caller?.addEventListener('abort', this.#abort)
  }

  get signal(): AbortSignal {
    return this.#end
  }

  /** Whether it was the time that ended it. */
  get isOver(): boolean {
    return this.#isOver
  }

  end(): void {
    this.#stop()
    this.#caller?.removeEventListener('abort', this.#abort)
  }
}
