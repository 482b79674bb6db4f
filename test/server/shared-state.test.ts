import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { createLog } from '../../src/server/log.js'
import { createSharedState } from '../../src/server/shared-state.js'
import { loadSettings } from '../../src/settings.js'

const folder = mkdtempSync(join(tmpdir(), 'substation-shared-'))
afterAll(() => rmSync(folder, { recursive: true }))
const operator = join(folder, 'operator')
const keys = join(folder, 'keys')
writeFileSync(operator, 'token')
writeFileSync(keys, Buffer.alloc(32, 1).toString('base64'))

const production = {
  OPOWER_ENVIRONMENT: 'production',
  OPOWER_CLIENT_ID: 'id',
  OPOWER_CLIENT_SECRET: 'secret',
  OPOWER_UTILITY_CODE: 'smu',
  SESSION_ISSUER: 'https://id.utility.example',
  SESSION_AUDIENCE: 'portal',
  SESSION_JWKS_URL: 'https://id.utility.example/keys',
  SESSION_ALGORITHMS: 'ES256',
  DIRECTORY: 'claims',
  DIRECTORY_CLAIM: 'accounts',
}
const http = {
  DIRECTORY: 'http',
  DIRECTORY_URL: 'https://accounts.utility.example/grants',
  DIRECTORY_AUTHORIZATION: 'Bearer a-directory-secret-for-this-test',
}

describe('a gateway that reads grants from tokens', () => {
  it.each<[string, Record<string, string>, RegExp | undefined]>([
    ['nobody can withdraw them', {}, /set ADMIN_TOKEN_FILE/],
    ['a withdrawal reaches one process', { ADMIN_TOKEN_FILE: operator }, /set REDIS_URL/],
    [
      'withdrawals reach everybody',
      { ADMIN_TOKEN_FILE: operator, REDIS_URL: 'rediss://127.0.0.1:1', CACHE_ENCRYPTION_KEY_FILE: keys },
      undefined,
    ],
    ['they are not read from tokens at all', http, undefined],
  ])('warns at the start, or not, when %s', async (_what, changes, warning) => {
    const lines: string[] = []
    // What the environment must look like for production, but for settings that are not this test's concern.
    const settings = loadSettings({ ...production, AUDIT: 'off', ...changes })
    const { store } = createSharedState(settings, createLog('warn', { write: line => void lines.push(line) }))
    await store.close()
    const warnings = lines.filter(line => line.includes('DIRECTORY=claims'))
    expect(warnings).toHaveLength(warning === undefined ? 0 : 1)
    if (warning !== undefined) expect(warnings[0]).toMatch(warning)
  })
})

describe('what has kept answers forgotten', () => {
  it('is what was withdrawn and what was changed, of accounts that can be read but once', async () => {
    const settings = loadSettings({ ...production, ...http, AUDIT: 'off' })
    const { store, revocations, changes, stampOf } = createSharedState(settings, createLog('silent'))
    const stamp = (): string => stampOf(['a'], ['name'])
    const stamps = [stamp()]
    await revocations.purge({ account: 'a' })
    stamps.push(stamp())
    await changes.purge({ account: 'a', tag: 'name' })
    stamps.push(stamp())
    await store.close()
    expect(new Set(stamps).size).toBe(3)
  })
})
