import { ServerResponse } from 'node:http'
import type { Leaver } from '../sharing/crowd.js'

/** On the answer itself: a weak map with an entry for each request would keep the garbage collector busy. */
const waiting = Symbol('the client who waits')

interface AwaitedResponse extends ServerResponse {
  [waiting]?: Client
}

/**
 * Aborted when the client has hung up before its answer was complete; undefined for a call that no client stands behind.
 *
 * It listens to Node's own answer: its `close` comes in any case, while listeners of a request's abort signal are lost once another signal
 * depends on it.
 */
export function clientSignalOf(context: object): Leaver | undefined {
  const { res, request } = readContext(context)
  return res instanceof ServerResponse ? clientOf(res) : request?.signal
}

function clientOf(response: AwaitedResponse): Client {
  return (response[waiting] ??= new Client(response))
}

/** Nearly every request has one, and nearly none leaves: an `AbortController` for each would cost more than what it is for. */
class Client implements Leaver {
  readonly #acts: (() => void)[] = []
  aborted: boolean

  constructor(res: ServerResponse) {
    this.aborted = res.destroyed
    res.once('close', () => !res.writableFinished && this.#leave())
  }

  addEventListener(_event: 'abort', act: () => void): void {
    this.#acts.push(act)
  }

  #leave(): void {
    if (this.aborted) return
    this.aborted = true
    for (const act of this.#acts.splice(0)) act()
  }
}

function readContext(context: object): { readonly res?: unknown; readonly request?: Request } {
  return context
}
