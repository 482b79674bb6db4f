type Listener = Parameters<AbortSignal['addEventListener']>[1]

/**
 * Ends a call, or tells that a client has left: controller and signal in one. Each request has several and nearly none is ever aborted, so it is
 * an `AbortSignal` by shape alone: one of the platform's costs as much as many steps of a call together. Whoever must have one of those gets it
 * from `platformSignal`.
 */
export class CallSignal implements AbortSignal {
  aborted = false
  reason: unknown
  onabort: AbortSignal['onabort'] = null
  readonly #listeners: Listener[] = []

  /** Whoever listens is told once. */
  abort(reason: unknown = new Error('no longer waited for')): void {
    if (this.aborted) return
    this.aborted = true
    this.reason = reason
    this.dispatchEvent(Object.defineProperty(new Event('abort'), 'target', { value: this }))
  }

  addEventListener(_event: 'abort', listener: Listener): void {
    if (!this.#listeners.includes(listener)) this.#listeners.push(listener)
  }

  removeEventListener(_event: 'abort', listener: Listener): void {
    const at = this.#listeners.indexOf(listener)
    if (at >= 0) this.#listeners.splice(at, 1)
  }

  dispatchEvent(event: Event): true {
    this.onabort?.(event)
    for (const listener of [...this.#listeners]) {
      if (!this.#listeners.includes(listener)) continue
      if (typeof listener === 'function') listener.call(this, event)
      else listener.handleEvent(event)
    }
    return true
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason
  }
}

/** The same as one of the platform's own, which its `fetch` insists on. */
export function platformSignal(signal: AbortSignal): AbortSignal {
  if (!(signal instanceof CallSignal)) return signal
  const end = new AbortController()
  if (signal.aborted) end.abort(signal.reason)
  else signal.addEventListener('abort', () => end.abort(signal.reason))
  return end.signal
}
