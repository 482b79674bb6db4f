/** What is used of a request. */
export interface Listener {
  /** Aborted when its client has hung up. */
  readonly signal: AbortSignal
}

interface Gathering {
  readonly listeners: Set<Listener>
  readonly end: AbortController
}

/**
 * The requests that are being answered, by customer. A call may be shared by several of them and knows only the one that began it, so it is
 * not that one's hanging up that ends its wait, but that of the last of the customer's. Calls are never shared between customers.
 */
export class Audience {
  readonly #gatherings = new Map<string, Gathering>()
  readonly #customers = new WeakMap<Listener, string>()

  join(customer: string, listener: Listener): void {
    if (this.#customers.has(listener) || listener.signal.aborted) return
    const gathering = this.#gatherings.get(customer) ?? { listeners: new Set(), end: new AbortController() }
    this.#gatherings.set(customer, gathering)
    this.#customers.set(listener, customer)
    gathering.listeners.add(listener)
    listener.signal.addEventListener('abort', () => this.#leave(listener)?.end.abort(), { once: true })
  }

  /** It has its answer. What it began goes on: others may want it, or the next request. */
  answered(listener: Listener): void {
    this.#leave(listener)
  }

  /** Aborted when the last one who could wait for a call of this customer has hung up; undefined when nobody is known to wait. */
  signalOf(customer: string): AbortSignal | undefined {
    return this.#gatherings.get(customer)?.end.signal
  }

  /** The gathering that is over with this listener's leaving. */
  #leave(listener: Listener): Gathering | undefined {
    const customer = this.#customers.get(listener) ?? ''
    const gathering = this.#gatherings.get(customer)
    if (gathering?.listeners.delete(listener) !== true || gathering.listeners.size > 0) return undefined
    this.#gatherings.delete(customer)
    return gathering
  }
}
