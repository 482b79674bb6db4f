import { gatewayEnvironment } from '../../simulator/demo/gateway-environment.js'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { getIntrospectionQuery } from 'graphql'
import { requestToken } from '../../simulator/demo/demo-tokens.js'
import { startDemoIssuer } from '../../simulator/demo/issuer.js'
import { population } from '../../simulator/population/population.js'
import type { Simulator } from '../../simulator/server.js'
import { startSimulator } from '../../simulator/server.js'
import type { Gateway } from '../../src/server/gateway.js'
import { startGateway } from '../../src/server/gateway.js'
import { createLog } from '../../src/server/log.js'
import type { Settings } from '../../src/settings.js'
import { loadSettings } from '../../src/settings.js'
import { credentials } from '../support/stack.js'

const accounts = '{ billingAccountsConnection { edges { node { urn name } } } }'
const browser = { accept: 'text/html,*/*;q=0.8' }

describe('the whole gateway', () => {
  let simulator: Simulator
  let issuer: Awaited<ReturnType<typeof startDemoIssuer>>
  let gateway: Gateway
  let lines: string[]
  beforeAll(async () => {
    simulator = await startSimulator({ profile: 'test' })
    issuer = await startDemoIssuer({ host: '127.0.0.1', port: 0, audience: 'substation', population })
    gateway = await start()
  })
  afterAll(async () => {
    await gateway.close()
    await Promise.all([simulator.close(), issuer.close()])
  })
  beforeEach(async () => {
    lines = []
    await control('DELETE', 'calls')
    await control('POST', 'faults', {})
  })

  it('answers a customer, and logs and counts it without naming anybody', async () => {
    const response = await post(gateway.url, accounts, await tokenOf('alice'))
    const text = await response.text()
    const [account] = population.customers.find(({ login }) => login === 'alice')?.accountUrns ?? []
    expect([response.status, text]).toEqual([200, expect.stringContaining(String(account))])
    const line = lines.map(each => JSON.parse(each) as Record<string, unknown>).find(({ msg }) => msg === 'request')
    expect(line).toMatchObject({
      status: 200,
      codes: ['OK'],
      accounts: 1,
      upstreamCalls: 1,
      requestId: response.headers.get('x-request-id'),
    })
    for (const secret of ['alice', String(account), await tokenOf('alice'), credentials.secret])
      expect(lines.join('')).not.toContain(secret)
    const metrics = await (await fetch(`${gateway.adminUrl}/metrics`)).text()
    expect(metrics).toContain('substation_requests_total{code="OK"} 1')
    expect(metrics).toContain('substation_upstream_calls_total{source="Opower",result="ok"} 1')
    expect(metrics).toContain('substation_token_calls_total{result="ok"} 1')
    expect(metrics).toMatch(/substation_token_age_seconds \d/)
  })

  it('asks who is there before it looks at what was sent', async () => {
    for (const body of ['garbage', '[]', JSON.stringify({ query: '{ __schema { types { name } } }' })]) {
      const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body })
      expect(response.status).toBe(401)
    }
    expect(await calls('graphql')).toBe(0)
  })

  it('refuses a document of more tokens than are allowed, without a call', async () => {
    const response = await post(gateway.url, `{ ${'viewer { login } '.repeat(2_000)}}`, await tokenOf('alice'))
    const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] }
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['OPERATION_TOO_COSTLY'])
    expect(await calls('graphql')).toBe(0)
  })

  it('sends its request id upstream, and nothing else that the caller sent', async () => {
    const headers = { 'x-request-id': 'caller-chose-this', cookie: 'canary=1', 'x-canary': '1', forwarded: 'for=1.2.3.4' }
    await post(gateway.url, '{ billingAccountsConnection { totalCount edges { node { urn } } } }', await tokenOf('alice'), headers)
    const { log } = (await (await fetch(`${simulator.url}/__sim/calls`)).json()) as { log: { headers: Record<string, string> }[] }
    expect(log).toHaveLength(1)
    expect(log[0]?.headers).toMatchObject({ 'x-request-id': 'caller-chose-this' })
    expect(JSON.stringify(log[0]?.headers)).not.toMatch(/canary|1\.2\.3\.4/)
    expect(log[0]?.headers['authorization']).not.toContain(await tokenOf('alice'))
  })

  it('stays ready and says what is wrong while Opower fails, and is whole again after the next good call', async () => {
    await control('POST', 'faults', { status: { code: 503, rate: 1 } })
    await post(gateway.url, '{ billingAccountsConnection { edges { node { utilityId } } } }', await tokenOf('carmen'))
    expect(await readiness(gateway.url)).toMatchObject([200, { status: 'degraded', sources: { Opower: { state: 'failing' } } }])
    await control('POST', 'faults', {})
    await post(gateway.url, '{ billingAccountsConnection { edges { node { accountNumber } } } }', await tokenOf('carmen'))
    expect(await readiness(gateway.url)).toMatchObject([200, { status: 'ready', reasons: [], sources: { Opower: { state: 'ok' } } }])
  })

  it('shows the schema and the page to the signed-in outside production', async () => {
    const response = await post(gateway.url, getIntrospectionQuery(), await tokenOf('alice'))
    expect(await response.json()).toHaveProperty('data.__schema.queryType.name', 'Query')
    expect((await fetch(`${gateway.url}/graphql`, { headers: browser })).headers.get('content-type')).toMatch(/^text\/html/)
    expect((await fetch(`${gateway.url}/demo/customers`)).status).toBe(200)
    expect(await calls('graphql')).toBe(0)
  })

  it('shows neither schema nor page nor sign-in in production', async () => {
    const production = await start({ environment: 'production' })
    const response = await post(production.url, getIntrospectionQuery(), await tokenOf('alice'))
    const text = await response.text()
    expect([text.includes('FIELD_NOT_AVAILABLE'), text.includes('BillingAccount')]).toEqual([true, false])
    const misspelled = await (await post(production.url, '{ billingAccountsConnectio { totalCount } }', await tokenOf('alice'))).text()
    expect(misspelled).not.toMatch(/did you mean|billingAccountsConnection/i)
    expect((await fetch(`${production.url}/graphql`, { headers: browser })).status).toBe(406)
    expect((await fetch(`${production.url}/demo/customers`)).status).toBe(404)
    await production.close()
  })

  it('starts while the issuer of sessions is down, and is not ready until it was there once', async () => {
    const elsewhere = await startDemoIssuer({ host: '127.0.0.1', port: 0, audience: 'substation', population })
    await elsewhere.close()
    const orphan = await start({ session: { ...settings().session, jwksUrl: new URL(`${elsewhere.url}/jwks.json`) } })
    expect(await readiness(orphan.url)).toMatchObject([503, { status: 'unavailable', reasons: ['issuer: not reachable'] }])
    await orphan.close()
  })

  function settings(): Settings {
    return loadSettings({
      ...gatewayEnvironment(simulator.url, issuer.url),
      DIRECTORY: 'claims',
      DIRECTORY_CLAIM: 'accounts',
      PORT: '0',
      ADMIN_PORT: '0',
    })
  }

  function start(changes: Partial<Settings> = {}): Promise<Gateway> {
    return startGateway({ ...settings(), ...changes }, { log: createLog('info', { write: line => void lines?.push(line) }) })
  }

  function tokenOf(login: string): Promise<string> {
    return requestToken(issuer.url, login)
  }

  async function control(method: string, call: string, body?: object): Promise<void> {
    const headers = { 'content-type': 'application/json' }
    await fetch(`${simulator.url}/__sim/${call}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  }

  async function calls(kind: 'graphql' | 'token'): Promise<number> {
    const report = (await (await fetch(`${simulator.url}/__sim/calls`)).json()) as Record<typeof kind, number>
    return report[kind]
  }
})

function post(url: string, query: string, token: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
    body: JSON.stringify({ query }),
  })
}

async function readiness(url: string): Promise<[number, unknown]> {
  const response = await fetch(`${url}/readyz`)
  return [response.status, await response.json()]
}
