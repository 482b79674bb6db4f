import { readFileSync } from 'node:fs'
import { Writable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { startDriftWatch } from '../../../src/server/drift.js'
import { createLog } from '../../../src/server/log.js'
import { createMetrics } from '../../../src/server/metrics.js'
import type { Settings } from '../../../src/settings.js'
import { SettingsError, loadSettings } from '../../../src/settings.js'
import type { CheckedSource } from '../../../src/sources/check/check-source.js'
import { watchDrift } from '../../../src/sources/check/watch.js'
import type { Upstream } from '../../support/upstream.js'
import { answerJson, startUpstream } from '../../support/upstream.js'

const snapshot = readFileSync(new URL('../../../src/sources/outages/openapi.json', import.meta.url), 'utf8')
const settingsOf = (env: Record<string, string>): Settings =>
  loadSettings({
    OPOWER_ENVIRONMENT: 'simulator',
    OPOWER_GRAPHQL_URL: 'http://127.0.0.1:9/graphql',
    OPOWER_CLIENT_ID: 'id',
    OPOWER_CLIENT_SECRET: 'a-secret',
    OPOWER_UTILITY_CODE: 'nved',
    SESSION_ISSUER: 'http://127.0.0.1:9',
    SESSION_AUDIENCE: 'substation',
    SESSION_JWKS_URL: 'http://127.0.0.1:9/jwks.json',
    SESSION_ALGORITHMS: 'ES256',
    DIRECTORY: 'claims',
    DIRECTORY_CLAIM: 'accounts',
    ...env,
  })

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await isSo()); tries++) {
    if (tries > 400) throw new Error('expected it to come, but it did not')
    await pause(10)
  }
}

describe('the watch over the sources', () => {
  let outages: Upstream
  let hook: Upstream
  beforeAll(async () => {
    ;[outages, hook] = await Promise.all([startUpstream(), startUpstream()])
  })
  beforeEach(() => {
    outages.received.length = 0
    hook.received.length = 0
    outages.answer = response => answerJson(response, 200, snapshot)
    hook.answer = response => response.writeHead(204).end()
  })
  afterAll(async () => {
    await Promise.all([outages.close(), hook.close()])
  })

  /** The watch as the gateway starts it, from its settings on. */
  function watching(env: Record<string, string> = {}) {
    let logged = ''
    const log = createLog('info', new Writable({ write: (chunk, _encoding, done) => (void (logged += String(chunk)), done()) }))
    const metrics = createMetrics({ ofProcess: false })
    const settings = settingsOf({ OUTAGES_URL: outages.origin, DRIFT_WEBHOOK_URL: `${hook.origin}/hook/s3cret-path?key=s3cret`, ...env })
    const { stop } = startDriftWatch(settings, { log, metrics }, 0)
    const driftOf = async (): Promise<readonly string[]> =>
      [...(await metrics.text()).matchAll(/^substation_source_drift\{source="(\w+)",severity="(\w+)"\} (\d+)$/gm)].map(all =>
        all.slice(1).join(' '),
      )
    return { [Symbol.dispose]: stop, driftOf, logged: () => logged }
  }

  it('counts differences by source and severity, logs them, and tells the webhook in JSON without a secret', async () => {
    outages.answer = response => answerJson(response, 200, snapshot.replaceAll('"notice"', '"announcement"'))
    using watch = watching()
    await until(() => hook.received.length > 0)
    expect(await watch.driftOf()).toEqual([
      'Outages breaking 1',
      'Outages dangerous 0',
      'Outages safe 1',
      'Outages unclassified 0',
      'Outages unknown 0',
    ])
    const [{ body, headers } = { body: '', headers: {} }] = hook.received
    expect(headers['content-type']).toBe('application/json')
    expect(JSON.parse(body)).toEqual({
      event: 'source-drift',
      utility: 'nved',
      source: 'Outages',
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      drift: { breaking: 1, dangerous: 0, safe: 1, unclassified: 0, unknown: 0 },
      changes: [
        { severity: 'breaking', message: 'property Outage.notice is gone' },
        { severity: 'safe', message: 'property Outage.announcement is new' },
      ],
    })
    expect(watch.logged()).toContain('a source differs from its snapshot')
    expect(watch.logged() + body).not.toMatch(/s3cret|a-secret|127\.0\.0\.1/)
  })

  it('says nothing of a source that is as its snapshot, and asks nobody else', async () => {
    using watch = watching()
    await until(async () => (await watch.driftOf()).length > 0)
    expect(await watch.driftOf()).toContain('Outages breaking 0')
    expect([hook.received.length, watch.logged(), outages.received.length]).toEqual([0, '', 1])
  })

  it('tells what could not be compared, in no word of the system’s', async () => {
    outages.answer = response => response.writeHead(500).end('canary')
    using watch = watching()
    await until(() => hook.received.length > 0)
    expect(await watch.driftOf()).toContain('Outages unknown 1')
    expect(JSON.parse(hook.received[0]?.body ?? '')).toMatchObject({ changes: [], why: expect.stringContaining('answers 500') })
    expect(hook.received[0]?.body).not.toContain('canary')
  })

  it.each([
    ['minutes are 0', { DRIFT_CHECK_MINUTES: '0' }],
    ['no source has an address', { OUTAGES_URL: '' }],
  ])('asks nobody where %s', async (_what, env) => {
    using _watch = watching(env)
    await pause(100)
    expect([outages.received.length, hook.received.length]).toEqual([0, 0])
  })
})

