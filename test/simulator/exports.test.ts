import { describe, expect, it } from '@jest/globals'
import { accountOf, at, simulator } from './client.js'
import type { Caller, TestSimulator } from './client.js'

const start =
  'mutation ($input: UsageExportFileConfigurationInput) { generateUsageExportFile(usageExportFileConfigurationInput: $input) { uuid result isRunning isFailed isFinished } }'
const look = 'query ($uuid: ID!) { exportJob(jobUuid: $uuid) { uuid result isRunning isFailed isFinished } }'
const day = '2026-10-01T00:00:00-04:00/2026-10-02T00:00:00-04:00'

async function startFor(caller: Caller, input: object): Promise<string> {
  const { body } = await caller.ask(start, { input: { timeInterval: day, format: 'CSV', ...input } })
  const job = at(body, 'data', 'generateUsageExportFile')
  expect(job).toMatchObject({ result: null, isRunning: true, isFailed: null, isFinished: null })
  return String(at(job, 'uuid'))
}

async function finished(opower: TestSimulator, uuid: string): Promise<unknown> {
  const hub = await opower.hub()
  for (;;) {
    const job = at((await hub.ask(look, { uuid })).body, 'data', 'exportJob')
    if (at(job, 'isRunning') === false) return job
  }
}

describe('exports', () => {
  it('run, then give a link that works without any header', async () => {
    await using opower = await simulator()
    const alice = accountOf('alice')
    const job = await finished(opower, await startFor(await opower.hub(), { urns: [alice.urn] }))
    expect(job).toMatchObject({ isFinished: true, isFailed: false, result: expect.stringContaining(`${opower.url}/__objects/`) })
    const file = await (await fetch(String(at(job, 'result')))).text()
    expect(file).toContain(alice.canaries.name)
    expect(file).toContain(alice.premises[0]?.premise.canary)
    expect(file.match(/^Electric usage,2026-10-01/gm)).toHaveLength(96)
  })

  it('are found by their uuid alone, and can be started for a customer uuid', async () => {
    await using opower = await simulator()
    const bruno = accountOf('bruno')
    const uuid = await startFor(await opower.hub(), { customerUuid: bruno.customers[1]?.uuid })
    const { body } = await (await opower.edge('alice')).ask(look, { uuid })
    expect(at(body, 'data', 'exportJob', 'uuid')).toBe(uuid)
  })

  it('on the edge reach no further than the token', async () => {
    await using opower = await simulator()
    const { body } = await (await opower.edge('alice')).ask(start, { input: { urns: [accountOf('bruno').urn] } })
    expect(at(body, 'data', 'generateUsageExportFile')).toBeNull()
    expect(at(body, 'errors', 0, 'message')).toBe('No data returned from API')
  })

  it('end their links after a quarter of an hour with 403 in XML', async () => {
    await using opower = await simulator()
    const job = await finished(opower, await startFor(await opower.hub(), { urns: [accountOf('alice').urn] }))
    await opower.control('POST', 'clock', { now: '2026-11-01T17:16:00Z' })
    const response = await fetch(String(at(job, 'result')))
    expect(response.status).toBe(403)
    expect(await response.text()).toContain('<Code>AccessDenied</Code>')
    expect((await fetch(`${opower.url}/__objects/guessed`)).status).toBe(403)
  })

  it('can fail, and can lack days without a word', async () => {
    await using opower = await simulator()
    await opower.control('POST', 'faults', { exports: { failed: true, runningMs: 0 } })
    const urns = [accountOf('alice').urn]
    expect(await finished(opower, await startFor(await opower.hub(), { urns }))).toMatchObject({
      isFailed: true,
      isFinished: false,
      result: null,
    })
    await opower.control('POST', 'faults', { exports: { missingDays: true, runningMs: 0 } })
    const timeInterval = '2026-09-01T00:00:00-04:00/2026-10-01T00:00:00-04:00'
    const job = await finished(opower, await startFor(await opower.hub(), { urns, timeInterval }))
    expect((await (await fetch(String(at(job, 'result')))).text()).match(/^Electric usage/gm)).toHaveLength(192)
  })
})
