import { describe, expect, it } from '@jest/globals'
import type { Environment } from '../../src/settings/environment-reader.js'
import { loadSettings, SettingsError } from '../../src/settings.js'

const right: Environment = {
  OPOWER_ENVIRONMENT: 'production',
  OPOWER_CLIENT_ID: 'an-id',
  OPOWER_CLIENT_SECRET: 'a-secret',
  OPOWER_UTILITY_CODE: 'smu',
  SESSION_ISSUER: 'https://id.utility.example/',
  SESSION_AUDIENCE: 'substation',
  SESSION_JWKS_URL: 'https://id.utility.example/keys',
  SESSION_ALGORITHMS: 'ES256',
  DIRECTORY: 'claims',
  DIRECTORY_CLAIM: 'accounts',
}

function namesAtFault(change: Environment): readonly string[] {
  try {
    loadSettings({ ...right, ...change })
    return []
  } catch (error) {
    if (error instanceof SettingsError) return error.faults.map(({ name }) => name)
    throw error
  }
}

describe('the settings of the quota', () => {
  it('are what Opower allows, where nothing is said', () => {
    expect(loadSettings(right).quota).toEqual({
      perSecond: 20,
      perDay: 100_000,
      queueWaitMs: 2_000,
      queuePerCustomer: 20,
      customerPerMinute: 300,
      clientPerMinute: 1_200,
      backgroundPercent: 20,
      requestDeadlineMs: 45_000,
    })
  })

  it('follow a time-out that was set, so that one setting does not make two others wrong', () => {
    expect(loadSettings({ ...right, UPSTREAM_TIMEOUT_MS: '1000' }).quota).toMatchObject({ queueWaitMs: 500, requestDeadlineMs: 45_000 })
    expect(loadSettings({ ...right, UPSTREAM_TIMEOUT_MS: '60000' }).quota).toMatchObject({ queueWaitMs: 2_000, requestDeadlineMs: 90_000 })
  })

  it.each<[string, Environment, readonly string[]]>([
    ['a wait as long as the call', { QUEUE_WAIT_MS: '5000', UPSTREAM_TIMEOUT_MS: '5000' }, ['QUEUE_WAIT_MS']],
    ['a deadline as short as one call', { REQUEST_DEADLINE_MS: '5000', UPSTREAM_TIMEOUT_MS: '5000' }, ['REQUEST_DEADLINE_MS']],
    ['a day that one second uses up', { QUOTA_PER_DAY: '19' }, ['QUOTA_PER_DAY']],
    ['no calls at all', { QUOTA_PER_SECOND: '0', QUOTA_CUSTOMER_PER_MINUTE: '0' }, ['QUOTA_PER_SECOND', 'QUOTA_CUSTOMER_PER_MINUTE']],
    ['words', { QUEUE_PER_CUSTOMER: 'many', QUEUE_WAIT_MS: '2s' }, ['QUEUE_PER_CUSTOMER', 'QUEUE_WAIT_MS']],
  ])('stop the start with %s', (_what, change, expected) => {
    expect([...namesAtFault(change)].sort()).toEqual([...expected].sort())
  })
})