describe('the rounds of the watch', () => {
  const drifted: CheckedSource = { source: 'Outages', changes: [{ severity: 'breaking', message: 'x is gone' }], why: undefined }
  const good: CheckedSource = { ...drifted, changes: [] }

  it('tell of a change once, again when it is another one or over, and again after a failure to tell', async () => {
    const rounds = [good, drifted, drifted, drifted, good, good]
    let at = 0
    let fails = 1
    const told: string[] = []
    const { stop } = watchDrift({
      everyMs: 1,
      firstMs: 0,
      check: async () => [rounds[Math.min(at++, rounds.length - 1)] ?? good],
      onDrift: () => undefined,
      async onNews(_checked, { breaking }) {
        told.push(`round ${at}: ${breaking}`)
        if (fails-- > 0) throw new Error('not told')
      },
    })
    await until(() => at > rounds.length + 1)
    stop()
    const after = at
    await pause(30)
    expect(at).toBeLessThanOrEqual(after + 1)
    expect(told).toEqual(['round 2: 1', 'round 3: 1', 'round 5: 0'])
  })
})

describe('the address of the webhook', () => {
  const faultsOf = (env: Record<string, string>): unknown => {
    try {
      settingsOf(env)
      return []
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error
      expect(error.message).not.toContain('s3cret')
      return error.faults.filter(({ name }) => name.startsWith('DRIFT')).map(({ expected, got }) => [expected, got])
    }
  }

  it.each([
    ['http beyond this machine', 'http://hooks.example/s3cret', 'an https address, or http on this machine'],
    ['no address', 's3cret', 'an https address'],
    ['a password', 'https://user:s3cret@hooks.example/', 'an address without user name or password'],
  ])('is refused and never shown: %s', (_what, value, expected) => {
    expect(faultsOf({ DRIFT_WEBHOOK_URL: value })).toEqual([[expected, 'a value that is not shown']])
  })

  it('is https outside the simulator', () => {
    expect(faultsOf({ OPOWER_ENVIRONMENT: 'stage', DRIFT_WEBHOOK_URL: 'http://127.0.0.1/s3cret' })).toEqual([
      ['an https address', 'a value that is not shown'],
    ])
    expect(faultsOf({ DRIFT_WEBHOOK_URL: 'https://hooks.example/s3cret' })).toEqual([])
  })
})
