import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals'
import type { Simulator } from '../../simulator/server.js'
import { startSimulator } from '../../simulator/server.js'
import type { Gateway } from '../../src/server/gateway.js'
import { startGateway } from '../../src/server/gateway.js'
import { createLog } from '../../src/server/log.js'
import { loadSettings } from '../../src/settings.js'
import { accountOf, canariesIn, urnsOf } from '../journeys/people.js'
import type { TestIssuer } from '../session/test-issuer.js'
import { audience, startTestIssuer } from '../session/test-issuer.js'
import { credentials } from '../support/stack.js'
import type { RedisServer } from './redis-server.js'
import { describeWithRedis, startRedis } from './redis-server.js'

const query = '{ viewer { login } billingAccountsConnection { edges { node { urn name } } } }'
const csrf = { 'x-substation-csrf': '1' }

describeWithRedis('two replicas with one Redis', () => {
  let folder: string
  let simulator: Simulator
  let issuer: TestIssuer
  let redis: RedisServer
  let one: Gateway
  let other: Gateway
  let people = 0
  let sub = ''

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'substation-replicas-'))
    writeFileSync(join(folder, 'operator'), 'operator')
    writeFileSync(join(folder, 'keys'), Buffer.alloc(32, 3).toString('base64'))
    ;[simulator, issuer] = await Promise.all([startSimulator({ profile: 'test' }), startTestIssuer()])
  })
  afterAll(async () => {
    await Promise.all([simulator.close(), issuer.close()])
    rmSync(folder, { recursive: true })
  })
  beforeEach(async () => {
    people += 1
    sub = `replica-person-${people}`
    redis = await startRedis()
    one = await start()
    other = await start()
  })
  afterEach(async () => {
    await Promise.all([one.close(), other.close()])
    await redis[Symbol.asyncDispose]()
  })

  it('a session that is withdrawn at one is refused by the other within five seconds, and no byte of its data leaves after that', async () => {
    const token = await sign()
    expect(canariesIn((await ask(other, { token })).text, accountOf('alice')).length).toBeGreaterThan(0)
    const startedAt = performance.now()
    let lastLeakAt = startedAt
    const ordered = order(one, { issuer: issuer.issuer, sub })
    for (;;) {
      const answer = await ask(other, { token })
      if (canariesIn(answer.text, accountOf('alice')).length > 0) lastLeakAt = performance.now()
      if (performance.now() - lastLeakAt > 500) break
    }
    expect(await ordered).toBe(204)
    expect(lastLeakAt - startedAt).toBeLessThan(5_000)
    expect((await ask(other, { token })).status).toBe(401)
    expect((await ask(await restarted(), { token })).status).toBe(401)
  })

  it('an account that is withdrawn at one is gone at the other', async () => {
    const token = await sign({ accounts: [...urnsOf('alice'), ...urnsOf('bruno')] })
    await ask(other, { token })
    expect(await order(one, { account: urnsOf('bruno')[0] })).toBe(204)
    await until(async () => !(await ask(other, { token })).text.includes(String(urnsOf('bruno')[0])))
    expect((await ask(other, { token })).text).toContain(String(urnsOf('alice')[0]))
  })

  it('an export that is started at one is found by its owner at the other, by nobody else, and is not started there again', async () => {
    const token = await sign()
    const input = { timeInterval: `${new Date(Date.now() - 2 * 86_400_000).toISOString()}/${new Date().toISOString()}` }
    const started = await startExport(one, token, input)
    expect(await startExport(other, token, input)).toBe(started)
    const text = `{ exportJob(jobUuid: "${started}") { uuid isFinished result } }`
    expect((await ask(other, { token, text })).text).toContain(started)
    const stranger = await ask(other, { token: await sign({ sub: `${sub}-stranger` }), text })
    expect([stranger.status, stranger.text]).toEqual([403, expect.stringContaining('ACCOUNT_NOT_IN_SCOPE')])
  })

  it('a browser session that is opened at one is good at the other until it is ended at either', async () => {
    const opened = await fetch(`${one.url}/session`, { method: 'POST', headers: { authorization: `Bearer ${await sign()}` } })
    const cookie = String(opened.headers.get('set-cookie')?.split(';')[0])
    expect((await ask(other, { headers: { cookie, ...csrf } })).status).toBe(200)
    expect((await fetch(`${other.url}/session`, { method: 'DELETE', headers: { cookie, ...csrf } })).status).toBe(204)
    for (const gateway of [one, other]) expect((await ask(gateway, { headers: { cookie, ...csrf } })).status).toBe(401)
  })

  it('serve on when the Redis is killed, say so, let nobody in whom they cannot check, and catch up when it is back', async () => {
    const [token, second] = [await sign(), await sign({ sub: `${sub}-second` })]
    const opened = await fetch(`${one.url}/session`, { method: 'POST', headers: { authorization: `Bearer ${token}` } })
    const cookie = String(opened.headers.get('set-cookie')?.split(';')[0])
    const job = await startExport(one, token, {})
    await redis.kill()

    expect((await ask(one, { token })).status).toBe(200)
    await until(async () => (await readiness(one)).text.includes('store: not reachable'))
    expect((await readiness(one)).status).toBe(200)
    expect(await ask(one, { headers: { cookie, ...csrf } })).toMatchObject({
      status: 502,
      text: expect.stringContaining('UPSTREAM_UNAVAILABLE'),
    })
    expect((await ask(one, { token, text: `{ exportJob(jobUuid: "${job}") { uuid } }` })).text).toContain(job)
    expect(await order(one, { issuer: issuer.issuer, sub: `${sub}-second` })).toBe(503)
    expect((await ask(one, { token: second })).status).toBe(401)
    expect((await ask(other, { token: second })).status).toBe(200)

    await redis.restart()
    const backAt = performance.now()
    await until(async () => (await ask(other, { token: second })).status === 401)
    expect(performance.now() - backAt).toBeLessThan(5_000)
    await until(async () => !(await readiness(one)).text.includes('store: '))
  }, 20_000)

  it('a replica that has never reached the Redis is not ready and lets nobody in, until it has', async () => {
    const token = await sign()
    await redis.kill()
    const late = await start()
    expect(await readiness(late)).toMatchObject({ status: 503, text: expect.stringContaining('store: withdrawals not read yet') })
    expect((await ask(late, { token })).text).toContain('UPSTREAM_UNAVAILABLE')
    await redis.restart()
    await until(async () => (await ask(late, { token })).status === 200)
    await late.close()
  })

  function start(): Promise<Gateway> {
    const settings = loadSettings({
      OPOWER_ENVIRONMENT: 'simulator',
      OPOWER_GRAPHQL_URL: `${simulator.url}/graphql`,
      OPOWER_TOKEN_URL: `${simulator.url}/apis/authorization-v1/oauth2/token`,
      OPOWER_CLIENT_ID: credentials.id,
      OPOWER_CLIENT_SECRET: credentials.secret,
      OPOWER_UTILITY_CODE: 'nved',
      SESSION_ISSUER: issuer.issuer,
      SESSION_AUDIENCE: audience,
      SESSION_JWKS_URL: issuer.jwksUrl.href,
      SESSION_ALGORITHMS: 'ES256',
      DIRECTORY: 'claims',
      DIRECTORY_CLAIM: 'accounts',
      REDIS_URL: redis.url,
      CACHE_ENCRYPTION_KEY_FILE: join(folder, 'keys'),
      ADMIN_TOKEN_FILE: join(folder, 'operator'),
      PORT: '0',
      ADMIN_PORT: '0',
    })
    return startGateway(settings, { log: createLog('silent') })
  }

  /** A replica that was not there when it happened. */
  async function restarted(): Promise<Gateway> {
    await other.close()
    other = await start()
    return other
  }

  function sign(claims: Record<string, unknown> = {}): Promise<string> {
    return issuer.sign({ sub, iat: Math.floor(Date.now() / 1000) - 60, accounts: urnsOf('alice'), ...claims })
  }
})

