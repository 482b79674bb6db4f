import { expect, it } from '@jest/globals'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSimulator } from '../../simulator/server.js'
import { createParts } from '../../src/server/parts.js'
import { createLog } from '../../src/server/log.js'
import { loadSettings } from '../../src/settings.js'
import { describeWithRedis, startRedis } from '../store/redis-server.js'
import { credentials } from '../support/stack.js'

describeWithRedis('replicas of the gateway with one Redis', () => {
  it('make one call for the token, and all of them drop it when one is told to', async () => {
    await using redis = await startRedis()
    const simulator = await startSimulator({ profile: 'test' })
    const folder = mkdtempSync(join(tmpdir(), 'substation-'))
    writeFileSync(join(folder, 'keys'), randomBytes(32).toString('base64'))
    const settings = loadSettings({
      OPOWER_ENVIRONMENT: 'simulator',
      OPOWER_GRAPHQL_URL: `${simulator.url}/graphql`,
      OPOWER_CLIENT_ID: credentials.id,
      OPOWER_CLIENT_SECRET: credentials.secret,
      OPOWER_UTILITY_CODE: 'nved',
      SESSION_ISSUER: 'http://127.0.0.1:2',
      SESSION_AUDIENCE: 'substation',
      SESSION_JWKS_URL: 'http://127.0.0.1:2/jwks.json',
      SESSION_ALGORITHMS: 'ES256',
      DIRECTORY: 'claims',
      DIRECTORY_CLAIM: 'accounts',
      REDIS_URL: redis.url,
      CACHE_ENCRYPTION_KEY_FILE: join(folder, 'keys'),
    })
    const replicas = Array.from({ length: 4 }, () => createParts(settings, createLog('silent')))
    const tokensOf = () => Promise.all(replicas.map(({ tokens }) => tokens.token()))
    const calls = async () => ((await (await fetch(`${simulator.url}/__sim/calls`)).json()) as { token: number }).token
    const [first = ''] = await tokensOf()
    expect(new Set(await tokensOf())).toEqual(new Set([first]))
    expect(await calls()).toBe(1)
    await replicas[0]?.tokens.forget()
    while ((await tokensOf()).includes(first)) await new Promise(resolve => setTimeout(resolve, 10))
    expect(await calls()).toBeLessThanOrEqual(3)
    for (const { tokens, store } of replicas) {
      tokens.close()
      await store.close()
    }
    await simulator.close()
    rmSync(folder, { recursive: true })
  })
})
