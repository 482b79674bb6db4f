import type { Settings } from '../../src/settings.js'
import type { Kind } from './client.js'
import { Tally, countCalls, createClient } from './client.js'
import type { Outcome } from './scenarios.js'

export interface VirtualHourOptions {
  readonly seconds: number
  readonly perSecond: number
  /** Whether the endpoint is down so many milliseconds after the start. @default never */
  readonly isDown?: (at: number) => boolean
  /** How far the wall clock is off then, in milliseconds. @default 0 */
  readonly skewMs?: (at: number) => number
}

/** As issued by a real endpoint, good for so long after it was given by the clock of the experiment. */
const lifeMs = 3_599_000

/**
 * Hours in seconds: a real token endpoint, and a clock that the experiment turns. A token is good as long as its life
 * says by that clock, however it is shown to the client.
 */
export class VirtualHour {
  readonly #options: VirtualHourOptions
  readonly #goodUntil = new Map<string, number>()
  #at = 0

  constructor(options: VirtualHourOptions) {
    this.#options = options
  }

  async run(kind: Kind, settings: Settings['opower']): Promise<Outcome> {
    const { seconds, perSecond, skewMs = () => 0 } = this.#options
    const [endpoint, tally, began] = [countCalls((...args) => this.#answer(...args)), new Tally(), Date.now()]
    const client = createClient(kind, {
      settings,
      fetch: endpoint.fetch,
      now: () => this.#at,
      wallClock: () => began + this.#at + skewMs(this.#at),
    })
    const isGood = (token: string): boolean => this.#at < (this.#goodUntil.get(token) ?? 0)
    for (let second = 0; second < seconds; second += 1) {
      this.#at = second * 1_000
      await Promise.all(Array.from({ length: perSecond }, () => tally.request(client, isGood)))
      // Without a turn of the loop no answer could arrive between two rounds.
      await new Promise(resolve => setImmediate(resolve))
    }
    client.close()
    const { requests, failed, refusals, longestWaitMs } = tally
    return { requests, failed, refusals, longestWaitMs, calls: endpoint.calls, given: endpoint.given }
  }

  async #answer(...args: Parameters<typeof fetch>): Promise<Response> {
    if (this.#options.isDown?.(this.#at) === true) return new Response('down', { status: 503 })
    const givenAt = this.#at
    const response = await fetch(...args)
    const { access_token } = (await response.clone().json()) as { access_token?: string }
    if (access_token !== undefined) this.#goodUntil.set(access_token, givenAt + lifeMs)
    return response
  }
}
