import { ServerResponse } from 'node:http'
import type { Leaver } from '../sharing/crowd.js'

const clients = new WeakMap<object, Client>()

/**
 * Aborted when the client has hung up before its answer was complete; undefined for a call that no client stands behind.
 *
 * It listens to Node's own answer: its `close` comes in any case, while listeners of a request's abort signal are lost once another signal
 * depends on it.
 */
export function clientSignalOf(context: object): Leaver | undefined {
  const { res, request } = readContext(context)
  if (!(res instanceof ServerResponse)) return request?.signal
  const known = clients.get(res)
  if (known !== undefined) return known
  const client = new Client(res)
  clients.set(res, client)
  return client
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
