import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { Child } from './child.js'
import { startChild } from './child.js'
import { gatewayFlags } from './gateway-flags.js'
import type { Places } from './places.js'
import { DemoError, originOf } from './places.js'

const readyWithinMs = 60_000
const pollMs = 100
const patienceMs = 10_000

/** The compiled files, in `dist/` as this one; the gateway is the bundle that is run in earnest, too. */
const files = {
  simulator: new URL('../main.js', import.meta.url),
  issuer: new URL('./issuer-main.js', import.meta.url),
  directory: new URL('./directory-main.js', import.meta.url),
  sources: new URL('../sources/main.js', import.meta.url),
  gateway: new URL('../../gateway/main.js', import.meta.url),
}

/** The running parts of the demo. */
export class DemoParts {
  readonly #children: Child[] = []
  #stopping = false

  /** Fails with a DemoError as soon as one part ends that was not asked to. */
  readonly failure: Promise<never>
  #fail: (error: DemoError) => void = () => undefined

  constructor() {
    this.failure = new Promise<never>((_, reject) => (this.#fail = reject))
    this.failure.catch(() => undefined)
  }

  /** Starts one part and does not wait for it. */
  begin(part: keyof typeof files, places: Places, env: Readonly<Record<string, string>>, show: boolean): void {
    const child = startChild({
      what: places[part].what,
      file: files[part],
      env,
      show,
      ...(part === 'gateway' ? { flags: gatewayFlags } : {}),
    })
    this.#children.unshift(child)
    void child.ended.then(how => this.#ended(child, how))
  }

  /** Starts one part and waits until it answers over HTTP; the answer is for the caller to judge. */
  async start(part: keyof typeof files, places: Places, env: Readonly<Record<string, string>>, show: boolean): Promise<void> {
    this.begin(part, places, env, show)
    await Promise.race([this.failure, answers(originOf(places[part]), places[part].what)])
  }

  /** The gateway's own word on its state, once it says that it serves. */
  async ready(places: Places): Promise<string> {
    return Promise.race([this.failure, untilReady(`${originOf(places.gateway)}/readyz`)])
  }

  /** The gateway first, then what it stands on. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const child of this.#children) await child.stop(patienceMs)
  }

  kill(): void {
    for (const child of this.#children) child.kill()
  }

  #ended(child: Child, how: string): void {
    if (this.#stopping) return
    process.stderr.write(child.lastWords())
    this.#fail(new DemoError(`${capital(child.what)} ended unexpectedly (${how}); the demo stops.`))
  }
}

async function answers(origin: string, what: string): Promise<void> {
  await until(`${what} did not answer at ${origin}`, async () => {
    const response = await fetch(origin, { signal: AbortSignal.timeout(2000) })
    await response.body?.cancel()
    return true
  })
}

function untilReady(url: string): Promise<string> {
  return until(`The gateway was not ready (${url})`, async () => {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) })
    const state: unknown = await response.json()
    return response.ok ? statusIn(state) : undefined
  })
}

/** Asks again until there is an answer; connections that are refused are the start itself. */
async function until<T>(otherwise: string, ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + readyWithinMs
  while (Date.now() < deadline) {
    const answer = await ask().catch(() => undefined)
    if (answer !== undefined) return answer
    await pause(pollMs)
  }
  throw new DemoError(`${otherwise} within ${readyWithinMs / 1000} seconds; the demo stops.`)
}

const stateSchema = z.object({ status: z.string(), reasons: z.array(z.string()) })

function statusIn(state: unknown): string {
  const { data } = stateSchema.safeParse(state)
  if (data === undefined) return 'ready'
  return data.reasons.length === 0 ? data.status : `${data.status}: ${data.reasons.join('; ')}`
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
}
