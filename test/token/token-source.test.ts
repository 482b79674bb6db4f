import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import type { ServerResponse } from 'node:http'
import { GatewayError } from '../../src/errors.js'
import type { TokenEvent } from '../../src/token/token-calls.js'
import { TokenFailure } from '../../src/token/token-failure.js'
import type { TokenSource, TokenSourceOptions } from '../../src/token/token-source.js'
import { createTokenSource } from '../../src/token/token-source.js'
import type { TokenServer } from '../support/token-server.js'
import { json, startTokenServer, tokenBody } from '../support/token-server.js'

const clientId = 'f3a1c0de-0000-4000-8000-00000c11e47d'
const clientSecret = 'f3a1c0de-0000-4000-8000-0000005ec4e7'
const lifeMs = 3_599_000
const realBesidesDate = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const

let server: TokenServer
let source: TokenSource
let time: number
let events: TokenEvent[]
let heard: (() => void) | undefined

function start(options: Partial<TokenSourceOptions> = {}): void {
  const settings = {
    graphqlUrl: server.url,
    tokenUrl: server.url,
    utilityCode: 'smu',
    clientId: { value: clientId },
    clientSecret: { value: clientSecret },
  }
  const onEvent = (event: TokenEvent) => (events.push(event), heard?.())
  source = createTokenSource({ settings, now: () => time, random: () => 0, onEvent, ...options })
}

/** Resolves once so many token calls have ended, one turn later than the source itself knows. */
async function ended(count: number): Promise<void> {
  while (events.length < count) await new Promise<void>(resolve => (heard = resolve))
  await new Promise(resolve => setImmediate(resolve))
}

/** Keeps the answers of the endpoint back until the test gives them. */
function hold(): ServerResponse[] {
  const held: ServerResponse[] = []
  server.answer = response => held.push(response)
  return held
}

function give(response: ServerResponse | undefined, token: string): void {
  if (response !== undefined) json(response, 200, tokenBody(token))
}

async function refusalOf(call: Promise<unknown>): Promise<GatewayError> {
  const outcome = await call.catch((error: unknown) => error)
  if (outcome instanceof GatewayError) return outcome
  throw new Error(`expected a refusal, got ${String(outcome)}`)
}

beforeEach(async () => {
  ;[time, events, heard] = [0, [], undefined]
  server = await startTokenServer({ clientId, clientSecret })
})

afterEach(async () => {
  source.close()
  await server.close()
})

describe('asking for the utility token', () => {
  it('makes one call for a thousand callers who wait for the first token', async () => {
    start()
    const tokens = await Promise.all(Array.from({ length: 1_000 }, () => source.token()))
    expect(new Set(tokens).size).toBe(1)
    expect(server.calls).toHaveLength(1)
  })

  it('sends client id and secret by Basic, letter by letter, and a form body', async () => {
    start()
    await source.token()
    const pair = Buffer.from(`${clientId}:${clientSecret}`).toString('base64')
    expect(server.calls[0]?.authorization).toBe(`Basic ${pair}`)
    expect(server.calls[0]?.contentType).toMatch(/^application\/x-www-form-urlencoded/)
    expect(server.calls[0]?.body).toBe('grant_type=client_credentials')
  })

  it('makes no call before the first caller comes', () => {
    start()
    const times = { ageSeconds: undefined, secondsToExpiry: undefined, secondsToRefresh: undefined }
    expect(source.status()).toEqual({ state: 'cold', ...times, calls: {}, lastFailure: undefined })
    expect(server.calls).toHaveLength(0)
  })

  it('tells age, time left and calls, and not the token', async () => {
    start()
    const token = await source.token()
    time = 10_000
    const times = { ageSeconds: 10, secondsToExpiry: 3_589, secondsToRefresh: 0.75 * 3_599 - 10 }
    expect(source.status()).toEqual({ state: 'ready', ...times, calls: { ok: 1 }, lastFailure: undefined })
    expect(JSON.stringify([source.status(), events])).not.toContain(token)
  })
})

