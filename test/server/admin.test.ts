import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createAdminDoor } from '../../src/server/admin.js'
import { openListener } from '../../src/server/listener.js'
import { createMetrics } from '../../src/server/metrics.js'

describe('the admin listener', () => {
  let folder: string
  let tokenFile: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'substation-admin-'))
    tokenFile = join(folder, 'token')
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('shows the metrics to whoever reaches it', async () => {
    const metrics = createMetrics()
    metrics.requestAnswered('OK')
    const text = await visit(metrics, {}, async url => (await fetch(`${url}/metrics`)).text())
    expect(text).toContain('substation_requests_total{code="OK"} 1')
    expect(text).toContain('process_cpu_seconds_total')
  })

  it('asks for the operator’s token for everything else, and has nothing there yet', async () => {
    await writeFile(tokenFile, 'operator-token-1\n')
    await visit(createMetrics(), { tokenFile }, async url => {
      expect(await statusOf(`${url}/admin/purge`)).toBe(401)
      expect(await statusOf(`${url}/admin/purge`, 'Bearer wrong')).toBe(401)
      expect(await statusOf(`${url}/admin/purge`, 'Basic operator-token-1')).toBe(401)
      expect(await statusOf(`${url}/admin/purge`, 'Bearer operator-token-1')).toBe(404)
      expect(await statusOf(`${url}/metricsx`)).toBe(401)
    })
  })

  it('reads the token file at each request, so that the token can be changed', async () => {
    await writeFile(tokenFile, 'operator-token-1')
    await visit(createMetrics(), { tokenFile }, async url => {
      expect(await statusOf(url, 'Bearer operator-token-1')).toBe(404)
      await writeFile(tokenFile, 'operator-token-2')
      expect(await statusOf(url, 'Bearer operator-token-1')).toBe(401)
      expect(await statusOf(url, 'Bearer operator-token-2')).toBe(404)
    })
  })

  it('is closed when there is no token file, when it is gone and when it is empty', async () => {
    await writeFile(tokenFile, ' \n')
    for (const options of [{}, { tokenFile: join(folder, 'gone') }, { tokenFile }]) {
      await visit(createMetrics(), options, async url => expect(await statusOf(url, 'Bearer x')).toBe(401))
    }
  })
})

describe('the metrics', () => {
  it('have the names that alerts rely on, from the first moment', async () => {
    const text = await createMetrics().text()
    for (const name of [
      'substation_requests_total',
      'substation_upstream_calls_total',
      'substation_guard_faults_total',
      'substation_cache_requests_total',
      'substation_token_age_seconds',
      'substation_token_calls_total',
      'substation_queue_wait_seconds',
    ]) {
      expect(text).toContain(`# TYPE ${name} `)
    }
  })

  it('carry the labels that alerts rely on', async () => {
    const metrics = createMetrics()
    metrics.upstreamCalled('Opower', 'ok')
    metrics.guardFaulted('Opower')
    metrics.cacheAsked('hit')
    metrics.tokenCalled('ok')
    metrics.queueWaited(0)
    metrics.readToken(() => ({ ageSeconds: 12, secondsToRefresh: 2_690 }))
    const text = await metrics.text()
    expect(text).toContain('substation_upstream_calls_total{source="Opower",result="ok"} 1')
    expect(text).toContain('substation_guard_faults_total{source="Opower"} 1')
    expect(text).toContain('substation_cache_requests_total{result="hit"} 1')
    expect(text).toContain('substation_token_calls_total{result="ok"} 1')
    expect(text).toContain('substation_queue_wait_seconds_count 1')
    expect(text).toContain('substation_token_age_seconds 12')
    expect(text).toContain('substation_token_seconds_to_refresh 2690')
  })
})

async function visit<T>(
  metrics: ReturnType<typeof createMetrics>,
  options: { tokenFile?: string },
  work: (url: string) => Promise<T>,
): Promise<T> {
  const listener = await openListener(createAdminDoor({ metrics, ...options }), { host: '127.0.0.1', port: 0 })
  try {
    return await work(listener.url)
  } finally {
    await listener.close()
  }
}

async function statusOf(url: string, authorization?: string): Promise<number> {
  const { status } = await fetch(url, { headers: authorization === undefined ? {} : { authorization } })
  return status
}
