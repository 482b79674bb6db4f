import { describe, expect, it } from '@jest/globals'
import type { AccountTokenSettings } from '../../src/settings/account-token.js'
import { readAccountToken } from '../../src/settings/account-token.js'
import { EnvironmentReader } from '../../src/settings/environment-reader.js'
import { notLocalIn, secureIn, tierOf } from '../../src/settings/rules.js'
import { SettingsError } from '../../src/settings/settings-error.js'

const url = 'https://id.utility.example/oauth2/token'

function read(environment: Record<string, string>, tier: 'simulator' | 'production' = 'production'): AccountTokenSettings | undefined {
  const reader = new EnvironmentReader(environment)
  const settings = readAccountToken(reader, [notLocalIn(tier), secureIn(tier), tierOf(tier)])
  reader.finish()
  return settings
}

function faultsOf(environment: Record<string, string>, tier?: 'simulator'): readonly string[] {
  try {
    read(environment, tier)
    return []
  } catch (error) {
    if (error instanceof SettingsError) return error.faults.map(({ name }) => name)
    throw error
  }
}

describe('whose token goes to Opower', () => {
  it('is the utility’s, unless it is set otherwise', () => {
    expect(read({})).toBeUndefined()
    expect(read({ OPOWER_TOKEN_STRATEGY: 'utility' })).toBeUndefined()
  })

  it('is the customer’s own with an exchange, for an audience and a scope where they are set', () => {
    expect(read({ OPOWER_TOKEN_STRATEGY: 'account', OPOWER_EXCHANGE_URL: url })).toEqual({ exchangeUrl: new URL(url) })
    const all = { OPOWER_EXCHANGE_AUDIENCE: 'opower', OPOWER_EXCHANGE_SCOPE: 'usage bills' }
    expect(read({ OPOWER_TOKEN_STRATEGY: 'account', OPOWER_EXCHANGE_URL: url, ...all })).toEqual({
      exchangeUrl: new URL(url),
      audience: 'opower',
      scope: 'usage bills',
    })
  })

  it.each([
    [{ OPOWER_TOKEN_STRATEGY: 'account' }, ['OPOWER_EXCHANGE_URL']],
    [{ OPOWER_TOKEN_STRATEGY: 'customer' }, ['OPOWER_TOKEN_STRATEGY']],
    [{ OPOWER_EXCHANGE_URL: url, OPOWER_EXCHANGE_SCOPE: 'usage' }, ['OPOWER_EXCHANGE_URL', 'OPOWER_EXCHANGE_SCOPE']],
    [{ OPOWER_TOKEN_STRATEGY: 'account', OPOWER_EXCHANGE_URL: 'http://id.utility.example/token' }, ['OPOWER_EXCHANGE_URL']],
    [{ OPOWER_TOKEN_STRATEGY: 'account', OPOWER_EXCHANGE_URL: 'https://127.0.0.1/token' }, ['OPOWER_EXCHANGE_URL']],
    [{ OPOWER_TOKEN_STRATEGY: 'account', OPOWER_EXCHANGE_URL: 'https://api-stage.us.opower.com/token' }, ['OPOWER_EXCHANGE_URL']],
    [{ OPOWER_TOKEN_STRATEGY: 'account', OPOWER_EXCHANGE_URL: `https://user:word@id.utility.example/` }, ['OPOWER_EXCHANGE_URL']],
  ])('stops the start where it cannot be right: %j', (environment, faults) => {
    expect(faultsOf(environment)).toEqual(faults)
  })

  it('never takes a session of the demo to a real exchange', () => {
    expect(faultsOf({ OPOWER_TOKEN_STRATEGY: 'account', OPOWER_EXCHANGE_URL: 'https://api.us.opower.com/token' }, 'simulator')).toEqual([
      'OPOWER_EXCHANGE_URL',
    ])
  })
})
