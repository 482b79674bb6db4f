import { gatewayEnvironment } from '../../simulator/demo/gateway-environment.js'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDemoDirectory } from '../../simulator/demo/directory-service.js'
import { demoEnvironment } from '../../simulator/demo/demo-environment.js'
import { startDemoIssuer } from '../../simulator/demo/issuer.js'
import { readPlaces } from '../../simulator/demo/places.js'
import { population } from '../../simulator/population/population.js'
import type { Simulator } from '../../simulator/server.js'
import { startSimulator } from '../../simulator/server.js'
import { demoSettings } from '../../src/doctor/demo-settings.js'
import type { Examination } from '../../src/doctor/examine.js'
import { examine } from '../../src/doctor/examine.js'
import type { Finding } from '../../src/doctor/finding.js'
import { describeSettings, loadSettings } from '../../src/settings.js'
import { formsOf } from '../support/secrets.js'
import { answering, startPlace } from './place.js'

let simulator: Simulator
let issuer: Awaited<ReturnType<typeof startDemoIssuer>>
let directory: Awaited<ReturnType<typeof startDemoDirectory>>

beforeAll(async () => {
  simulator = await startSimulator({ profile: 'test' })
  issuer = await startDemoIssuer({ host: '127.0.0.1', port: 0, audience: 'substation', population })
  directory = await startDemoDirectory({ host: '127.0.0.1', port: 0, issuer: issuer.url, population })
})
afterAll(async () => {
  await Promise.all([simulator.close(), issuer.close(), directory.close()])
})
beforeEach(async () => {
  await fetch(`${simulator.url}/__sim/faults`, { method: 'POST', body: '{}' })
})

const nowhere = 'http://127.0.0.1:2'

function environment(changes: Record<string, string> = {}): Record<string, string> {
  return {
    ...gatewayEnvironment(simulator.url, issuer.url),
    DIRECTORY: 'http',
    DIRECTORY_URL: `${directory.url}/grants`,
    ADMIN_PORT: '9',
    ...changes,
  }
}

/** Everything that was found about a subject; the report says the same, and no secret whatever happened. */
async function look(changes: Record<string, string>, subject: string): Promise<Finding> {
  const { findings } = await examined(changes)
  const found = findings.find(each => each.subject === subject && each.verdict !== 'ok') ?? findings.find(each => each.subject === subject)
  if (found === undefined) throw new Error(`nothing was found about ${subject}`)
  return found
}

async function examined(changes: Record<string, string> = {}): Promise<Examination> {
  const env = environment(changes)
  const examination = await examine(env)
  for (const secret of formsOf(env['OPOWER_CLIENT_ID'] ?? '', env['OPOWER_CLIENT_SECRET'] ?? ''))
    expect(examination.report).not.toContain(secret)
  return examination
}

