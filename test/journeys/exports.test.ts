import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { GraphqlAnswer, Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'
import { operation } from './hub.js'
import { accountOf, accountsOf, canariesIn, leaksIn, nobodysUrn, nobodysUuid, urnsOf } from './people.js'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await stack.control('faults', { exports: { runningMs: 0 } })
  await stack.forgetCalls()
})

const day = 86_400_000
const lastDays = (days: number): string => `${new Date(Date.now() - days * day).toISOString()}/${new Date().toISOString()}`

describe('an export', () => {
  it('is started, followed and fetched by its owner, while the link of the upstream stays here', async () => {
    await stack.control('faults', { exports: { runningMs: 600 } })
    const started = await start('alice', {
      urns: urnsOf('alice'),
      utilityCode: 'nved',
      format: 'CSV',
      timeInterval: lastDays(3),
      maxAgeOfDataInDays: 1095,
    })
    const running = await poll('alice', uuidOf(started))
    expect(running.data).toEqual({ exportJob: { uuid: uuidOf(started), result: null, isRunning: true, isFailed: null, isFinished: null } })
    // The clock of the data set forward ends the job, and nobody has to wait.
    await stack.control('clock', { now: new Date(Date.now() + 1_000).toISOString() })
    const finished = await poll('alice', uuidOf(started))
    expect(finished.data).toEqual({
      exportJob: {
        uuid: uuidOf(started),
        result: expect.stringMatching(/^\/files\/[\w-]{32}$/),
        isRunning: false,
        isFailed: false,
        isFinished: true,
      },
    })
    const file = await fetchFile('alice', addressOf(finished))
    expect([file.status, file.headers.get('content-type'), file.headers.get('content-disposition')]).toEqual([
      200,
      expect.stringMatching(/^text\/csv/),
      'attachment',
    ])
    await stack.control('clock', {})
    expect(file.headers.get('cache-control')).toBe('private, no-store')
    expect(canariesIn(file.text, accountOf('alice')).length).toBeGreaterThan(0)
    expect(leaksIn(file.text, 'alice')).toEqual([])
    for (const { text, headers } of [started, running, finished, file])
      expect(text + JSON.stringify([...headers])).not.toMatch(/__objects|objectstorage/)
  })

  it.each(['alice', 'hanna', 'bruno', 'sol'])(
    'of %s holds the accounts of that session and nothing else when none is named',
    async login => {
      const finished = await poll(login, uuidOf(await start(login, { timeInterval: lastDays(2) })))
      const { text } = await fetchFile(login, addressOf(finished))
      for (const account of accountsOf(login)) expect(canariesIn(text, account).length).toBeGreaterThan(0)
      expect(leaksIn(text, login)).toEqual([])
      expect(startedInput(await stack.calls())).toMatchObject({ urns: urnsOf(login), utilityCode: 'nved' })
    },
  )

  it('of an account that gave up one of its points ends where it did: what the meter counts since is in the same file', async () => {
    const beyond = await start('carmen', { timeInterval: lastDays(2) })
    expect([beyond.status, beyond.errors?.[0]?.extensions.code]).toEqual([400, 'RANGE_NOT_AVAILABLE'])
    const finished = await poll('carmen', uuidOf(await start('carmen', { timeInterval: '2025-05-20T05:00:00Z/2025-06-20T05:00:00Z' })))
    const input = startedInput(await stack.calls())
    expect(input).toMatchObject({ urns: urnsOf('carmen'), timeInterval: '2025-05-20T05:00:00Z/2025-06-01T05:00:00Z' })
    const { text } = await fetchFile('carmen', addressOf(finished))
    for (const account of accountsOf('carmen')) expect(canariesIn(text, account).length).toBeGreaterThan(0)
    expect(leaksIn(text, 'carmen')).toEqual([])
  })

  it('names the accounts of a customer uuid by their own URNs', async () => {
    const [home, shop] = accountsOf('carmen')
    const timeInterval = '2025-05-20T05:00:00Z/2025-05-22T05:00:00Z'
    expect((await start('carmen', { customerUuid: shop?.customers[0]?.uuid, timeInterval })).errors).toBeUndefined()
    const input = startedInput(await stack.calls())
    expect(input['urns']).toEqual([shop?.urn])
    expect(input).not.toHaveProperty('customerUuid')
    expect(JSON.stringify(input)).not.toContain(home?.uuid)
  })
})

