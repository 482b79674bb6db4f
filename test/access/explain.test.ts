import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { GraphQLSchema } from 'graphql'
import { startDemoDirectory } from '../../simulator/demo/directory-service.js'
import { startDemoIssuer } from '../../simulator/demo/issuer.js'
import type { RunningServer } from '../../simulator/demo/json-server.js'
import { population } from '../../simulator/population/population.js'
import { readArguments } from '../../src/access/explain-arguments.js'
import { findSubject } from '../../src/access/explain-subject.js'
import type { Explanation } from '../../src/access/explain.js'
import { ExplainError, explainOperation } from '../../src/access/explain.js'
import { formatExplanation } from '../../src/access/format-explanation.js'
import { buildWholeSchema } from '../../src/access/served-schema.js'
import { servedAccess } from '../../src/access/served-access.js'
import { loadCacheSettings } from '../../src/settings/cache.js'
import { accountOf } from '../journeys/people.js'
import type { Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'

const now = Date.parse('2026-11-10T17:00:00Z')
const folder = mkdtempSync(join(tmpdir(), 'substation-'))
const demo = { host: '127.0.0.1', port: 0, population }
let issuer: RunningServer
let directory: RunningServer
let stack: Stack
let schema: GraphQLSchema
beforeAll(async () => {
  issuer = await startDemoIssuer({ ...demo, audience: 'substation' })
  directory = await startDemoDirectory({ ...demo, issuer: issuer.url })
  stack = await startStack({ now: () => now })
  schema = await buildWholeSchema()
})
afterAll(async () => {
  await Promise.all([issuer.close(), directory.close(), stack[Symbol.asyncDispose]()])
  rmSync(folder, { recursive: true })
})
beforeEach(() => stack.forgetCalls())

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

function argumentsFor(login: string, query: string, variables: object = {}, more: readonly string[] = []): string[] {
  const where = ['--issuer', issuer.url, '--directory', `${directory.url}/grants`]
  return ['--login', login, '--file', file('query.graphql', query), '--variables', JSON.stringify(variables), ...where, ...more]
}

const cache = loadCacheSettings({})

async function explain(given: readonly string[]): Promise<Explanation> {
  const { document, variables, operationName, ...rest } = readArguments(given)
  const subject = await findSubject({ document, variables, operationName, ...rest })
  const named = operationName === undefined ? {} : { operationName }
  return explainOperation({ schema, access: servedAccess, cache, document, variables, ...named, ...subject, now })
}

const bills = `query Bills($urn: ID, $time: TimeInterval) {
  billingAccountByAuthContext(selectedAccount: $urn) { name bills(last: 2, during: $time) { timeInterval segments { currentAmount { value } } } } }`

describe('an explanation', () => {
  it('shows the very request that the gateway then sends', async () => {
    const variables = { urn: accountOf('alice').urn, time: '2026-01-01T00:00:00Z/2026-06-01T00:00:00Z' }
    const { calls } = await explain(argumentsFor('alice', bills, variables))
    expect((await stack.ask('alice', { query: bills, variables })).errors).toBeUndefined()
    const sent = await stack.calls()
    expect(calls.map(call => [call.document, call.variables])).toEqual(sent.map(call => [call.query, call.variables]))
  })

  it('asks Opower nothing', async () => {
    await explain(argumentsFor('alice', bills))
    await explain(
      argumentsFor('alice', 'query ($id: String) { billingAccountByAuthContext { premisesConnection(matching: $id) { totalCount } } }', {
        id: 'x',
      }),
    )
    expect(await stack.calls()).toEqual([])
  })

  it('says why a foreign account is refused, and shows no request', async () => {
    const foreign = accountOf('bruno').urn
    const explanation = await explain(argumentsFor('alice', bills, { urn: foreign }))
    expect([explanation.refused?.code, explanation.calls]).toEqual(['ACCOUNT_NOT_IN_SCOPE', []])
    expect(formatExplanation(explanation)).toContain(`${foreign} not in the scope: the whole operation is refused`)
  })

  it('says which ids would have to be looked up, and supposes that they are the account’s own', async () => {
    const query = 'query ($id: String) { billingAccountByAuthContext { premisesConnection(matching: $id) { totalCount } } }'
    const explanation = await explain(argumentsFor('alice', query, { id: 'some-premise' }))
    expect(explanation.calls.map(({ why }) => why)).toEqual(['Opower, where the ids of the accounts are not known yet', 'Opower'])
    expect(Object.values(explanation.calls[1]?.variables ?? {})).toContain('some-premise')
    expect(formatExplanation(explanation)).toContain('looked up first; if it is the account’s own it is sent, otherwise: an empty answer')
  })

  it('shows what a third party is not shown, and how its time is narrowed', async () => {
    const text = formatExplanation(await explain(argumentsFor('theo', bills, { time: '2025-11-01T00:00:00Z/2026-02-01T00:00:00Z' })))
    expect(text).toContain('BillingAccount.name: not shown to third_party')
    expect(text).toContain('"2026-01-01T05:00:00Z/2026-02-01T00:00:00Z"')
  })

  it('names who acts, and why', async () => {
    const text = formatExplanation(await explain(argumentsFor('agnes', bills)))
    expect(text).toContain('demo-agnes acts: Call about the bill of October')
  })

  it('tells the cache rule with its time, and whose share it is', async () => {
    const shared = formatExplanation(await explain(argumentsFor('alice', '{ billingAccountsConnection { edges { node { urn } } } }')))
    const own = formatExplanation(await explain(argumentsFor('alice', '{ viewer { login } }')))
    expect([shared, own].map(text => /kept .*/.exec(text)?.[0])).toEqual([
      'kept 14400 seconds, for everybody with this very scope',
      'kept 14400 seconds, for this person',
    ])
  })

  it('says which rules the time comes from, how long an old answer lasts, and by which words it is forgotten', async () => {
    const during = 'timeInterval: "2026-11-01T00:00:00Z/2026-11-02T00:00:00Z", readResolution: HOUR'
    const text = `{ billingAccountByAuthContext { name serviceAgreements { servicePoints { readStreams(${during}) { netUsage { reads { timeInterval } } } } } } }`
    const lines = formatExplanation(await explain(argumentsFor('alice', text)))
    expect(lines).toContain('kept 14400 seconds, for everybody with this very scope')
    expect(lines).toContain('after that given 600 seconds while it is fetched anew, 86400 where none can be had')
    expect(lines).toContain('its reads are kept in windows as well')
    expect(lines).toContain('ServicePoint.readStreams: 604800 seconds')
    expect(lines).toContain('a tag out of account, agreements, reads')
  })

  it('takes grants from a file, and then needs no demo', async () => {
    const grants = file('grants.json', JSON.stringify({ grants: [{ urn: accountOf('alice').urn, role: 'household' }] }))
    const nowhere = ['--issuer', 'http://127.0.0.1:9', '--grants', grants]
    const text = formatExplanation(await explain(argumentsFor('anybody', bills, {}, nowhere)))
    expect(text).toContain(`${accountOf('alice').urn} as household (default)`)
  })

  it('is the same for the same question', async () => {
    const [one, other] = [await explain(argumentsFor('alice', bills)), await explain(argumentsFor('alice', bills))]
    expect(formatExplanation(one)).toBe(formatExplanation(other))
  })
})

describe('what cannot be explained is said in one message', () => {
  const badGrants = (text: string) => ['--grants', file('bad.json', text)]
  it.each<[string, () => readonly string[], RegExp]>([
    ['no login', () => ['--file', 'x'], /^Usage: /],
    ['an unknown option', () => ['--loginn', 'alice'], /^Unknown option '--loginn'[\s\S]*Usage: /],
    ['a file that is not there', () => ['--login', 'alice', '--file', '/nowhere/q.graphql'], /^--file must be a file that can be read/],
    ['variables that are no JSON', () => [...argumentsFor('alice', bills), '--variables', '{'], /^--variables must be JSON/],
    ['variables that are no object', () => [...argumentsFor('alice', bills), '--variables', '[]'], /^--variables must be a JSON object/],
    ['an address that is none', () => argumentsFor('alice', bills, {}, ['--issuer', 'here']), /^--issuer must be an address/],
    ['a login that nobody has', () => argumentsFor('zed', bills), /^Nobody signs in as "zed"\. The demo knows: alice/],
    ['a demo that does not run', () => argumentsFor('alice', bills, {}, ['--issuer', 'http://127.0.0.1:9']), /^No demo answers at/],
    [
      'a directory that does not run',
      () => argumentsFor('alice', bills, {}, ['--directory', 'http://127.0.0.1:9/']),
      /gives no grants: UPSTREAM_UNAVAILABLE/,
    ],
    ['a customer of another utility', () => argumentsFor('vera', bills), /gives no grants: ACCOUNT_NOT_IN_SCOPE/],
    ['grants that are none', () => argumentsFor('alice', bills, {}, badGrants('[1]')), /^--grants must hold grants/],
    [
      'grants of two utilities',
      () => argumentsFor('alice', bills, {}, badGrants(JSON.stringify([accountOf('alice').urn, accountOf('vera').urn]))),
      /^--grants: the directory names accounts of another utility/,
    ],
    ['a document that cannot be read', () => argumentsFor('alice', '{ a'), /^The document cannot be read: /],
    ['a field that customers do not have', () => argumentsFor('alice', '{ bill }'), /^The document does not fit[\s\S]*line 1, column 3/],
    [
      'a cursor',
      () => argumentsFor('alice', '{ billingAccountsConnection(after: "x") { totalCount } }'),
      /^Cursors are opened by the gateway/,
    ],
  ])('%s', async (_what, given, message) => {
    const fault = await Promise.resolve()
      .then(() => explain(given()))
      .catch((error: unknown) => error)
    expect(fault).toBeInstanceOf(ExplainError)
    expect((fault as ExplainError).message).toMatch(message)
  })
})
