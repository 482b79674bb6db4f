import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { urnsOf } from '../journeys/people.js'
import type { GraphqlAnswer, Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'

let stack: Stack
beforeAll(async () => {
  stack = await startStack({ env: { UPSTREAM_TIMEOUT_MS: '400' } })
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await stack.control('faults', { exports: { runningMs: 0 } })
  // The ids of the accounts are asked for once: by then every call is a start.
  await start('alice', nextInput())
  await start('bruno', nextInput())
  await stack.forgetCalls()
})

const day = 86_400_000
let inputs = 0
/** An export that nobody asked for before. */
function nextInput(): Record<string, unknown> {
  inputs += 1
  return { timeInterval: `${new Date(Date.now() - 3 * day + inputs).toISOString()}/${new Date().toISOString()}` }
}

const mutation =
  'mutation ($input: UsageExportFileConfigurationInput) { generateUsageExportFile(usageExportFileConfigurationInput: $input) { uuid result isRunning isFailed isFinished } }'

describe('an export that is asked for again', () => {
  it('is the same job, in whatever words it is asked for, and is started once', async () => {
    const input = { ...nextInput(), urns: urnsOf('alice'), format: 'CSV' }
    const first = await start('alice', input)
    const reordered = Object.fromEntries(Object.entries(input).reverse())
    const again = await stack.ask('alice', {
      query:
        'mutation Again($i: UsageExportFileConfigurationInput) { job: generateUsageExportFile(usageExportFileConfigurationInput: $i) { running: isRunning id: uuid __typename } }',
      variables: { i: reordered },
    })
    expect(first.data).toMatchObject({ generateUsageExportFile: { uuid: uuidOf(first), result: null, isRunning: true, isFailed: null } })
    expect(again.data).toEqual({ job: { running: true, id: uuidOf(first), __typename: 'ExportJob' } })
    expect(await starts()).toBe(1)
    const poll = await stack.ask('alice', `{ exportJob(jobUuid: "${uuidOf(first)}") { isFinished } }`)
    expect(poll.data).toEqual({ exportJob: { isFinished: true } })
  })

  it('at the same moment is the same job as well', async () => {
    await stack.control('faults', { slow: { ms: 150 } })
    const input = nextInput()
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => start('alice', input)))
    expect(new Set(answers.map(uuidOf)).size).toBe(1)
    expect(await starts()).toBe(1)
  })

  it('twice in one operation is started once', async () => {
    const field = 'generateUsageExportFile(usageExportFileConfigurationInput: $input) { uuid }'
    const query = `mutation ($input: UsageExportFileConfigurationInput) { one: ${field} two: ${field} }`
    const { data } = await stack.ask('alice', { query, variables: { input: nextInput() } })
    const { one, two } = data as Record<string, { uuid: string }>
    expect([one?.uuid, await starts()]).toEqual([two?.uuid, 1])
  })

  it('for something else, or by somebody else, is another job', async () => {
    const input = nextInput()
    const answers = [
      await start('alice', input),
      await start('alice', { ...input, format: 'XML' }),
      await start('bruno', input),
      await start('hanna', input),
    ]
    expect(new Set(answers.map(uuidOf)).size).toBe(4)
  })
})

describe('an Idempotency-Key', () => {
  it('stands for one export of one person', async () => {
    const [input, key] = [nextInput(), { 'idempotency-key': 'key-1' }]
    const first = await start('alice', input, key)
    expect(uuidOf(await start('alice', input, key))).toBe(uuidOf(first))
    const other = await start('alice', nextInput(), key)
    expect([other.status, other.errors?.[0]?.extensions.code, other.errors?.[0]?.message]).toEqual([
      400,
      'BAD_REQUEST',
      expect.stringContaining('used for another export'),
    ])
    expect(await starts()).toBe(1)
    expect(uuidOf(await start('bruno', input, key))).not.toBe(uuidOf(first))
  })

  it('that is none is refused, and nothing is started', async () => {
    for (const key of ['x'.repeat(256), 'two words']) {
      expect((await start('alice', nextInput(), { 'idempotency-key': key })).errors?.[0]?.extensions.code).toBe('BAD_REQUEST')
    }
    expect(await starts()).toBe(0)
  })
})

describe('an export whose start took too long', () => {
  it('is not started again for a while, and does not stand in the way of another one', async () => {
    await stack.control('faults', { slow: { ms: 600 } })
    const input = nextInput()
    expect(codesOf(await start('alice', input))).toEqual(['UPSTREAM_TIMEOUT'])
    await stack.control('faults', {})
    await stack.forgetCalls()
    const again = await start('alice', input)
    expect([codesOf(again), again.headers.get('retry-after')]).toEqual([['UPSTREAM_TIMEOUT'], '60'])
    expect(await starts()).toBe(0)
    expect((await start('alice', nextInput())).errors).toBeUndefined()
  })
})

function start(login: string, input: Record<string, unknown>, headers: Record<string, string> = {}): Promise<GraphqlAnswer> {
  return stack.ask(login, { query: mutation, variables: { input } }, headers)
}

function uuidOf({ data, text }: GraphqlAnswer): string {
  const { uuid } = Object((data as { generateUsageExportFile?: { uuid?: string } } | undefined)?.generateUsageExportFile)
  if (typeof uuid !== 'string') throw new Error(`expected a job, but got: ${text}`)
  return uuid
}

function codesOf({ errors }: GraphqlAnswer): readonly string[] {
  return (errors ?? []).map(({ extensions }) => extensions.code)
}

async function starts(): Promise<number> {
  return (await stack.calls()).filter(({ query }) => String(query).startsWith('mutation')).length
}
