import { connect } from 'node:net'
import type { Look } from './health.js'

/** How long one finding is taken as still true, milliseconds: probes of many balancers must not become load for others. */
const findingLifeMs = 2_000
/** How long a look waits for an answer, milliseconds. */
const lookTimeoutMs = 2_000
/** How long the last call to a source speaks for the source, milliseconds. */
const callLifeMs = 30_000

/** Asks an address by GET. Any answer below 500 shows that somebody is there; what it says is not read. */
export function lookByGet(url: URL): Look {
  return remembered(async () => {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(lookTimeoutMs) })
    await response.body?.cancel()
    return response.status < 500 ? undefined : `answered ${response.status}`
  })
}

/** Good for ever once it was good: the keys of the issuer are kept by then, and old keys still verify sessions. */
export function onceGood(look: Look): Look {
  let wasGood = false
  return async () => {
    if (wasGood) return undefined
    const wrong = await look()
    wasGood = wrong === undefined
    return wrong
  }
}

/** What is known of a source from the calls that were made to it. */
export interface SourceWatch {
  /** `result` is `ok`, or a short word for what went wrong. */
  called(result: string): void
  readonly look: Look
}

/**
 * Judges a source by its last call; when there was none lately, by whether its address takes a connection. A connection costs no call of
 * the source's allowance.
 */
export function watchSource(url: URL, now: () => number = () => performance.now()): SourceWatch {
  let last: { readonly result: string; readonly at: number } | undefined
  const reach = remembered(() => reachable(url))
  return {
    called(result) {
      last = { result, at: now() }
    },
    look() {
      if (last === undefined || now() - last.at > callLifeMs) return reach()
      return Promise.resolve(last.result === 'ok' ? undefined : `last call: ${last.result}`)
    },
  }
}

/** What is known of each of several sources. */
export interface SourceWatches {
  /** As for one source; a name that is none of theirs is passed over. */
  called(source: string, result: string): void
  readonly looks: Readonly<Record<string, Look>>
}

/** Watches the utility's own sources, each at its address: a database too, since a connection says nothing to it. */
export function watchSources(urls: Readonly<Record<string, URL>>, now?: () => number): SourceWatches {
  const watches = new Map(Object.entries(urls).map(([source, url]) => [source, watchSource(url, now)]))
  return {
    called: (source, result) => watches.get(source)?.called(result),
    looks: Object.fromEntries([...watches].map(([source, { look }]) => [source, look])),
  }
}

/** One look at a time, remembered for a moment; a look that fails has found something wrong. */
function remembered(look: Look): Look {
  let finding: Promise<string | undefined> | undefined
  let until = 0
  return () => {
    if (finding !== undefined && performance.now() < until) return finding
    until = performance.now() + lookTimeoutMs + findingLifeMs
    finding = look()
      .catch(() => 'not reachable')
      .finally(() => {
        until = performance.now() + findingLifeMs
      })
    return finding
  }
}

const usualPorts: ReadonlyMap<string, number> = new Map([
  ['https:', 443],
  ['postgres:', 5432],
  ['postgresql:', 5432],
])

function reachable(url: URL): Promise<string | undefined> {
  const port = Number(url.port) || (usualPorts.get(url.protocol) ?? 80)
  return new Promise(resolve => {
    const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port, timeout: lookTimeoutMs })
    const tell = (wrong: string | undefined): void => {
      socket.destroy()
      resolve(wrong)
    }
    socket.once('connect', () => tell(undefined))
    socket.once('timeout', () => tell('no connection in time'))
    socket.once('error', () => tell('not reachable'))
  })
}
