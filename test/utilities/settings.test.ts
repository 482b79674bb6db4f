import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadGatewaySettings, loadSettings, SettingsError } from '../../src/settings.js'
import type { Settings } from '../../src/settings.js'
import { readSecret } from '../../src/settings/secrets.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'substation-settings-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const common = {
  OPOWER_ENVIRONMENT: 'production',
  SESSION_ALGORITHMS: ['RS256', 'ES256'],
  DIRECTORY: 'claims',
  DIRECTORY_CLAIM: 'accounts',
  SESSION_AUDIENCE: 'substation',
}
const one = {
  OPOWER_CLIENT_ID: 'id-of-one',
  OPOWER_CLIENT_SECRET: 'canary-secret-of-one',
  SESSION_ISSUER: 'https://id.one.example',
  SESSION_JWKS_URL: 'https://id.one.example/keys',
}
const two = {
  ...one,
  OPOWER_CLIENT_ID: 'id-of-two',
  SESSION_ISSUER: 'https://id.two.example',
  SESSION_JWKS_URL: 'https://id.two.example/keys',
}
const right = { ...common, utilities: { onea: one, twob: two } }

function load(config: unknown, env: Record<string, string> = {}): readonly Settings[] {
  const file = join(folder, 'utilities.json')
  writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(config))
  const settings = loadGatewaySettings({ ...env, SUBSTATION_CONFIG: file })
  if ('environment' in settings) throw new TypeError('expected a list')
  return settings
}

function faultsOf(config: unknown, env: Record<string, string> = {}): SettingsError {
  try {
    load(config, env)
  } catch (error) {
    if (error instanceof SettingsError) return error
    throw error
  }
  throw new Error('expected faults')
}

describe('a settings file for several utilities', () => {
  it('gives the settings of each, in the order of the file', () => {
    expect(load(right).map(({ opower, session }) => [opower.utilityCode, session.issuer, session.algorithms])).toEqual([
      ['onea', 'https://id.one.example', ['RS256', 'ES256']],
      ['twob', 'https://id.two.example', ['RS256', 'ES256']],
    ])
  })

  it("lets a utility's own settings win over the common ones, and those over the environment", () => {
    const config = { ...right, LIMIT_DEPTH: 7, utilities: { onea: one, twob: { ...two, LIMIT_DEPTH: '8' } } }
    const settings = load(config, { LIMIT_DEPTH: '6', LIMIT_ALIASES: '5' })
    expect(settings.map(({ limits }) => [limits.depth, limits.aliases])).toEqual([
      [7, 5],
      [8, 5],
    ])
  })

  it('takes a value and a file for one setting: what is said for a utility takes the place of both', () => {
    const file = join(folder, 'secret')
    writeFileSync(file, 'secret-in-a-file')
    const { OPOWER_CLIENT_SECRET: _value, ...others } = one
    const config = { ...right, utilities: { onea: { ...others, OPOWER_CLIENT_SECRET_FILE: file }, twob: two } }
    const settings = load(config, { OPOWER_CLIENT_SECRET: 'of-the-environment' })
    expect(settings.map(({ opower }) => readSecret(opower.clientSecret))).toEqual(['secret-in-a-file', 'canary-secret-of-one'])
  })

  it('ignores the code of the environment: the file names them', () => {
    expect(load(right, { OPOWER_UTILITY_CODE: 'else' }).map(({ opower }) => opower.utilityCode)).toEqual(['onea', 'twob'])
  })

  it('tells every fault of every utility in one message, with its code in front, and no secret', () => {
    const config = {
      ...right,
      utilities: {
        onea: { ...one, SESSION_ISSUER: 'canary', LIMIT_DEPTH: 'deep' },
        twob: { ...two, OPOWER_CLIENT_SECRET: '', OPOWER_CLIENT_ID_FILE: join(folder, 'absent') },
      },
    }
    const { faults, message } = faultsOf(config)
    expect(faults.map(({ name }) => name)).toEqual([
      'onea SESSION_ISSUER',
      'onea LIMIT_DEPTH',
      'twob OPOWER_CLIENT_ID',
      'twob OPOWER_CLIENT_ID_FILE',
      'twob OPOWER_CLIENT_SECRET',
    ])
    expect(message).toMatch(/^5 settings are missing or wrong:\n {2}onea SESSION_ISSUER: expected /)
    expect(message).not.toContain('canary-secret')
  })

  it.each([
    ['the same client for two utilities', { twob: { ...two, OPOWER_CLIENT_ID: 'id-of-one' } }, ['twob OPOWER_CLIENT_ID']],
    ['another code than its own', { twob: { ...two, OPOWER_UTILITY_CODE: 'onea' } }, ['twob OPOWER_UTILITY_CODE']],
    ['a port of its own', { twob: { ...two, PORT: 5000 } }, ['twob PORT']],
    ['a log level of its own', { twob: { ...two, LOG_LEVEL: 'debug' } }, ['twob LOG_LEVEL']],
    ['a name that is misspelled', { twob: { ...two, SESSION_TYPE: 'at+jwt' } }, ['twob SESSION_TYPE']],
  ])('refuses %s', (_what, change, names) => {
    expect(faultsOf({ ...right, utilities: { onea: one, ...change } }).faults.map(({ name }) => name)).toEqual(names)
  })

  it('has one environment: the demo never stands beside real data', () => {
    const { faults } = faultsOf({ ...right, utilities: { onea: one, twob: { ...two, OPOWER_ENVIRONMENT: 'stage' } } })
    expect(faults.map(({ name }) => name)).toContain('twob OPOWER_ENVIRONMENT')
  })

  it.each([
    ['{ "utilities": { "onea": { "OPOWER_CLIENT_SECRET": canary-secret', 'a file in JSON'],
    ['[]', 'of the form'],
    ['{}', 'of the form'],
    ['{ "utilities": {} }', 'of the form'],
    ['{ "utilities": [] }', 'of the form'],
    ['{ "utilities": { "ONEA": {} } }', 'of the form'],
    ['{ "utilities": { "onea": { "client": "canary-secret" } } }', 'of the form'],
    ['{ "utilities": { "onea": { "LIMIT_DEPTH": { "canary-secret": 1 } } } }', 'of the form'],
    ['{ "utilities": { "onea": {} }, "utility": "canary-secret" }', 'of the form'],
  ])('is refused as a whole where it does not have the form: %s', (text, expected) => {
    const { faults, message } = faultsOf(text)
    expect(faults).toEqual([expect.objectContaining({ name: 'SUBSTATION_CONFIG', expected: expect.stringContaining(expected) })])
    expect(message).not.toContain('canary-secret')
  })

  it('must be there', () => {
    const load = () => loadGatewaySettings({ SUBSTATION_CONFIG: join(folder, 'none.json') })
    expect(load).toThrow(/SUBSTATION_CONFIG: expected the name of a readable file; got .*none\.json \(ENOENT\)/)
  })

  it('is not needed for one utility, and not taken where one is looked at', () => {
    const { SESSION_ALGORITHMS: _list, ...rest } = common
    const env = { ...rest, ...one, SESSION_ALGORITHMS: 'RS256', OPOWER_UTILITY_CODE: 'onea' }
    expect(loadGatewaySettings(env)).toEqual(loadSettings(env))
    expect(() => loadSettings({ ...env, SUBSTATION_CONFIG: 'x' })).toThrow('SUBSTATION_CONFIG')
  })
})
