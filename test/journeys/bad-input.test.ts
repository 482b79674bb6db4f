import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { errorCodes } from '../../src/errors.js'
import type { GraphqlAnswer, Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'
import { nobodysUrn } from './people.js'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})
beforeEach(() => stack.forgetCalls())

const mediaTypes = ['application/graphql-response+json', 'application/json'] as const
const reads = (during: string, by: string): string =>
  `{ billingAccountByAuthContext { serviceAgreements { servicePoints { readStreams(timeInterval: "${during}", readResolution: ${by}) { netUsage { unit } } } } } }`

/** Refused before execution: the status of its code, or 200 in the older media type, one error, no data, no call. */
async function expectRefused(question: unknown, code: keyof typeof errorCodes): Promise<GraphqlAnswer> {
  const answers: GraphqlAnswer[] = []
  for (const accept of mediaTypes) {
    const authorization = `Bearer ${await stack.tokenOf('alice')}`
    const answer = await stack.send(question, { authorization, accept })
    expect(answer.errors?.map(({ extensions }) => extensions.code)).toEqual([code])
    expect(answer.status).toBe(accept === 'application/json' ? 200 : errorCodes[code].status)
    expect(answer.headers.get('content-type')).toBe(`${accept}; charset=utf-8`)
    expect(answer.text).not.toMatch(/"data"|Did you mean|stack|node_modules|\.ts:/)
    answers.push(answer)
  }
  const [answer] = answers
  if (answer === undefined) throw new TypeError('expected an answer, but got none')
  return answer
}

describe('a request that is no GraphQL over HTTP is refused whatever the media type', () => {
  it.each([
    ['garbage', '{"query": "{ viewer'],
    ['nothing', ''],
    ['a list', '[]'],
    ['no query', '{"variables":{}}'],
    ['variables that are no object', '{"query":"{ viewer { login } }","variables":[]}'],
  ])('%s', async (_what, body) => {
    for (const accept of mediaTypes) {
      const answer = await stack.send(body, { authorization: `Bearer ${await stack.tokenOf('alice')}`, accept })
      expect([answer.status, answer.errors?.[0]?.extensions.code]).toEqual([400, 'BAD_REQUEST'])
    }
    expect(await stack.calls()).toEqual([])
  })
})

describe('a document that cannot be answered is refused in our words', () => {
  it.each<[string, unknown, keyof typeof errorCodes]>([
    ['bad syntax', { query: '{ viewer { login }' }, 'BAD_REQUEST'],
    ['an empty document', { query: '# nothing' }, 'BAD_REQUEST'],
    ['an unknown field', { query: '{ viewer { logn } }' }, 'FIELD_NOT_AVAILABLE'],
    ['an unknown root', { query: '{ billingAccountConnection { totalCount } }' }, 'FIELD_NOT_AVAILABLE'],
    ['an unknown argument', { query: '{ billingAccountsConnection(byURN: "x") { totalCount } }' }, 'FIELD_NOT_AVAILABLE'],
    ['an unknown enum value', { query: '{ billingAccountByAuthContext { bills(orderBy: ASCEND) { urn } } }' }, 'BAD_REQUEST'],
    ['an unknown directive', { query: '{ viewer { login @includ(if: true) } }' }, 'BAD_REQUEST'],
    ['an unknown fragment', { query: '{ viewer { ...F } }' }, 'BAD_REQUEST'],
    ['an unused variable', { query: 'query ($x: Int) { viewer { login } }' }, 'BAD_REQUEST'],
    ['a fragment in a circle', { query: '{ ...F } fragment F on Query { ...F }' }, 'BAD_REQUEST'],
    ['fields that contradict', { query: '{ a: viewer { login } a: billingAccountByAuthContext { name } }' }, 'BAD_REQUEST'],
    ['an object without a selection', { query: '{ viewer }' }, 'BAD_REQUEST'],
    ['an operation name that is in no document', { query: 'query A { viewer { login } }', operationName: 'B' }, 'BAD_REQUEST'],
    ['several operations and no name', { query: 'query A { viewer { login } } query B { viewer { login } }' }, 'BAD_REQUEST'],
    ['a subscription', { query: 'subscription { viewer { login } }' }, 'BAD_REQUEST'],
    ['a name that the gateway keeps for itself', { query: '{ _gwId: viewer { login } }' }, 'BAD_REQUEST'],
    ['a negative page', { query: '{ billingAccountsConnection(first: -1) { totalCount } }' }, 'BAD_REQUEST'],
  ])('%s', async (_what, question, code) => {
    await expectRefused(question, code)
    expect(await stack.calls()).toEqual([])
  })

  it.each<[string, string, unknown]>([
    ['another type', '[ID!]', { x: 1 }],
    ['null for a value', 'ID!', null],
    ['a text for a number', 'Int', 'many'],
    ['a number out of range', 'Int', 2 ** 40],
    ['an unknown enum value', 'ReadResolution', 'HOURS'],
    ['a truth for a text', 'ID', true],
  ])('a variable of %s', async (_what, type, x) => {
    const query = `query ($x: ${type}) { billingAccountsConnection { totalCount } ${usage(type)} }`
    const { text } = await expectRefused({ query, variables: { x } }, 'BAD_REQUEST')
    expect(text).not.toMatch(/QUARTER_HOUR|expected|non-nullable/)
    expect(await stack.calls()).toEqual([])
  })

  it('a variable that is left out although it must not be', async () => {
    await expectRefused(
      { query: 'query ($x: ID!) { billingAccountsConnection(byURNs: [$x]) { totalCount } }', variables: {} },
      'BAD_REQUEST',
    )
  })

  it('an input of unknown members', async () => {
    const query =
      'mutation ($x: UsageExportFileConfigurationInput) { generateUsageExportFile(usageExportFileConfigurationInput: $x) { uuid } }'
    await expectRefused({ query, variables: { x: { urn: nobodysUrn } } }, 'BAD_REQUEST')
    expect(await stack.calls()).toEqual([])
  })
})

