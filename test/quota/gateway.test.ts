import { describe, expect, it, jest } from '@jest/globals'
import { request } from 'node:http'
import type { Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'

const logins = ['alice', 'hanna', 'bruno', 'carmen', 'dora', 'emil', 'sol', 'iris', 'fatima'] as const

/** A query that no cache has answered before. */
let asked = 0
function freshQuery(): string {
  asked += 1
  return `query Fresh${asked} { billingAccountsConnection(first: 1) { edges { node { uuid } } } }`
}

/** The defaults, which other tests lift. */
const asDocumented = { QUOTA_PER_SECOND: '20', QUOTA_CUSTOMER_PER_MINUTE: '300' }

// Both ends of each call are in this process: where the machine stops it for a tenth of a second, calls that left in time arrive together.
jest.retryTimes(3, { logErrorsBeforeRetry: true })

describe('the gateway before the limits of Opower', () => {
  it('never meets a 429, whatever rush there is, and answers or refuses everybody in time', async () => {
    await using stack = await startStack({ env: { QUEUE_PER_CUSTOMER: '100', ...asDocumented } })
    await Promise.all(logins.map(login => stack.tokenOf(login)))
    await stack.control('faults', { limits: { perSecond: 20, perDay: 100_000 } })
    const startedAt = performance.now()
    const answers = await Promise.all(Array.from({ length: 90 }, (_, at) => stack.ask(logins[at % 9] ?? 'alice', freshQuery())))
    // The deadline of a request, and as much again for a busy machine.
    expect(performance.now() - startedAt).toBeLessThan(20_000)
    const statuses = (await stack.calls()).map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(statuses.length).toBeGreaterThanOrEqual(30)
    // A machine that takes its time to ask them all may leave nobody to be refused.
    expect(answers.filter(({ status }) => status !== 200 && status !== 503)).toEqual([])
    for (const each of answers) if (each.status === 503) expectRefusal(each)
    expect(await peakOf(stack)).toBeLessThanOrEqual(20)
  }, 60_000)

  it('refuses by 503 what cannot be answered at all, in either media type as the standard has it, and sends nothing', async () => {
    await using stack = await spentStack()
    const answer = await stack.ask('alice', freshQuery())
    expect(answer.status).toBe(503)
    expectRefusal(answer)
    const json = await stack.ask('alice', freshQuery(), { accept: 'application/json' })
    expect([json.status, json.errors?.[0]?.extensions.code]).toEqual([200, 'UPSTREAM_BUDGET_EXHAUSTED'])
    expect(await stack.calls()).toEqual([])
  })

  it('answers what it can, and tells at the path of the rest when to come back', async () => {
    await using stack = await spentStack()
    const answer = await stack.ask(
      'alice',
      `query Part { viewer { login } ${freshQuery()
        .replace(/^.*?\{/, '')
        .replace(/\}$/, '')} }`,
    )
    expect([answer.status, answer.data]).toEqual([200, { viewer: { login: 'alice' }, billingAccountsConnection: null }])
    expect(answer.errors).toMatchObject([
      {
        path: ['billingAccountsConnection'],
        extensions: { code: 'UPSTREAM_BUDGET_EXHAUSTED', retryAfterSeconds: expect.any(Number) },
      },
    ])
    expect(await stack.calls()).toEqual([])
  })

  it('still gives what it has kept when no call may be spent', async () => {
    await using stack = await spentStack()
    const query = '{ billingAccountsConnection { edges { node { urn } } } }'
    expect((await stack.ask('alice', query)).status).toBe(200)
  })

  it('tells what is left to the operator and to no customer', async () => {
    await using stack = await spentStack()
    const answer = await stack.ask('alice', freshQuery())
    expect(JSON.stringify([answer.text, [...answer.headers]])).not.toMatch(/remaining|quota|forecast|pressure/i)
    const metrics = await (await fetch(`${stack.gateway.adminUrl}/metrics`)).text()
    for (const line of [
      'substation_quota_remaining 0',
      'substation_budget_spent 1',
      'substation_budget_pressure 3',
      'substation_breaker_state{source="Opower"} 0',
      'substation_queue_length{class="interactive"} 0',
      'substation_queue_wait_seconds_count 1',
    ])
      expect(metrics).toContain(`${line}\n`)
    expect(metrics).toMatch(/^substation_budget_forecast \d+$/m)
    const ready = (await (await fetch(`${stack.gateway.url}/readyz`)).json()) as { status: string; reasons: string[] }
    expect(ready).toMatchObject({ status: 'degraded', reasons: [expect.stringContaining('nearly spent')] })
    expect(JSON.stringify(ready.reasons)).not.toMatch(/\d/)
  })

  it('leaves a busy Opower alone for as long as it asks', async () => {
    await using stack = await startStack({ env: asDocumented })
    await stack.control('faults', { status: { rate: 1, code: 429, retryAfter: 20 } })
    await stack.ask('alice', freshQuery())
    const before = (await stack.calls()).length
    const answer = await stack.ask('bruno', freshQuery())
    expectRefusal(answer)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(15)
    expect(await stack.calls()).toHaveLength(before)
  })

  it('makes no call for a client that hung up while it waited', async () => {
    await using stack = await startStack({ env: { QUOTA_PER_SECOND: '1' } })
    const authorization = `Bearer ${await stack.tokenOf('bruno')}`
    await stack.ask('alice', freshQuery())
    const waiting = stack.ask('carmen', freshQuery())
    const hangUp = comeAndGo(stack, authorization, 'query Left { billingAccountsConnection(first: 1) { edges { node { uuid } } } }')
    await queued(stack, 2)
    hangUp()
    await queued(stack, 1)
    expect((await waiting).status).toBe(200)
    expect((await stack.calls()).map(({ operationName }) => operationName)).not.toContain('Left')
  }, 20_000)

  it('still answers whoever shares a call whose first asker hung up', async () => {
    await using stack = await startStack({ env: { QUOTA_PER_SECOND: '1' } })
    const authorization = `Bearer ${await stack.tokenOf('bruno')}`
    const query = 'query Shared { billingAccountsConnection(first: 1) { edges { node { uuid } } } }'
    await stack.ask('alice', freshQuery())
    const hangUp = comeAndGo(stack, authorization, query)
    await queued(stack, 1)
    const follower = stack.ask('bruno', query)
    await stack.ask('nadia', '{ viewer { login } }')
    hangUp()
    expect((await follower).status).toBe(200)
    expect((await stack.calls()).filter(({ operationName }) => operationName === 'Shared')).toHaveLength(1)
  }, 20_000)

  it('breaks off a call when all who shared it have hung up, and not before', async () => {
    await using stack = await startStack()
    const authorization = `Bearer ${await stack.tokenOf('bruno')}`
    const query = 'query Slow { billingAccountsConnection(first: 1) { edges { node { utilityId } } } }'
    await stack.ask('bruno', freshQuery())
    await stack.control('faults', { slow: { rate: 1, ms: 20_000 } })
    await stack.forgetCalls()
    const hangUps = [1, 2].map(() => comeAndGo(stack, authorization, query))
    while ((await stack.calls()).length === 0) await stack.ask('nadia', '{ viewer { login } }')
    hangUps[0]?.()
    await stack.ask('nadia', '{ viewer { login } }')
    expect(await aborted(stack)).toBe(0)
    hangUps[1]?.()
    while ((await aborted(stack)) === 0) await stack.ask('nadia', '{ viewer { login } }')
    expect([await aborted(stack), (await stack.calls()).length]).toEqual([1, 1])
  }, 15_000)

  it('gives a request one deadline over all its calls', async () => {
    await using stack = await startStack({ env: { UPSTREAM_TIMEOUT_MS: '2900', REQUEST_DEADLINE_MS: '3000' } })
    await stack.ask('alice', freshQuery())
    await stack.control('faults', { slow: { rate: 1, ms: 2_500 }, nullRoot: { rate: 1 } })
    const startedAt = performance.now()
    const answer = await stack.ask('alice', freshQuery())
    expect(performance.now() - startedAt).toBeLessThan(4_800)
    expect([answer.status, answer.errors?.[0]?.extensions.code]).toEqual([504, 'UPSTREAM_TIMEOUT'])
  })
})

/** Asks and does not wait for the answer; returns how to hang up. */
function comeAndGo({ gateway }: Stack, authorization: string, query: string): () => void {
  const client = request(`${gateway.url}/graphql`, { method: 'POST', headers: { authorization, 'content-type': 'application/json' } })
  client.on('error', () => {})
  client.end(JSON.stringify({ query }))
  return () => void client.destroy()
}

/** A day of one call, which has been spent on the one thing that is kept. */
async function spentStack(): Promise<Stack> {
  const stack = await startStack({ env: { QUOTA_PER_SECOND: '1', QUOTA_PER_DAY: '1' } })
  await stack.ask('alice', '{ billingAccountsConnection { edges { node { urn } } } }')
  await stack.forgetCalls()
  return stack
}

function expectRefusal({ headers, errors }: Awaited<ReturnType<Stack['ask']>>): void {
  const seconds = Number(headers.get('retry-after'))
  expect(seconds).toBeGreaterThanOrEqual(1)
  expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_BUDGET_EXHAUSTED', retryAfterSeconds: seconds } }])
}

async function peakOf({ simulatorUrl }: Stack): Promise<number> {
  const { limits } = (await (await fetch(`${simulatorUrl}/__sim/calls`)).json()) as { limits: Record<string, { peakPerSecond: number }> }
  return Math.max(...Object.values(limits).map(({ peakPerSecond }) => peakPerSecond))
}

/** Resolves when so many calls of customers wait. */
async function queued({ gateway }: Stack, count: number): Promise<void> {
  for (;;) {
    const metrics = await (await fetch(`${gateway.adminUrl}/metrics`)).text()
    if (metrics.includes(`substation_queue_length{class="interactive"} ${count}\n`)) return
  }
}

/** Calls that were broken off. */
async function aborted({ gateway }: Stack): Promise<number> {
  const metrics = await (await fetch(`${gateway.adminUrl}/metrics`)).text()
  return Number(/substation_upstream_calls_total\{source="Opower",result="aborted"\} (\d+)/.exec(metrics)?.[1] ?? 0)
}
