import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals'
import type { TestDirectory } from '../accounts/test-directory.js'
import { json, startTestDirectory } from '../accounts/test-directory.js'
import type { TestIssuer } from '../session/test-issuer.js'
import { audience, startTestIssuer } from '../session/test-issuer.js'
import type { GraphqlAnswer, Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'
import { accountOf, canariesIn, urnsOf } from './people.js'

const operatorToken = 'operator-token-for-tests'
const [alices = '', brunos = ''] = [...urnsOf('alice'), ...urnsOf('bruno')]
/** Good for five minutes; given for five more while it is asked for anew, and for six hours where the source is down. */
const forecast = 'query Forecast { billingAccountsConnection { edges { node { urn name billForecast { timeInterval } } } } }'

/** The machine's clock, moved on by hand: all parts run in this process and see it. */
const realNow = Date.now.bind(Date)
let ahead = 0
const later = (minutes: number): void => void (ahead += minutes * 60_000)

let folder: string
let issuer: TestIssuer
let directory: TestDirectory
let mapping: { version: string; urns: readonly string[] }
let sub = ''
let people = 0

beforeAll(async () => {
  jest.spyOn(Date, 'now').mockImplementation(() => realNow() + ahead)
  folder = mkdtempSync(join(tmpdir(), 'substation-stale-'))
  writeFileSync(join(folder, 'operator'), operatorToken)
  issuer = await startTestIssuer()
  directory = await startTestDirectory(response => {
    const question = Object(directory.questions.at(-1)) as { issuer: string; sub: string }
    const grants = mapping.urns.map(urn => ({ urn, role: 'holder' }))
    json({ issuer: question.issuer, sub: question.sub, complete: true, version: mapping.version, grants })(response)
  })
})
afterAll(async () => {
  jest.restoreAllMocks()
  await Promise.all([issuer.close(), directory.close()])
  rmSync(folder, { recursive: true })
})
beforeEach(() => {
  ahead = 0
  mapping = { version: 'v1', urns: [alices] }
  people += 1
  sub = `person-${people}`
})

function startHere(env: Record<string, string> = {}): Promise<Stack> {
  const session = { SESSION_ISSUER: issuer.issuer, SESSION_JWKS_URL: issuer.jwksUrl.href, SESSION_AUDIENCE: audience }
  return startStack({ env: { ...session, DIRECTORY_URL: directory.url.href, ADMIN_TOKEN_FILE: join(folder, 'operator'), ...env } })
}

/** The token outlives what a test lets pass. */
async function ask(stack: Stack, query = forecast): Promise<GraphqlAnswer> {
  const now = Math.floor(realNow() / 1_000)
  const token = await issuer.sign({ sub, iat: now - 60, exp: now + 100_000 })
  return stack.send({ query }, { authorization: `Bearer ${token}` })
}

function ageOf({ text }: GraphqlAnswer): number | undefined {
  const { extensions } = JSON.parse(text) as { extensions?: { substation?: { stale?: { ageSeconds: number } } } }
  return extensions?.substation?.stale?.ageSeconds
}

async function untilCalls(stack: Stack, count: number): Promise<void> {
  while ((await stack.calls()).length < count) await new Promise(resolve => setImmediate(resolve))
}

describe('an answer whose time is over', () => {
  it('is given at once, with its age, and is asked for anew behind that, once', async () => {
    await using stack = await startHere()
    const fresh = await ask(stack)
    expect([fresh.errors, ageOf(fresh)]).toEqual([undefined, undefined])
    await stack.forgetCalls()
    later(6)
    await stack.control('faults', { slow: { ms: 300 } })
    const olds = await Promise.all([ask(stack), ask(stack), ask(stack)])
    for (const old of olds) {
      expect(old.data).toEqual(fresh.data)
      expect(ageOf(old)).toBeGreaterThanOrEqual(360)
      expect(ageOf(old)).toBeLessThan(400)
    }
    await untilCalls(stack, 1)
    await stack.control('faults', {})
    let last = await ask(stack)
    while (ageOf(last) !== undefined) last = await ask(stack)
    expect(last.data).toEqual(fresh.data)
    expect(await stack.calls()).toHaveLength(1)
  })

  it('is not given at all once its rule no longer allows it, while there is a new one', async () => {
    await using stack = await startHere()
    await ask(stack)
    await stack.forgetCalls()
    later(11)
    expect(ageOf(await ask(stack))).toBeUndefined()
    expect(await stack.calls()).toHaveLength(1)
  })
})

describe('where no new answer can be had', () => {
  it('is found by ids that were known before, and nothing new is asked by them', async () => {
    await using stack = await startHere()
    const premise = accountOf('alice').premises[0]?.premise.uuid ?? ''
    const of = (field: string): string =>
      `{ billingAccountByAuthContext { premisesConnection(matching: "${premise}") { edges { node { ${field} } } } } }`
    const fresh = await ask(stack, of('uuid name'))
    expect(fresh.data).toMatchObject({ billingAccountByAuthContext: { premisesConnection: { edges: [{ node: { uuid: premise } }] } } })
    const real = performance.now.bind(performance)
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => real() + 3_600_000)
    later(8 * 60 + 1)
    await stack.control('faults', { down: true })
    const old = await ask(stack, of('uuid name'))
    expect([old.data, (ageOf(old) ?? 0) > 28_000]).toEqual([fresh.data, true])
    const other = await ask(stack, of('uuid'))
    expect([other.status, other.errors?.[0]?.extensions.code]).toEqual([502, 'UPSTREAM_UNAVAILABLE'])
    clock.mockRestore()
  })

  it.each<[string, unknown]>([
    ['the source is down', { down: true }],
    ['it answers with a page', { html: true }],
    ['its day’s calls are spent', { limits: { perDay: 0 } }],
    ['it says nothing at all', { nullRoot: true }],
  ])('because %s, the old one is given with its age, for as long as its rule allows', async (_what, faults) => {
    await using stack = await startHere()
    const fresh = await ask(stack)
    await stack.control('faults', faults)
    later(60)
    const old = await ask(stack)
    expect([old.status, old.errors, old.data]).toEqual([200, undefined, fresh.data])
    expect(ageOf(old)).toBeGreaterThanOrEqual(3_600)
    later(6 * 60)
    const none = await ask(stack)
    expect(none.errors?.length).toBeGreaterThan(0)
    expect(ageOf(none)).toBeUndefined()
  })

  it('because the breaker is open, no call is made, and whoever never asked gets the error', async () => {
    await using stack = await startHere()
    const fresh = await ask(stack)
    await stack.control('faults', { down: true })
    later(60)
    for (let at = 0; at < 40; at += 1) await ask(stack, `query Other${at} { billingAccountByAuthContext { name } }`)
    await stack.forgetCalls()
    const old = await ask(stack)
    expect([old.data, await stack.calls()]).toEqual([fresh.data, []])
    expect((await ask(stack, '{ billingAccountByAuthContext { uuid } }')).errors?.[0]?.extensions.code).toBe('UPSTREAM_UNAVAILABLE')
  })

  it('because this gateway’s own budget is spent, the old one is given', async () => {
    await using stack = await startHere({ QUOTA_PER_SECOND: '3', QUOTA_PER_DAY: '3' })
    const fresh = await ask(stack)
    for (let at = 0; at < 6; at += 1) await ask(stack, `query Spend${at} { billingAccountByAuthContext { name } }`)
    later(60)
    const old = await ask(stack)
    expect(old.data).toEqual(fresh.data)
    expect(ageOf(old)).toBeGreaterThanOrEqual(3_600)
  })
})