describe('a job', () => {
  it('is found by nobody but the person who started it, not even by the joint holder, and nothing is asked of Opower', async () => {
    const uuid = uuidOf(await start('alice', { timeInterval: lastDays(2) }))
    await stack.forgetCalls()
    const unknown = await poll('hanna', nobodysUuid)
    for (const login of ['hanna', 'bruno', 'fatima', 'nadia']) {
      const refused = await poll(login, uuid)
      expect([refused.status, refused.text]).toEqual([403, unknown.text])
      expect(refused.errors?.map(({ extensions }) => extensions.code)).toEqual(['ACCOUNT_NOT_IN_SCOPE'])
    }
    expect(await stack.calls()).toEqual([])
    expect((await poll('alice', uuid)).data).toMatchObject({ exportJob: { uuid } })
  })

  it('that fails, or whose answer is missing, says so without a file', async () => {
    await stack.control('faults', { exports: { runningMs: 0, failed: true } })
    const failed = await poll('alice', uuidOf(await start('alice', { timeInterval: lastDays(2) })))
    expect(failed.data).toMatchObject({ exportJob: { isFailed: true, isFinished: false, result: null } })
  })

  it('is not started twice when Opower is slow to answer or cuts off its answer', async () => {
    await stack.control('faults', { truncated: true })
    const answer = await start('alice', { timeInterval: lastDays(2) })
    expect(answer.errors?.map(({ extensions }) => extensions.code)).toEqual(['UPSTREAM_UNAVAILABLE'])
    // The ids of the account are known by now, so the one call is the mutation.
    expect((await stack.calls()).map(({ query }) => query.startsWith('mutation'))).toEqual([true])
  })
})

describe('the file of a finished export', () => {
  it('is refused to everybody else, without a session, and under any other name, alike', async () => {
    const address = addressOf(await poll('alice', uuidOf(await start('alice', { timeInterval: lastDays(2) }))))
    const unknown = await fetchFile('hanna', `/files/${'x'.repeat(32)}`)
    for (const login of ['hanna', 'bruno', 'nadia']) {
      const refused = await fetchFile(login, address)
      expect([refused.status, refused.text]).toEqual([403, unknown.text])
    }
    const stranger = await fetch(`${stack.gateway.url}${address}`)
    expect([stranger.status, await stranger.text()]).toEqual([401, expect.stringContaining('UNAUTHENTICATED')])
    expect((await fetchFile('alice', `${address}x`)).status).toBe(403)
    expect((await fetchFile('alice', address)).status).toBe(200)
  })
})

describe('an export of what is not one’s own is refused like one of what does not exist, and nothing is sent', () => {
  const bruno = accountOf('bruno')
  it.each<[string, Record<string, unknown>]>([
    ['a foreign URN', { urns: [bruno.urn] }],
    ['a foreign URN behind an own one', { urns: [...urnsOf('alice'), bruno.urn] }],
    ['a single URN made a list', { urns: bruno.urn }],
    ['a URN in upper case', { urns: urnsOf('alice').map(urn => urn.toUpperCase()) }],
    ['a foreign customer', { customerUuid: bruno.customers[0]?.uuid }],
    ['own accounts of a foreign customer', { urns: urnsOf('alice'), customerUuid: bruno.customers[0]?.uuid }],
    ['another utility', { urns: urnsOf('alice'), utilityCode: 'rvgl' }],
    ['files of another utility', { urns: urnsOf('alice'), fileUtilityCode: 'rvgl' }],
  ])('%s', async (_what, input) => {
    const [unknown, refused] = [await start('alice', { urns: [nobodysUrn] }), await start('alice', input)]
    expect([refused.status, refused.text]).toEqual([unknown.status, unknown.text])
    expect(refused.status).toBe(403)
    for (const call of await stack.calls()) expect(call.query + JSON.stringify(call.variables)).not.toMatch(/mutation|rvgl/)
    for (const call of await stack.calls()) expect(JSON.stringify(call.variables)).not.toContain(bruno.uuid)
  })

  it('a range that is no range', async () => {
    const answer = await start('alice', { timeInterval: '2026-01-01/P30D' })
    expect([answer.status, answer.errors?.[0]?.extensions.code]).toEqual([400, 'RANGE_NOT_AVAILABLE'])
  })

  it('with no account at all', async () => {
    const answer = await start('nadia', { timeInterval: lastDays(2) })
    expect([answer.status, answer.errors?.[0]?.extensions.code]).toEqual([403, 'ACCOUNT_NOT_IN_SCOPE'])
    expect(await stack.calls()).toEqual([])
  })
})

function start(login: string, input: Record<string, unknown>): Promise<GraphqlAnswer> {
  return stack.ask(login, { query: operation('start-export'), variables: { usageExportFileConfigurationInput: input } })
}

/** With the variables that real clients send beside the declared one. */
function poll(login: string, jobUuid: string): Promise<GraphqlAnswer> {
  const more = { customerURN: 'urn:opower:customer:uuid:none', forceLegacyData: false, locale: 'en_US' }
  return stack.ask(login, { query: operation('poll-export'), variables: { jobUuid, ...more } })
}

function uuidOf({ data }: GraphqlAnswer): string {
  return (data as { generateUsageExportFile: { uuid: string } }).generateUsageExportFile.uuid
}

function addressOf({ data }: GraphqlAnswer): string {
  return (data as { exportJob: { result: string } }).exportJob.result
}

async function fetchFile(login: string, address: string): Promise<{ status: number; headers: Headers; text: string }> {
  const answer = await fetch(`${stack.gateway.url}${address}`, { headers: { authorization: `Bearer ${await stack.tokenOf(login)}` } })
  return { status: answer.status, headers: answer.headers, text: await answer.text() }
}

function startedInput(calls: readonly { query: string; variables: Record<string, unknown> | null }[]): Record<string, unknown> {
  const started = calls.find(({ query }) => query.startsWith('mutation'))
  return Object(Object.values(started?.variables ?? {}).find(value => typeof value === 'object'))
}
