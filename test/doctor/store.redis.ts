import { expect, it } from '@jest/globals'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkStore } from '../../src/doctor/check-store.js'
import { demoSettings } from '../../src/doctor/demo-settings.js'
import { loadSettings } from '../../src/settings.js'
import { describeWithRedis, startRedis } from '../store/redis-server.js'

describeWithRedis('the doctor and a Redis', () => {
  it('finds that it keeps what it is given, and leaves nothing behind', async () => {
    await using redis = await startRedis()
    const folder = mkdtempSync(join(tmpdir(), 'substation-'))
    writeFileSync(join(folder, 'keys'), randomBytes(32).toString('base64'))
    const env = demoSettings({ REDIS_URL: redis.url, CACHE_ENCRYPTION_KEY_FILE: join(folder, 'keys') })
    expect(await checkStore(loadSettings(env))).toMatchObject({ verdict: 'ok' })
    rmSync(folder, { recursive: true })
  })

  it('looks for none where each process keeps to itself', async () => {
    expect(await checkStore(loadSettings(demoSettings({})))).toBeUndefined()
  })
})