describe('refreshing ahead', () => {
  it('lets nobody wait: the old token serves while the new one is on its way', async () => {
    start()
    const first = await source.token()
    time = lifeMs * 0.76
    const held = hold()
    expect(await Promise.all(Array.from({ length: 100 }, () => source.token()))).toEqual(Array(100).fill(first))
    await server.arrived(2)
    give(held[0], 'second')
    await ended(2)
    expect(await source.token()).toBe('second')
    expect(server.calls).toHaveLength(2)
  })

  it('does not begin before three quarters of the life are over', async () => {
    start()
    const first = await source.token()
    time = lifeMs * 0.74
    expect(await source.token()).toBe(first)
    expect(server.calls).toHaveLength(1)
  })

  it('needs no caller at all', async () => {
    server.expiresIn = '1'
    start({ now: () => performance.now() })
    await source.token()
    await ended(3)
    expect(server.calls.length).toBeGreaterThanOrEqual(3)
    expect(source.status().state).toBe('ready')
  })

  it('keeps the old token while the endpoint fails, asks ever more rarely, and recovers by itself', async () => {
    start()
    const first = await source.token()
    time = lifeMs * 0.76
    server.answer = response => response.writeHead(503).end('<html>down</html>')
    for (const [failures, waitMs] of [0, 500, 1_000, 2_000].entries()) {
      time += waitMs
      expect(await source.token()).toBe(first)
      await ended(failures + 2)
    }
    expect(server.calls).toHaveLength(5)
    expect(await source.token()).toBe(first)
    expect(server.calls).toHaveLength(5)
    expect(source.status()).toMatchObject({ state: 'stale', lastFailure: 'unavailable', calls: { ok: 1, unavailable: 4 } })
    server.answer = undefined
    time += 30_000
    await source.token()
    await ended(6)
    expect(await source.token()).not.toBe(first)
    expect(source.status()).toMatchObject({ state: 'ready', lastFailure: undefined })
  })

  it('refuses with UPSTREAM_UNAVAILABLE once life and endpoint are both over, without storming the endpoint', async () => {
    start()
    await source.token()
    time = lifeMs + 1
    server.answer = response => response.writeHead(500).end()
    const refusals = await Promise.all(Array.from({ length: 100 }, () => refusalOf(source.token())))
    expect(refusals.every(({ code }) => code === 'UPSTREAM_UNAVAILABLE')).toBe(true)
    expect(refusals[0]?.extensions).toEqual({ code: 'UPSTREAM_UNAVAILABLE' })
    expect(refusals[0]?.reason).toBeInstanceOf(TokenFailure)
    expect((await refusalOf(source.token())).code).toBe('UPSTREAM_UNAVAILABLE')
    expect(server.calls).toHaveLength(2)
    expect(source.status().state).toBe('failing')
  })

  it('makes no call after close, and goes on handing out what is good', async () => {
    start()
    const token = await source.token()
    source.close()
    time = lifeMs * 0.9
    expect(await source.token()).toBe(token)
    time = lifeMs + 1
    expect((await refusalOf(source.token())).reason).toMatchObject({ code: 'closed' })
    expect(server.calls).toHaveLength(1)
  })
})

describe('a token that the upstream refuses', () => {
  it('is replaced once for a storm of a thousand refusals', async () => {
    start()
    const first = await source.token()
    const verdicts = Array.from({ length: 1_000 }, () => source.refused(first))
    const tokens = await Promise.all(Array.from({ length: 1_000 }, () => source.token()))
    expect(verdicts.every(Boolean)).toBe(true)
    expect(new Set(tokens).size).toBe(1)
    expect(tokens).not.toContain(first)
    expect(server.calls).toHaveLength(2)
  })

  it('is kept for a while when its fresh successor is refused too, a longer while each time', async () => {
    start()
    for (const coolDownMs of [500, 1_000, 2_000]) {
      const token = await source.token()
      expect(source.refused(token)).toBe(true)
      const next = await source.token()
      time += coolDownMs - 1
      expect(source.refused(next)).toBe(false)
      expect(await source.token()).toBe(next)
      time += 1
    }
    expect(server.calls).toHaveLength(4)
  })

  it('takes no newer token with it', async () => {
    start()
    const first = await source.token()
    source.refused(first)
    const second = await source.token()
    expect(source.refused(first)).toBe(true)
    expect(await source.token()).toBe(second)
    expect(server.calls).toHaveLength(2)
  })

  it('is not followed by an answer that was asked for before the refusal', async () => {
    start()
    const first = await source.token()
    const held = hold()
    time = lifeMs * 0.76
    await source.token()
    await server.arrived(2)
    source.refused(first)
    await server.arrived(3)
    const waiting = source.token()
    give(held[0], 'older')
    await ended(2)
    give(held[1], 'newer')
    expect(await waiting).toBe('newer')
    expect(await source.token()).toBe('newer')
  })

  it('is never overwritten by a slow older answer', async () => {
    start()
    const first = await source.token()
    const held = hold()
    time = lifeMs * 0.76
    await source.token()
    await server.arrived(2)
    source.refused(first)
    await server.arrived(3)
    give(held[1], 'newer')
    expect(await source.token()).toBe('newer')
    give(held[0], 'older')
    await ended(3)
    expect(await source.token()).toBe('newer')
  })
})

describe('a clock that is set back or forward', () => {
  afterEach(() => void jest.useRealTimers())

  it('neither ends a token nor lengthens its life: only time that passes counts', async () => {
    jest.useFakeTimers({ doNotFake: [...realBesidesDate] })
    start()
    const first = await source.token()
    for (const date of ['1999-01-01', '2199-01-01']) {
      jest.setSystemTime(new Date(date))
      expect(await source.token()).toBe(first)
    }
    time = lifeMs
    expect(await source.token()).not.toBe(first)
    expect(server.calls).toHaveLength(2)
  })
})

describe('an endpoint that asks to be left alone', () => {
  it('is left alone for as long as it says, but no longer than a minute', async () => {
    start()
    for (const [seconds, waitMs] of [
      [20, 20_000],
      [86_400, 60_000],
    ] as const) {
      server.answer = response => response.writeHead(429, { 'retry-after': String(seconds) }).end()
      await refusalOf(source.token())
      const calls = server.calls.length
      time += waitMs - 1
      await refusalOf(source.token())
      expect(server.calls).toHaveLength(calls)
      time += 1
    }
    server.answer = undefined
    expect(await source.token()).toMatch(/^[0-9a-f-]{36}$/)
  })
})
