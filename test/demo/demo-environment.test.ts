import { afterEach, describe, expect, it } from '@jest/globals'
import type { Server } from 'node:net'
import { createServer } from 'node:net'
import { banner } from '../../simulator/demo/banner.js'
import { demoEnvironment } from '../../simulator/demo/demo-environment.js'
import { assertFree, DemoError, originOf, readPlaces } from '../../simulator/demo/places.js'
import { loadSettings } from '../../src/settings.js'
import { freeDemoPorts } from './free-ports.js'

const places = readPlaces({})

let busy: Server | undefined

afterEach(() => {
  busy?.close()
  busy = undefined
})

describe('the environment of the demo', () => {
  it('is complete: the gateway starts from it with nothing else set', () => {
    const settings = loadSettings(demoEnvironment({}, places, 'nved'))
    expect(settings).toMatchObject({
      environment: 'simulator',
      opower: { utilityCode: 'nved' },
      session: { issuer: 'http://127.0.0.1:4011', audience: 'substation', algorithms: ['ES256'], typ: 'at+jwt' },
      directory: { kind: 'http' },
      logLevel: 'warn',
    })
    expect(settings.opower.graphqlUrl.href).toBe('http://127.0.0.1:4010/graphql')
  })

  it('is moved as a whole by the ports', () => {
    const env = { PORT: '5000', ADMIN_PORT: '5001', SIMULATOR_PORT: '5010', ISSUER_PORT: '5011', DIRECTORY_PORT: '5012' }
    expect(demoEnvironment(env, readPlaces(env), 'nved')).toMatchObject({
      OPOWER_TOKEN_URL: 'http://127.0.0.1:5010/apis/authorization-v1/oauth2/token',
      SESSION_ISSUER: 'http://127.0.0.1:5011',
      SESSION_JWKS_URL: 'http://127.0.0.1:5011/jwks.json',
      DIRECTORY_URL: 'http://127.0.0.1:5012/grants',
      PORT: '5000',
    })
  })

  it("lets the caller's own credentials win, in a value or in a file", () => {
    const env = demoEnvironment({ OPOWER_CLIENT_ID: 'own', OPOWER_CLIENT_SECRET_FILE: '/run/secret' }, places, 'nved')
    expect(env).toMatchObject({ OPOWER_CLIENT_ID: 'own', OPOWER_CLIENT_SECRET_FILE: '/run/secret' })
    expect(env).not.toHaveProperty('OPOWER_CLIENT_SECRET')
  })

  it('keeps an audit log where somebody names a file for it, and none otherwise', () => {
    expect(demoEnvironment({}, places, 'nved')).toMatchObject({ AUDIT: 'off' })
    expect(demoEnvironment({ AUDIT_FILE: '/var/log/audit.jsonl' }, places, 'nved')).not.toHaveProperty('AUDIT')
  })

  it('passes on what it does not know, and treats an empty setting as not given', () => {
    const env = demoEnvironment({ LIMIT_DEPTH: '7', LOG_LEVEL: '', DIRECTORY: 'claims' }, places, 'nved')
    expect(env).toMatchObject({ LIMIT_DEPTH: '7', LOG_LEVEL: 'warn', DIRECTORY: 'claims', DIRECTORY_CLAIM: 'accounts' })
  })

  it('says nothing of types and algorithms where another issuer signs', () => {
    const env = demoEnvironment({ SESSION_ISSUER: 'https://id.example', SESSION_JWKS_URL: 'https://id.example/keys' }, places, 'nved')
    expect(env).not.toHaveProperty('SESSION_TYP')
    expect(env).not.toHaveProperty('SESSION_ALGORITHMS')
  })

  it.each(['stage', 'production'])('is not for %s', OPOWER_ENVIRONMENT => {
    expect(() => demoEnvironment({ OPOWER_ENVIRONMENT }, places, 'nved')).toThrow(/^OPOWER_ENVIRONMENT is .+: use npm run gateway\.$/)
  })
})

describe('the ports of the demo', () => {
  it.each(['0', '65536', '-1', '4000.5', 'http', ' '])('must be ports: %j', PORT => {
    expect(() => readPlaces({ PORT })).toThrow(DemoError)
  })

  it('must differ', () => {
    expect(() => readPlaces({ ISSUER_PORT: '4000' })).toThrow('PORT and ISSUER_PORT are both 4000')
  })

  it('that are taken are named with the setting that changes them', async () => {
    const env = await freeDemoPorts()
    busy = createServer()
    await new Promise<void>(resolve => busy?.listen(Number(env.ISSUER_PORT), '127.0.0.1', resolve))
    const message = new RegExp(`^Port ${env.ISSUER_PORT} for the demo issuer is in use\\. .*ISSUER_PORT=\\d+ npm start$`)
    await expect(assertFree(readPlaces(env))).rejects.toThrow(message)
  })

  it('on a wildcard address are reached over the loopback one', () => {
    expect(originOf(readPlaces({ HOST: '0.0.0.0' }).gateway)).toBe('http://127.0.0.1:4000')
    expect(originOf(readPlaces({ HOST: '::1' }).gateway)).toBe('http://[::1]:4000')
  })
})

describe('what the demo prints', () => {
  it('has the token on a line of its own and in a curl without quotes to escape', () => {
    const lines = banner(places, 'a.b.c', 'ready').split('\n')
    expect(lines).toContain('a.b.c')
    expect(lines.find(line => line.startsWith('curl'))).toMatch(
      /^curl -s http:\/\/127\.0\.0\.1:4000\/graphql -H '[^']+' -H 'authorization: Bearer a\.b\.c' -d '\{"query":"[^'"]+"\}'$/,
    )
  })

  it('names no token where another issuer signs', () => {
    expect(banner(places, undefined, 'ready')).toContain('SESSION_JWKS_URL is set')
  })
})
