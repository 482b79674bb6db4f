import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { callsOf, nowhere, setFaults } from '../sources/mesh-of.js'
import type { Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'
import type { Upstream } from '../support/upstream.js'
import { answerJson, startUpstream } from '../support/upstream.js'

interface Report {
  readonly status: string
  readonly reasons: readonly string[]
  readonly sources: Readonly<Record<string, { readonly state: string }>>
}

async function readinessOf({ gateway }: Stack): Promise<{ status: number; report: Report }> {
  const response = await fetch(`${gateway.url}/readyz`)
  return { status: response.status, report: (await response.json()) as Report }
}

describe('readiness and the utility’s own sources', () => {
  let stack: Stack
  beforeAll(async () => {
    stack = await startStack({ withSources: true, env: { ORDERS_URL: `${nowhere}/field-service` } })
  }, 240_000)
  afterAll(async () => {
    await stack[Symbol.asyncDispose]()
  })

  it('is degraded while one is away, names it, takes traffic, and spends no call to find out', async () => {
    const { status, report } = await readinessOf(stack)
    expect([status, report.status, report.reasons]).toEqual([200, 'degraded', ['Orders: not reachable']])
    expect(Object.keys(report.sources)).toEqual(['Opower', 'Outages', 'Orders', 'Tariffs', 'Billing'])
    expect(await callsOf(stack.sources?.origins.outages ?? '')).toEqual([])
    expect(await stack.calls()).toEqual([])
  })

  it('hears of each call, a transaction with billing too', async () => {
    await setFaults(stack.sources?.controlUrl ?? '', { down: true })
    await stack.ask('alice', '{ billingAccountByAuthContext { balance { amount } } tariffPlans { code } }')
    const { status, report } = await readinessOf(stack)
    expect([status, report.reasons]).toEqual([200, ['Orders: not reachable', 'Billing: last call: unavailable']])
    const metrics = await (await fetch(`${stack.gateway.adminUrl}/metrics`)).text()
    expect(metrics).toContain('substation_upstream_calls_total{source="Billing",result="unavailable"} 1')
    expect(metrics).toContain('substation_upstream_calls_total{source="Tariffs",result="ok"} 1')
  })
})

describe('a source that fails inside its answer', () => {
  let upstream: Upstream
  let stack: Stack
  beforeAll(async () => {
    upstream = await startUpstream()
    stack = await startStack({ env: { TARIFFS_URL: upstream.url } })
  }, 240_000)
  afterAll(async () => {
    await stack[Symbol.asyncDispose]()
    await upstream.close()
  })

  it('leaves null at the very place, with a code and no word of its own, and the rest of the row', async () => {
    upstream.answer = (response, { body }) => {
      const alias = /(\w+):tariffPlansByCode/.exec(body)?.[1] ?? 'tariffPlansByCode'
      const key = /(\w+):code/.exec(body)?.[1] ?? 'code'
      const rows = ['GAS-1', 'RES-1'].map(code => ({ [key]: code, code, name: code, summary: code === 'RES-1' ? null : code }))
      const errors = [{ message: 'canary of a source', path: [alias, 1, 'summary'] }]
      answerJson(response, 200, JSON.stringify({ data: { [alias]: rows }, errors }))
    }
    const answer = await stack.ask('bruno', '{ billingAccountByAuthContext { serviceAgreements { tariff { code name summary } } } }')
    expect(answer.text).not.toContain('canary')
    expect(answer.data).toEqual({
      billingAccountByAuthContext: {
        serviceAgreements: [
          { tariff: { code: 'RES-1', name: 'RES-1', summary: null } },
          { tariff: { code: 'GAS-1', name: 'GAS-1', summary: 'GAS-1' } },
        ],
      },
    })
    expect(answer.errors).toEqual([
      expect.objectContaining({
        path: ['billingAccountByAuthContext', 'serviceAgreements', 0, 'tariff', 'summary'],
        extensions: { code: 'UPSTREAM_UNAVAILABLE' },
      }),
    ])
  })
})

describe('a slow source', () => {
  it('makes nobody wait twice: what joins the accounts does not wait for what was asked beside them', async () => {
    await using stack = await startStack({ withSources: true, env: { UPSTREAM_TIMEOUT_MS: '4000' } })
    const origins = Object.values(stack.sources?.origins ?? {})
    await Promise.all(origins.map(origin => setFaults(origin, { slow: { ms: 20_000 } })))
    const links = 'serviceAgreements { tariff { code } } premisesConnection(first: 5) { edges { node { outages { outageId } } } }'
    const startedAt = performance.now()
    const answer = await stack.ask(
      'bruno',
      `{ billingAccountByAuthContext { ${links} } serviceAppointments { appointmentId } tariffPlans { code } }`,
    )
    expect(performance.now() - startedAt).toBeLessThan(7_500)
    expect(new Set(answer.errors?.map(({ extensions }) => extensions.code))).toEqual(new Set(['UPSTREAM_TIMEOUT']))
  }, 240_000)
})

describe('the credential of a source, in the gateway', () => {
  const canary = 'canary-credential-77c0'
  const folder = mkdtempSync(join(tmpdir(), 'substation-credentials-'))
  const file = join(folder, 'tariffs')
  writeFileSync(file, `Bearer ${canary}\n`)
  afterAll(() => rmSync(folder, { recursive: true }))

  it('reaches its source and nobody else, and is in no answer', async () => {
    const upstream = await startUpstream()
    upstream.answer = (response, { headers }) => answerJson(response, 200, JSON.stringify({ errors: [{ message: headers.authorization }] }))
    {
      await using stack = await startStack({ withSources: true, env: { TARIFFS_URL: upstream.url, TARIFFS_AUTHORIZATION_FILE: file } })
      const answer = await stack.ask(
        'alice',
        '{ tariffPlans { code } serviceAppointments { appointmentId } areaOutages(areaCode: "1") { areaCode } }',
      )
      expect(upstream.received[0]?.headers.authorization).toBe(`Bearer ${canary}`)
      expect([answer.text, await (await fetch(`${stack.gateway.url}/readyz`)).text()].join()).not.toContain(canary)
      const others = await Promise.all(['orders' as const, 'outages' as const].map(name => callsOf(stack.sources?.origins[name] ?? '')))
      expect(others.map(calls => calls.length)).toEqual([1, 1])
      for (const { headers } of others.flat()) expect(headers['authorization']).toBeUndefined()
      expect(JSON.stringify(await stack.calls())).not.toContain(canary)
    }
    await upstream.close()
  }, 240_000)

  it.each([
    ['that cannot be sent', { TARIFFS_URL: 'http://127.0.0.1:9/graphql' }, `${canary}\n`],
    ['for a source that has no address', {}, `Bearer ${canary}`],
  ])('%s stops the start, and is not shown', async (_what, env, content) => {
    const wrong = join(folder, 'wrong')
    writeFileSync(wrong, content)
    const start = startStack({ env: { ...env, TARIFFS_AUTHORIZATION_FILE: wrong } })
    const fault: unknown = await start.then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(String(fault)).toContain('TARIFFS_AUTHORIZATION_FILE')
    expect(String(fault)).not.toContain(canary)
  })
})