describe('an old answer is never for', () => {
  it('who has lost one of its accounts: not a byte of that account comes, whether the source is up or down', async () => {
    await using stack = await startHere()
    mapping = { version: 'v1', urns: [alices, brunos] }
    expect(canariesIn((await ask(stack)).text, accountOf('bruno'))).not.toEqual([])
    mapping = { version: 'v2', urns: [alices] }
    later(7)
    await stack.control('faults', { down: true })
    const down = await ask(stack)
    expect([canariesIn(down.text, accountOf('bruno')), ageOf(down)]).toEqual([[], undefined])
    expect(down.errors?.length).toBeGreaterThan(0)
  })

  it('whom an account or a session was withdrawn from', async () => {
    await using stack = await startHere()
    mapping = { version: 'v1', urns: [alices, brunos] }
    await ask(stack)
    later(6)
    await stack.control('faults', { down: true })
    await order(stack, { issuer: issuer.issuer, account: brunos })
    const without = await ask(stack)
    expect([canariesIn(without.text, accountOf('bruno')), ageOf(without)]).toEqual([[], undefined])
    await order(stack, { issuer: issuer.issuer, sub })
    expect((await ask(stack)).status).toBe(401)
  })

  it('another person: nobody is given what somebody else once asked', async () => {
    await using stack = await startHere()
    await ask(stack)
    mapping = { version: 'v1', urns: [brunos] }
    sub = `${sub}-other`
    later(6)
    await stack.control('faults', { down: true })
    const other = await ask(stack)
    expect([canariesIn(other.text, accountOf('alice')), ageOf(other)]).toEqual([[], undefined])
  })
})

async function order(stack: Stack, body: object): Promise<void> {
  const response = await fetch(`${stack.gateway.adminUrl}/admin/revocations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(response.status).toBe(204)
}