describe('the doctor', () => {
  it('finds nothing wrong where all is well, and looks at everything', async () => {
    await using gateway = await startPlace((_request, response) => void response.end('substation_quota_remaining 99000\n'))
    const { findings, hasFault, report } = await examined({ ADMIN_PORT: new URL(gateway.url).port })
    expect(findings.filter(({ verdict }) => verdict !== 'ok')).toEqual([])
    expect(hasFault).toBe(false)
    expect(new Set(findings.map(({ subject }) => subject))).toEqual(
      new Set(['settings', 'DNS', 'TLS', 'clock', 'token', 'schema', 'quota', 'issuer', 'directory']),
    )
    expect(report).toMatch(/^ {2}\d+ ok, 0 warnings, 0 faults$/m)
  })

  it('names every setting that is wrong and looks no further', async () => {
    const { findings, hasFault } = await examined({ OPOWER_UTILITY_CODE: 'X', SESSION_ALGORITHMS: 'HS256' })
    expect(hasFault).toBe(true)
    expect(findings.map(({ subject }) => subject)).toEqual(['settings', 'settings'])
    expect(findings.map(({ found }) => found.split(':')[0])).toEqual(['OPOWER_UTILITY_CODE', 'SESSION_ALGORITHMS'])
  })

  it('says that credentials were refused, and whose they have to be', async () => {
    const found = await look({ OPOWER_CLIENT_SECRET: 'canary-wrong-secret-71d3' }, 'token')
    expect(found).toMatchObject({ verdict: 'fault', found: expect.stringContaining('refused the client id or the client secret (401)') })
    expect(found.hint).toContain(new URL(simulator.url).host)
  })

  it('tells a token endpoint that is away from one that is in trouble', async () => {
    expect(await look({ OPOWER_TOKEN_URL: `${nowhere}/token` }, 'token')).toMatchObject({
      verdict: 'fault',
      hint: expect.stringContaining('npm start'),
    })
    await fetch(`${simulator.url}/__sim/faults`, { method: 'POST', body: '{"tokenEndpoint":{"down":true}}' })
    expect(await look({}, 'token')).toMatchObject({ verdict: 'fault', found: expect.stringContaining('503') })
  })

  it('sees a graph that does not believe the token it was given', async () => {
    await using graph = await startPlace(answering(401, { error: 'invalid_token' }))
    const found = await look({ OPOWER_GRAPHQL_URL: `${graph.url}/graphql` }, 'schema')
    expect(found).toMatchObject({
      verdict: 'fault',
      found: expect.stringContaining('does not believe'),
      hint: expect.stringContaining('one tier'),
    })
  })

  it.each([
    ['is away', nowhere, 'ECONNREFUSED'],
    ['answers with a page', `<html>`, 'no JSON'],
    ['refuses introspection', { errors: [{ message: 'introspection is off' }] }, 'introspection is refused'],
  ])('sees a graph that %s', async (_what, body, words) => {
    await using graph = await startPlace((_request, response) => void response.end(typeof body === 'string' ? body : JSON.stringify(body)))
    const url = body === nowhere ? nowhere : graph.url
    expect(await look({ OPOWER_GRAPHQL_URL: `${url}/graphql` }, 'schema')).toMatchObject({
      verdict: 'fault',
      found: expect.stringContaining(words),
    })
  })

  it('warns of fields that the live schema lacks', async () => {
    const query = {
      kind: 'OBJECT',
      name: 'Query',
      fields: [{ name: 'other', args: [], type: { kind: 'SCALAR', name: 'String' } }],
      interfaces: [],
    }
    const text = { kind: 'SCALAR', name: 'String' }
    const body = { data: { __schema: { queryType: { name: 'Query' }, types: [query, text], directives: [] } } }
    await using graph = await startPlace(answering(200, body))
    const found = await look({ OPOWER_GRAPHQL_URL: `${graph.url}/graphql` }, 'schema')
    expect(found).toMatchObject({
      verdict: 'warn',
      found: expect.stringContaining('lacks'),
      hint: expect.stringContaining('opower:schema'),
    })
  })

  it('compares clocks with those that answer', async () => {
    const keys = await (await fetch(`${issuer.url}/jwks.json`)).json()
    const date = (ms: number) => ({ date: new Date(Date.now() + ms).toUTCString() })
    for (const [ms, verdict, words] of [
      [60_000, 'warn', /^(59|60|61)\.\d s behind /],
      [-3_600_000, 'fault', /^3(599|600|601)\.\d s ahead of /],
    ] as const) {
      await using place = await startPlace(answering(200, keys, date(ms)))
      expect(await look({ SESSION_JWKS_URL: `${place.url}/jwks.json` }, 'clock')).toMatchObject({
        verdict,
        found: expect.stringMatching(words),
      })
    }
  })

  it.each([
    ['are of another kind than the settings allow', { keys: [{ kty: 'RSA', n: 'AQAB', e: 'AQAB' }] }, 'no key for ES256'],
    ['are for encryption', { keys: [{ kty: 'EC', crv: 'P-256', use: 'enc' }] }, 'no key for ES256'],
    ['are not keys', { jwks_uri: 'elsewhere' }, 'no set of keys'],
    ['come with their private half', { keys: [{ kty: 'EC', crv: 'P-256', d: 'canary-private-half' }] }, 'private key'],
  ])('sees keys of the issuer that %s', async (_what, body, words) => {
    await using place = await startPlace(answering(200, body))
    const found = await look({ SESSION_JWKS_URL: `${place.url}/jwks.json` }, 'issuer')
    expect(found).toMatchObject({ verdict: 'fault', found: expect.stringContaining(words) })
    expect(JSON.stringify(found)).not.toContain('canary')
  })

  it('sees an account directory that is away, or in trouble', async () => {
    expect(await look({ DIRECTORY_URL: `${nowhere}/grants` }, 'directory')).toMatchObject({
      verdict: 'fault',
      found: expect.stringContaining('ECONNREFUSED'),
    })
    await using place = await startPlace(answering(500, {}))
    expect(await look({ DIRECTORY_URL: `${place.url}/grants` }, 'directory')).toMatchObject({
      verdict: 'fault',
      found: expect.stringContaining('500'),
    })
  })

  it('sees a Redis that is away, and never the password in its address', async () => {
    const { findings, report } = await examined({ REDIS_URL: 'redis://:canary-password@127.0.0.1:2' })
    expect(findings.find(({ subject }) => subject === 'store')).toMatchObject({ verdict: 'fault', found: 'Redis does not answer' })
    expect(report).not.toContain('canary-password')
  })

  it('reads the quota from the gateway, and only warns where none runs', async () => {
    expect(await look({}, 'quota')).toMatchObject({ verdict: 'warn' })
    for (const [remaining, verdict] of [
      [0, 'fault'],
      [5_000, 'warn'],
      [50_000, 'ok'],
    ]) {
      await using gateway = await startPlace((_request, response) => void response.end(`substation_quota_remaining ${remaining}\n`))
      expect(await look({ ADMIN_PORT: new URL(gateway.url).port }, 'quota')).toMatchObject({ verdict })
    }
  })

  it('shows no secret, even where whoever answers repeats it on the way out', async () => {
    const secret = 'canary-secret-5e+c/ret'
    await using place = await startPlace((request, response) => {
      const heard = `${request.headers.authorization ?? ''} ${secret} ${encodeURIComponent(secret)}`
      response.writeHead(500, { 'content-type': 'application/json', location: secret }).end(JSON.stringify({ error: heard }))
    })
    const all = { OPOWER_TOKEN_URL: place.url, OPOWER_GRAPHQL_URL: place.url, SESSION_JWKS_URL: place.url, DIRECTORY_URL: place.url }
    const { report } = await examined({ ...all, OPOWER_CLIENT_SECRET: secret })
    expect(report).not.toContain('canary-secret')
  })

  describe('with a settings file of several utilities', () => {
    let folder: string
    beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'substation-doctor-'))))
    afterAll(() => rm(folder, { recursive: true }))

    const second = {
      OPOWER_CLIENT_ID: '5c1f7a0e-3d64-4b8f-a2c7-6e0d84b1f235',
      OPOWER_CLIENT_SECRET: 'e7b20c4d-8a15-46f3-b06e-21d5c8f7a340',
    }

    async function examineBoth(changes: Record<string, string> = {}, common: Record<string, string> = {}): Promise<Examination> {
      const { OPOWER_UTILITY_CODE: _one, ...own } = environment()
      const file = join(folder, 'utilities.json')
      await writeFile(file, JSON.stringify({ ...common, utilities: { nved: {}, rvgl: { ...second, ...changes } } }))
      return examine({ ...own, SUBSTATION_CONFIG: file })
    }

    const found = ({ findings }: Examination, utility: string) => findings.filter(each => each.utility === utility)

    it('looks at everything of each, and says whose it is', async () => {
      const examination = await examineBoth()
      const subjects = ['settings', 'DNS', 'TLS', 'clock', 'token', 'schema', 'quota', 'issuer', 'directory']
      for (const utility of ['nved', 'rvgl']) {
        expect(new Set(found(examination, utility).map(({ subject }) => subject))).toEqual(new Set(subjects))
        expect(examination.report).toMatch(new RegExp(`^  ok     ${utility} token +given in `, 'm'))
      }
      expect(examination.hasFault).toBe(false)
    })

    it('finds what is wrong with one without losing sight of the other', async () => {
      const examination = await examineBoth({ OPOWER_CLIENT_SECRET: 'canary-wrong-secret-71d3', DIRECTORY_URL: `${nowhere}/grants` })
      const faults = examination.findings.filter(({ verdict }) => verdict === 'fault')
      expect(faults.map(({ utility, subject }) => [utility, subject])).toEqual([
        ['rvgl', 'token'],
        ['rvgl', 'directory'],
      ])
      expect(examination.report).not.toContain('canary')
    })

    it('looks at those whose settings are right, and names the settings of the others', async () => {
      const examination = await examineBoth({ SESSION_ALGORITHMS: 'HS256' })
      expect(found(examination, 'rvgl')).toEqual([
        expect.objectContaining({ verdict: 'fault', subject: 'settings', found: expect.stringMatching(/^SESSION_ALGORITHMS: /) }),
      ])
      expect(found(examination, 'nved')).toContainEqual(expect.objectContaining({ verdict: 'ok', subject: 'token' }))
      expect(examination.hasFault).toBe(true)
    })

    it('reads the quota of each from the gateway', async () => {
      const samples = 'substation_quota_remaining{utility="nved"} 90000\nsubstation_quota_remaining{utility="rvgl"} 0\n'
      await using gateway = await startPlace((_request, response) => void response.end(samples))
      const examination = await examineBoth({}, { ADMIN_PORT: new URL(gateway.url).port })
      const verdicts = examination.findings.filter(({ subject }) => subject === 'quota').map(({ utility, verdict }) => [utility, verdict])
      expect(verdicts).toEqual([
        ['nved', 'ok'],
        ['rvgl', 'fault'],
      ])
    })

    it('is told in one fault where there is no such file, and never takes the demo for a tier that the file names', async () => {
      expect((await examine({ SUBSTATION_CONFIG: join(folder, 'none.json') })).findings).toEqual([
        expect.objectContaining({ verdict: 'fault', subject: 'settings', found: expect.stringContaining('ENOENT') }),
      ])
      const file = join(folder, 'production.json')
      await writeFile(file, JSON.stringify({ OPOWER_ENVIRONMENT: 'production', utilities: { nved: {} } }))
      const { findings } = await examine({ SUBSTATION_CONFIG: file })
      expect(findings.map(each => each.found)).toContainEqual(expect.stringMatching(/^SESSION_ISSUER: expected/))
    })
  })

  it('looks at the demo where no environment is named, with the very settings of the demo', () => {
    const described = (env: Record<string, string | undefined>) => ({ ...describeSettings(loadSettings(env)), logLevel: '', audit: '' })
    const given = { ISSUER_PORT: '14011', SIMULATOR_PORT: '14010', DIRECTORY_PORT: '14012', PORT: '14000' }
    for (const env of [{}, given]) expect(described(demoSettings(env))).toEqual(described(demoEnvironment(env, readPlaces(env), 'nved')))
  })
})
