/** The time that one thing may take, and whoever else may end it, as one signal. It is cheaper than `AbortSignal.any` and holds on to nothing once it ended. */
export class TimeLimit {
  readonly #end = new AbortController()
  readonly #timer: NodeJS.Timeout
  readonly #caller: AbortSignal | undefined
  readonly #abort: () => void
  #isOver = false

  constructor(ms: number, caller: AbortSignal | undefined) {
    this.#caller = caller
    this.#abort = () => this.#end.abort(caller?.reason)
    this.#timer = setTimeout(() => {
      this.#isOver = true
      this.#end.abort()
    }, ms)
    this.#timer.unref()
    if (caller?.aborted === true) this.#abort()
    else caller?.addEventListener('abort', this.#abort)
  }

  get signal(): AbortSignal {
    return this.#end.signal
  }

  /** Whether it was the time that ended it. */
  get isOver(): boolean {
    return this.#isOver
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#caller?.removeEventListener('abort', this.#abort)
  }
}

/** Runs a piece of work that either signal ends. Cheaper than `AbortSignal.any`, and neither signal holds on to it afterwards. */
export async function untilEither<Result>(
  one: AbortSignal,
  other: AbortSignal | undefined,
  work: (either: AbortSignal) => Promise<Result>,
): Promise<Result> {
  if (other === undefined) return work(one)
  const end = new AbortController()
  const abort = (): void => end.abort(one.aborted ? one.reason : other.reason)
  const both = [one, other]
  if (both.some(signal => signal.aborted)) abort()
  for (const signal of both) signal.addEventListener('abort', abort)
  try {
    return await work(end.signal)
  } finally {
    for (const signal of both) signal.removeEventListener('abort', abort)
  }
}
