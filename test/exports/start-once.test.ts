import { beforeEach, describe, expect, it } from '@jest/globals'
import { refusal } from '../../src/errors.js'
import type { BoundJob } from '../../src/exports/export-legs.js'
import type { JobAnswer } from '../../src/exports/start-once.js'
import { startOnce } from '../../src/exports/start-once.js'
import type { StartRegister } from '../../src/exports/start-register.js'
import { createStartRegister } from '../../src/exports/start-register.js'
import { UpstreamFailure, upstreamFault } from '../../src/opower/upstream-errors.js'
import { createMemoryStore } from '../../src/store/memory-store.js'
import { TokenFailure } from '../../src/token/token-failure.js'
import { planOf } from '../plan/customer-graph.js'

const plan = planOf('mutation { generateUsageExportFile { uuid } }').plan
const [leg] = plan.legs
const started = { _gwId: 'job-1', _gwLink: null, _gwRunning: true }

let now: number
let register: StartRegister
let asked: number
beforeEach(() => {
  ;[now, asked] = [0, 0]
  register = createStartRegister(createMemoryStore({ now: () => now }), { startMs: 200 })
})

describe('after an answer that leaves open whether an export was started', () => {
  it.each<[string, () => JobAnswer]>([
    ['a time-out', () => fail(upstreamFault('UPSTREAM_TIMEOUT', new UpstreamFailure('took too long')))],
    ['a connection that broke', () => fail(upstreamFault('UPSTREAM_UNAVAILABLE', new UpstreamFailure('broke off: ECONNRESET')))],
    ['a page in HTML', () => fail(upstreamFault('UPSTREAM_UNAVAILABLE', new UpstreamFailure('is no JSON', { status: 200 })))],
    ['a status of 503', () => fail(upstreamFault('UPSTREAM_UNAVAILABLE', new UpstreamFailure('failed', { status: 503 })))],
    ['a fault of our own', () => fail(new TypeError('unexpected'))],
    ['a null without a word', () => told(null)],
    ['a job without a uuid', () => told({ _gwId: null })],
  ])('such as %s, nobody may start it for a minute, and then again', async (_what, answer) => {
    await ask(answer).catch(() => undefined)
    now = 59_000
    await expect(ask(() => told(started))).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT', extensions: { retryAfterSeconds: 60 } })
    expect(asked).toBe(1)
    now = 60_000
    expect(await ask(() => told(started))).toMatchObject({ data: { [aliasOf()]: started } })
    expect(asked).toBe(2)
  })
})

describe('after an answer that shows that nothing was started', () => {
  it.each<[string, () => JobAnswer]>([
    ['a refusal', () => fail(upstreamFault('UPSTREAM_REFUSED', new UpstreamFailure('refused', { status: 403 })))],
    ['no call to spend', () => fail(refusal('UPSTREAM_BUDGET_EXHAUSTED'))],
    [
      'a token that is not believed',
      () => fail(upstreamFault('UPSTREAM_UNAVAILABLE', new UpstreamFailure('token', { isTokenRefused: true }))),
    ],
    ['no token', () => fail(upstreamFault('UPSTREAM_UNAVAILABLE', new TokenFailure('network')))],
    [
      'nobody there',
      () => fail(upstreamFault('UPSTREAM_UNAVAILABLE', new UpstreamFailure('could not be reached, or broke off: ECONNREFUSED'))),
    ],
    ['an error in its place', () => told(null, [{ message: 'no' }])],
  ])('such as %s, it may be started at once', async (_what, answer) => {
    await ask(answer).catch(() => undefined)
    expect(await ask(() => told(started))).toMatchObject({ data: { [aliasOf()]: started } })
    expect(asked).toBe(2)
  })
})

describe('a start that is still on its way', () => {
  it('is waited for, and its job is the other’s too', async () => {
    let finish = (_answer: JobAnswer): void => undefined
    const first = ask(() => new Promise<JobAnswer>(resolve => (finish = resolve)))
    const second = ask(() => told({ _gwId: 'job-2' }))
    await untilAsked()
    finish(told(started))
    expect(await second).toEqual(await first)
    expect(asked).toBe(1)
  })

  it('that fails for sure leaves its turn to the one that waited', async () => {
    let failNow = (_error: unknown): void => undefined
    const first = ask(() => new Promise<JobAnswer>((_resolve, reject) => (failNow = reject)))
    const second = ask(() => told(started))
    await untilAsked()
    failNow(refusal('UPSTREAM_BUDGET_EXHAUSTED'))
    await expect(first).rejects.toMatchObject({ code: 'UPSTREAM_BUDGET_EXHAUSTED' })
    expect(await second).toMatchObject({ data: { [aliasOf()]: started } })
  })

  it('and never ends is waited for no longer than a start may take', async () => {
    void ask(() => new Promise<JobAnswer>(() => undefined))
    await expect(ask(() => told(started))).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
    expect(asked).toBe(1)
  })
})

describe('an Idempotency-Key', () => {
  it('is good for a day, longer than the request without it', async () => {
    await ask(() => told(started), 'key')
    now = 86_399_000
    await ask(() => told({ _gwId: 'job-2' }), 'key')
    expect(asked).toBe(1)
    now = 86_400_000
    await ask(() => told({ _gwId: 'job-2' }), 'key')
    expect(asked).toBe(2)
  })

  it('does not make the same request within a minute another one', async () => {
    await ask(() => told(started), 'key-1')
    expect(await ask(() => told({ _gwId: 'job-2' }), 'key-2')).toMatchObject({ data: { [aliasOf()]: started } })
    expect(asked).toBe(1)
  })
})

function ask(answer: () => JobAnswer | Promise<JobAnswer>, key?: string): Promise<JobAnswer> {
  if (leg === undefined) throw new TypeError('expected a leg for the export')
  const owner = { subject: { issuer: 'https://issuer.example', sub: 'customer-1' }, urns: [] }
  const job: BoundJob = { leg, owner, value: {}, start: { request: 'request', key } }
  return startOnce([job], register, async without => {
    if (without.size > 0) return { data: {}, errors: [] }
    asked += 1
    return answer()
  })
}

async function untilAsked(): Promise<void> {
  while (asked === 0) await new Promise(resolve => setImmediate(resolve))
}

function aliasOf(): string {
  return leg?.alias ?? ''
}

function told(job: unknown, errors: readonly unknown[] = []): JobAnswer {
  return { data: { [aliasOf()]: job }, errors }
}

function fail(error: Error): never {
  throw error
}
