import { afterAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SettingsError, describeSettings, loadSettings } from '../src/settings.js'
import type { Environment } from '../src/settings/environment-reader.js'
import { readSecret } from '../src/settings/secrets.js'
import { everySpelling } from './support/secrets.js'

const folder = mkdtempSync(join(tmpdir(), 'substation-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const clientId = 'canary-client-4c1d'
const clientSecret = 'canary-secret-9e0f'
const printedId = '019ebf3c-bc9c-41fa-87aa-09b1ecc86012'
const printedSecret = 'bdf46a70-c553-44bd-846e-7bd4f9d98690'

const production: Environment = {
  OPOWER_ENVIRONMENT: 'production',
  OPOWER_CLIENT_ID: clientId,
  OPOWER_CLIENT_SECRET: clientSecret,
  OPOWER_UTILITY_CODE: 'smu',
  SESSION_ISSUER: 'https://id.utility.example/',
  SESSION_AUDIENCE: 'substation',
  SESSION_JWKS_URL: 'https://id.utility.example/keys',
  SESSION_ALGORITHMS: 'RS256,ES256',
  DIRECTORY: 'claims',
  DIRECTORY_CLAIM: 'accounts',
}

const demo: Environment = {
  ...production,
  OPOWER_ENVIRONMENT: 'simulator',
  OPOWER_CLIENT_ID: printedId,
  OPOWER_CLIENT_SECRET: printedSecret,
  SESSION_ISSUER: 'http://127.0.0.1:4011',
  SESSION_JWKS_URL: 'http://127.0.0.1:4011/jwks.json',
  DIRECTORY: 'http',
  DIRECTORY_URL: 'http://localhost:4012/grants',
}

function faultsOf(env: Environment): SettingsError {
  try {
    loadSettings(env)
  } catch (error) {
    if (error instanceof SettingsError) return error
    throw error
  }
  throw new Error('expected the settings to be refused')
}

/** The names at fault when `change` is made to settings that are right. */
function namesAtFault(change: Environment, base = production): readonly string[] {
  return faultsOf({ ...base, ...change }).faults.map(({ name }) => name)
}

describe('settings that are right', () => {
  it('are complete, with the defaults that the documentation names', () => {
    const settings = loadSettings(production)
    expect(settings).toMatchObject({
      environment: 'production',
      listen: { host: '127.0.0.1', port: 4000 },
      admin: { host: '127.0.0.1', port: 4001 },
      session: { issuer: 'https://id.utility.example/', audience: 'substation', algorithms: ['RS256', 'ES256'] },
      directory: { kind: 'claims', claim: 'accounts' },
      corsOrigins: [],
      logLevel: 'info',
      timeouts: { upstreamMs: 30_000, drainMs: 30_000 },
      limits: { bodyBytes: 262_144, tokens: 5_000, depth: 20, aliases: 30, rootFields: 10, listLength: 500, pageSize: 100 },
    })
    expect(settings.session).not.toHaveProperty('typ')
    expect(settings.admin).not.toHaveProperty('tokenFile')
  })

  it.each([
    ['production', 'https://api.us.opower.com'],
    ['stage', 'https://api-stage.us.opower.com'],
  ])('find Opower’s %s by themselves', (environment, origin) => {
    const { opower } = loadSettings({ ...production, OPOWER_ENVIRONMENT: environment })
    expect(opower.graphqlUrl.href).toBe(`${origin}/graphql`)
    expect(opower.tokenUrl.href).toBe(`${origin}/apis/authorization-v1/oauth2/token`)
  })

  it('put the token endpoint on the host of the GraphQL address', () => {
    const { opower } = loadSettings({ ...demo, OPOWER_GRAPHQL_URL: 'http://127.0.0.1:5010/graphql' })
    expect(opower.tokenUrl.href).toBe('http://127.0.0.1:5010/apis/authorization-v1/oauth2/token')
  })

  it('may be the demo’s, where the environment is the simulator', () => {
    expect(loadSettings(demo)).toMatchObject({ environment: 'simulator', directory: { kind: 'http' } })
  })

  it('read every number, list and file that is given', () => {
    const settings = loadSettings({
      ...production,
      HOST: '0.0.0.0',
      PORT: '0',
      ADMIN_HOST: '::1',
      ADMIN_PORT: '9001',
      ADMIN_TOKEN_FILE: file('admin', 'token'),
      SESSION_ALGORITHMS: ' ES384 , EdDSA ',
      SESSION_TYP: 'at+jwt',
      CORS_ORIGINS: 'https://my.utility.example,https://other.example:8443',
      LOG_LEVEL: 'warn',
      UPSTREAM_TIMEOUT_MS: '5000',
      DRAIN_TIMEOUT_MS: '0',
      LIMIT_BODY_BYTES: '1024',
      LIMIT_PAGE_SIZE: '25',
    })
    expect(settings).toMatchObject({
      listen: { host: '0.0.0.0', port: 0 },
      admin: { host: '::1', port: 9001, tokenFile: join(folder, 'admin') },
      session: { algorithms: ['ES384', 'EdDSA'], typ: 'at+jwt' },
      corsOrigins: ['https://my.utility.example', 'https://other.example:8443'],
      logLevel: 'warn',
      timeouts: { upstreamMs: 5_000, drainMs: 0 },
      limits: { bodyBytes: 1_024, pageSize: 25 },
    })
  })

  it('take secrets from files, and read a file again each time', () => {
    const path = file('secret', `${clientSecret}\n`)
    const { opower } = loadSettings({ ...production, OPOWER_CLIENT_SECRET: '', OPOWER_CLIENT_SECRET_FILE: path })
    expect(opower.clientSecret).toEqual({ file: path })
    expect(readSecret(opower.clientSecret)).toBe(clientSecret)
    file('secret', 'rotated')
    expect(readSecret(opower.clientSecret)).toBe('rotated')
  })

  it('show no secret, neither as they are nor as they are described', () => {
    const settings = loadSettings(production)
    expect(readSecret(settings.opower.clientSecret)).toBe(clientSecret)
    for (const spelled of [JSON.stringify(settings), String(settings), everySpelling(describeSettings(settings))]) {
      expect(spelled).not.toContain(clientId)
      expect(spelled).not.toContain(clientSecret)
    }
    expect(describeSettings(settings)).toMatchObject({ environment: 'production', credentials: { clientId: 'from the environment' } })
  })
})

describe('settings that are wrong', () => {
  it('are told all at once: name, expected and got', () => {
    const { message, faults } = faultsOf({ ...production, OPOWER_UTILITY_CODE: 'SMU', PORT: '99999', SESSION_AUDIENCE: ' ' })
    expect(faults).toHaveLength(3)
    expect(message.split('\n')).toEqual([
      '3 settings are missing or wrong:',
      '  PORT: expected a whole number from 0 to 65535; got "99999"',
      '  OPOWER_UTILITY_CODE: expected three or four lower-case letters; got "SMU"',
      "  SESSION_AUDIENCE: expected the audience that the issuer writes into this gateway's tokens; got nothing",
    ])
  })

  it('are a TypeError, since it is the operator who can mend them', () => {
    expect(faultsOf({})).toBeInstanceOf(TypeError)
  })

  it('are every setting without a default, when nothing is given at all', () => {
    expect(faultsOf({}).faults.map(({ name }) => name)).toEqual([
      'OPOWER_ENVIRONMENT',
      'OPOWER_UTILITY_CODE',
      'OPOWER_CLIENT_ID',
      'OPOWER_CLIENT_SECRET',
      'SESSION_ISSUER',
      'SESSION_AUDIENCE',
      'SESSION_JWKS_URL',
      'SESSION_ALGORITHMS',
      'DIRECTORY',
    ])
  })

  it.each([
    [{ OPOWER_ENVIRONMENT: 'Production' }],
    [{ OPOWER_UTILITY_CODE: 'ab' }],
    [{ OPOWER_UTILITY_CODE: 'abcde' }],
    [{ HOST: 'http://here' }],
    [{ PORT: '-1' }],
    [{ PORT: '80.5' }],
    [{ PORT: '0x50' }],
    [{ ADMIN_PORT: '4000' }],
    [{ LOG_LEVEL: 'loud' }],
    [{ UPSTREAM_TIMEOUT_MS: '0' }],
    [{ UPSTREAM_TIMEOUT_MS: '30s' }],
    [{ LIMIT_DEPTH: '0' }],
    [{ LIMIT_BODY_BYTES: 'Infinity' }],
    [{ SESSION_ISSUER: 'id.utility.example' }],
    [{ SESSION_ALGORITHMS: 'HS256' }],
    [{ SESSION_ALGORITHMS: 'none' }],
    [{ SESSION_ALGORITHMS: 'RS256,HS512' }],
    [{ SESSION_ALGORITHMS: 'rs256' }],
    [{ DIRECTORY: 'ldap' }],
    [{ DIRECTORY_CLAIM: '' }],
    [{ CORS_ORIGINS: '*' }],
    [{ CORS_ORIGINS: 'null' }],
    [{ CORS_ORIGINS: 'https://*.utility.example' }],
    [{ CORS_ORIGINS: 'https://my.utility.example/' }],
    [{ CORS_ORIGINS: 'https://MY.utility.example' }],
    [{ CORS_ORIGINS: 'https://my.utility.example:443' }],
    [{ CORS_ORIGINS: 'http://my.utility.example' }],
    [{ CORS_ORIGINS: 'http://localhost:3000' }],
    [{ SUBSTATION_CONFIG: 'substation.yaml' }],
    [{ CACHE_ENCRYPTION_KEY_FILE: 'key' }],
    [{ CACHE_ENCRYPTION_KEY_FILE: file('short-keys', Buffer.alloc(16).toString('base64')) }],
    [{ DIRECTORY_DATABASE_URL: 'postgres://db/accounts' }],
    [{ ADMIN_TOKEN_FILE: join(folder, 'absent') }],
  ])('are named when one alone is wrong: %p', change => {
    expect(namesAtFault(change)).toEqual(Object.keys(change))
  })

  it.each([
    ['SESSION_TYPE', 'SESSION_TYP'],
    ['SESSION_ALGORITHM', 'SESSION_ALGORITHMS'],
    ['OPOWER_GRAPQL_URL', 'OPOWER_GRAPHQL_URL'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['ADMIN_TOKEN_FILES', 'ADMIN_TOKEN_FILE'],
  ])('are not passed over when a name is misspelled: %s is meant to be %s', (name, meant) => {
    expect(faultsOf({ ...production, [meant]: undefined, [name]: 'x' }).message).toContain(
      `${name}: expected the name ${meant}; got a name that means nothing here`,
    )
  })

  it('are not looked for among the names of other programs', () => {
    const others = {
      SESSION_MANAGER: 'x',
      SESSION_TTL: 'x',
      POST: 'x',
      HOSTS: 'x',
      NODE_ENV: 'production',
      WEATHER_URL: 'x',
      SESSION_AUDIENCES: '',
    }
    expect(loadSettings({ ...production, ...others }).environment).toBe('production')
  })

  it('keep what replicas share in memory, or in a Redis whose values are sealed', () => {
    const keyFile = file('keys', [1, 2].map(fill => Buffer.alloc(32, fill).toString('base64')).join('\n'))
    expect(loadSettings(production).store).toEqual({ kind: 'memory' })
    expect(
      loadSettings({ ...production, REDIS_URL: 'rediss://cache.example:6380', CACHE_ENCRYPTION_KEY_FILE: keyFile }).store,
    ).toMatchObject({
      kind: 'redis',
      keyFile,
    })
    expect(loadSettings({ ...demo, REDIS_URL: 'redis://127.0.0.1:6379' }).store).toMatchObject({ kind: 'redis' })
    expect(faultsOf({ ...production, REDIS_URL: 'rediss://cache.example' }).faults.map(({ name }) => name)).toEqual([
      'CACHE_ENCRYPTION_KEY_FILE',
    ])
    expect(
      faultsOf({ ...production, REDIS_URL: 'redis://:canary-pass@cache.example', CACHE_ENCRYPTION_KEY_FILE: keyFile }).message,
    ).toMatch(/REDIS_URL: expected a rediss address; got a value that is not shown/)
    expect(faultsOf({ ...demo, REDIS_URL: 'redis://cache.example' }).faults.map(({ name }) => name)).toEqual(['REDIS_URL'])
  })

  it('never show a key, neither one in its file nor one put where the name of the file belongs', () => {
    const key = Buffer.alloc(32, 7).toString('base64')
    const wrong = file('wrong-keys', `${key}\n${key}x`)
    for (const given of [key, wrong])
      expect(everySpelling(faultsOf({ ...production, CACHE_ENCRYPTION_KEY_FILE: given }))).not.toContain(key)
    expect(faultsOf({ ...production, CACHE_ENCRYPTION_KEY_FILE: wrong }).message).toContain('line 2 is not 32 bytes in base64')
  })

  it('need the address of an http directory, and what proves to it who asks', () => {
    expect(namesAtFault({ DIRECTORY: 'http' })).toEqual(['DIRECTORY_URL', 'DIRECTORY_AUTHORIZATION'])
  })
})

describe('secrets in settings', () => {
  it('come from one place: both is a fault, and neither is', () => {
    const path = file('both', 'x')
    expect(namesAtFault({ OPOWER_CLIENT_ID_FILE: path })).toEqual(['OPOWER_CLIENT_ID'])
    expect(namesAtFault({ OPOWER_CLIENT_ID: '' })).toEqual(['OPOWER_CLIENT_ID'])
  })

  it('come from a file that can be read and is not empty', () => {
    for (const path of [join(folder, 'absent'), folder, file('empty', ' \n')]) {
      const { faults, message } = faultsOf({ ...production, OPOWER_CLIENT_SECRET: undefined, OPOWER_CLIENT_SECRET_FILE: path })
      expect(faults.map(({ name }) => name)).toEqual(['OPOWER_CLIENT_SECRET_FILE'])
      expect(message).toContain(path)
    }
  })

  it('are not shown when somebody puts one where a file name belongs', () => {
    for (const misplaced of [clientSecret, `/${clientSecret}`, `ab/${clientSecret}`]) {
      const error = faultsOf({ ...production, OPOWER_CLIENT_SECRET: undefined, OPOWER_CLIENT_SECRET_FILE: misplaced })
      expect(everySpelling(error)).not.toContain(clientSecret)
    }
  })

  it('are not shown wherever else they were put, and no password of an address is', () => {
    const names = [
      'OPOWER_ENVIRONMENT',
      'OPOWER_GRAPHQL_URL',
      'PORT',
      'LOG_LEVEL',
      'SESSION_ALGORITHMS',
      'CORS_ORIGINS',
      'REDIS_URL',
      'HOST',
    ]
    for (const name of names) {
      const error = faultsOf({ ...production, [name]: `*://user:p4ssw0rd@${clientSecret}?key=p4ssw0rd ${clientId}` })
      for (const secret of [clientSecret, clientId, 'p4ssw0rd']) expect(everySpelling(error)).not.toContain(secret)
    }
    const withPassword = faultsOf({ ...production, SESSION_ISSUER: 'https://user:p4ssw0rd@id.example/?key=p4ssw0rd', DIRECTORY: 'x' })
    expect(everySpelling(withPassword)).not.toContain('p4ssw0rd')
  })
})

const addresses = ['OPOWER_GRAPHQL_URL', 'OPOWER_TOKEN_URL', 'SESSION_ISSUER', 'SESSION_JWKS_URL', 'DIRECTORY_URL']
const local = [
  'localhost',
  'LOCALHOST',
  'localhost.',
  'a.localhost',
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f.1',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '0.0.0.0',
  '[::]',
]

describe('the demo’s trust', () => {
  it.each(addresses)('stays in the demo: %s on this machine is refused in stage and production, however it is spelled', name => {
    for (const environment of ['stage', 'production']) {
      for (const host of local) {
        for (const scheme of ['https', 'http']) {
          const change = {
            OPOWER_ENVIRONMENT: environment,
            DIRECTORY: 'http',
            DIRECTORY_AUTHORIZATION: 'Bearer of-the-test',
            DIRECTORY_URL: 'https://directory.example',
            [name]: `${scheme}://${host}:4010/x`,
          }
          expect(namesAtFault(change)).toEqual([name])
        }
      }
    }
  })

  it('does not open production with the credentials that Oracle prints in its guide', () => {
    for (const environment of ['stage', 'production']) {
      const printed = { OPOWER_ENVIRONMENT: environment, OPOWER_CLIENT_ID: printedId.toUpperCase(), OPOWER_CLIENT_SECRET: printedSecret }
      const error = faultsOf({ ...production, ...printed })
      expect(error.faults.map(({ name }) => name)).toEqual(['OPOWER_CLIENT_ID', 'OPOWER_CLIENT_SECRET'])
      expect(error.message).toContain(environment)
    }
    const path = file('printed', `${printedId}\n`)
    expect(namesAtFault({ OPOWER_CLIENT_ID: undefined, OPOWER_CLIENT_ID_FILE: path })).toEqual(['OPOWER_CLIENT_ID_FILE'])
  })

  it('sends nothing over plain http to another machine', () => {
    for (const name of addresses) expect(namesAtFault({ [name]: 'http://10.0.0.5/x' }, demo)).toEqual([name])
  })

  it('never meets Oracle’s Opower: in the simulator environment only this machine is Opower', () => {
    for (const url of ['https://api.us.opower.com/graphql', 'https://api-stage.us.opower.com/graphql', 'https://opower.example/graphql']) {
      expect(namesAtFault({ OPOWER_GRAPHQL_URL: url, OPOWER_TOKEN_URL: 'http://127.0.0.1/token' }, demo)).toEqual(['OPOWER_GRAPHQL_URL'])
    }
  })

  it('knows stage from production, for the token endpoint too, and names the tier', () => {
    const stage = faultsOf({ ...production, OPOWER_GRAPHQL_URL: 'https://api-stage.us.opower.com/graphql' })
    expect(stage.message).toContain("expected an address of Opower's production, not of its stage")
    const live = faultsOf({ ...production, OPOWER_ENVIRONMENT: 'stage', OPOWER_TOKEN_URL: 'https://api.us.opower.com/token' })
    expect(live.message).toContain("expected an address of Opower's stage, not of its production")
    expect(namesAtFault({ OPOWER_GRAPHQL_URL: 'https://cxapi-stage.opower.com./graphql' })).toEqual(['OPOWER_GRAPHQL_URL'])
  })

  it('lets a developer’s own page call everywhere but in production', () => {
    const stage = { ...production, OPOWER_ENVIRONMENT: 'stage', CORS_ORIGINS: 'http://localhost:3000' }
    expect(loadSettings(stage).corsOrigins).toEqual(['http://localhost:3000'])
  })
})

describe('settings from anywhere', () => {
  it('are either refused in one message without a secret, or complete', () => {
    const anything = fc.oneof(
      fc.string(),
      fc.webUrl({ validSchemes: ['http', 'https', 'ftp'] }),
      fc.integer().map(String),
      fc.constantFrom('*', 'null', 'sql'),
    )
    const names = [...Object.keys(demo), ...addresses, 'PORT', 'HOST', 'CORS_ORIGINS', 'SESSION_ALGORITHMS', 'LIMIT_DEPTH']
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), anything), change => {
        const env = { ...demo, OPOWER_CLIENT_ID: clientId, OPOWER_CLIENT_SECRET: clientSecret, ...change }
        try {
          expect(loadSettings(env).limits.depth).toBeGreaterThan(0)
        } catch (error) {
          expect(error).toBeInstanceOf(SettingsError)
          expect(String(error)).not.toMatch(/canary/)
        }
      }),
    )
  })
})