interface Question {
  readonly token?: string
  readonly text?: string
  readonly headers?: Record<string, string>
  readonly variables?: unknown
}

async function ask(
  { url }: Gateway,
  { token, text = query, headers = {}, variables }: Question,
): Promise<{ status: number; text: string }> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: JSON.stringify({ query: text, variables }),
  })
  return { status: response.status, text: await response.text() }
}

async function startExport(gateway: Gateway, token: string, input: unknown): Promise<string> {
  const text =
    'mutation ($input: UsageExportFileConfigurationInput) { generateUsageExportFile(usageExportFileConfigurationInput: $input) { uuid } }'
  const answer = await ask(gateway, { token, text, variables: { input } })
  const { data } = JSON.parse(answer.text) as { data?: { generateUsageExportFile?: { uuid: string } } }
  if (data?.generateUsageExportFile === undefined) throw new Error(`expected a job, but got: ${answer.text}`)
  return data.generateUsageExportFile.uuid
}

async function order({ adminUrl }: Gateway, body: unknown): Promise<number> {
  const headers = { authorization: 'Bearer operator' }
  return (await fetch(`${adminUrl}/admin/revocations`, { method: 'POST', headers, body: JSON.stringify(body) })).status
}

async function readiness({ url }: Gateway): Promise<{ status: number; text: string }> {
  const response = await fetch(`${url}/readyz`)
  return { status: response.status, text: await response.text() }
}

async function until(isDone: () => Promise<boolean>): Promise<void> {
  while (!(await isDone())) await new Promise(resolve => setTimeout(resolve, 10))
}