/** A place for a variable of the type. */
function usage(type: string): string {
  if (type === 'Int') return 'a: billingAccountsConnection(first: $x) { totalCount }'
  if (type === 'ReadResolution')
    return 'a: billingAccountByAuthContext { serviceAgreements { servicePoints { readStreams(readResolution: $x) { timeInterval } } } }'
  if (type === '[ID!]') return 'a: billingAccountsConnection(byURNs: $x) { totalCount }'
  return 'a: billingAccountByAuthContext(selectedAccount: $x) { name }'
}

describe('a range', () => {
  beforeAll(() => stack.ask('alice', '{ billingAccountByAuthContext { serviceAgreements { uuid } } }'))

  it.each([
    ['of 721 hours by the hour', '2026-09-01T00:00:00Z/2026-10-01T01:00:00Z', 'HOUR'],
    ['of 720 hours and a second', '2026-09-01T00:00:00Z/2026-10-01T00:00:01Z', 'HALF_HOUR'],
    ['of a local month in which the clock goes back', '2025-10-20T00:00:00-04:00/2025-11-19T00:00:00-05:00', 'QUARTER_HOUR'],
    ['of 366 days by the day', '2025-09-01T00:00:00Z/2026-09-02T00:00:00Z', 'DAY'],
    ['of years', '2020-01-01T00:00:00Z/2030-01-01T00:00:00Z', 'HOUR'],
    ['that ends before it starts', '2026-10-02T00:00:00Z/2026-10-01T00:00:00Z', 'HOUR'],
    ['that is empty', '2026-10-02T00:00:00Z/2026-10-02T00:00:00Z', 'HOUR'],
    ['without a zone', '2026-10-02T00:00:00/2026-10-03T00:00:00', 'HOUR'],
    ['of a start and a length', '2026-10-02T00:00:00Z/P1D', 'HOUR'],
    ['of one half', '2026-10-02T00:00:00Z', 'HOUR'],
    ['of three halves', '2026-10-02T00:00:00Z/2026-10-03T00:00:00Z/2026-10-04T00:00:00Z', 'HOUR'],
    ['of a day that is none', '2026-02-30T00:00:00Z/2026-13-03T00:00:00Z', 'HOUR'],
    ['of words', 'yesterday/today', 'DAY'],
  ])('%s is refused, and nothing is sent', async (_what, during, by) => {
    await expectRefused({ query: reads(during, by) }, 'RANGE_NOT_AVAILABLE')
    expect(await stack.calls()).toEqual([])
  })

  it.each([
    ['of exactly 720 hours', '2026-09-01T00:00:00Z/2026-10-01T00:00:00Z', 'HOUR'],
    ['of exactly 365 days', '2025-09-01T00:00:00Z/2026-09-01T00:00:00Z', 'DAY'],
  ])('%s is served', async (_what, during, by) => {
    expect((await stack.ask('alice', reads(during, by))).errors).toBeUndefined()
  })
})

describe('an operation that asks for too much is refused before it is validated, and nothing is sent', () => {
  const nested = (depth: number): string =>
    `{ billingAccountsConnection { edges { node { ${'serviceAgreements { servicePoints { '.repeat(depth)} uuid ${'} }'.repeat(depth)} } } } }`
  it.each<[string, string | { query: string; variables: Record<string, unknown> }]>([
    ['too deep', nested(12)],
    ['too many aliases', `{ ${Array.from({ length: 31 }, (_, at) => `a${at}: viewer { login }`).join(' ')} }`],
    ['too many aliases below a root', `{ viewer { ${Array.from({ length: 31 }, (_, at) => `a${at}: login`).join(' ')} } }`],
    [
      'too many aliases by fragments',
      `{ viewer { ...A ...B } } fragment A on Viewer { ${Array.from({ length: 16 }, (_, at) => `a${at}: login`).join(' ')} } fragment B on Viewer { ${Array.from({ length: 16 }, (_, at) => `b${at}: login`).join(' ')} }`,
    ],
    ['too many roots', `{ ${'viewer { login } '.repeat(11)} }`],
    ['too many fields', `{ viewer { ${'login '.repeat(2_100)} } }`],
    ['too many tokens', `{ viewer { ${'login '.repeat(6_000)} } }`],
    [
      'fragments that double each other',
      `{ ...F0 } ${Array.from({ length: 15 }, (_, at) => `fragment F${at} on Query { ...F${at + 1} ...F${at + 1} }`).join(' ')} fragment F15 on Query { viewer { login } }`,
    ],
    [
      'a list too long',
      {
        query: 'query ($x: [ID!]) { billingAccountsConnection(byURNs: $x) { totalCount } }',
        variables: { x: Array.from({ length: 501 }, () => 'x') },
      },
    ],
    ['a list too long, written out', `{ billingAccountsConnection(byURNs: [${'"x" '.repeat(501)}]) { totalCount } }`],
  ])('%s', async (_what, question) => {
    await expectRefused(typeof question === 'string' ? { query: question } : question, 'OPERATION_TOO_COSTLY')
    expect(await stack.calls()).toEqual([])
  })

  it('a body too long is not even read', async () => {
    const answer = await stack.ask('alice', { query: `{ viewer { login } } # ${'x'.repeat(300_000)}` })
    expect([answer.status, answer.errors?.[0]?.extensions.code, await stack.calls()]).toEqual([413, 'BAD_REQUEST', []])
  })
})
