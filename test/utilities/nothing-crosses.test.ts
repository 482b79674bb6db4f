import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Answer, Code, TwoUtilities } from './two-utilities.js'
import { canariesOf, codes, people, startTwoUtilities, urnsOf } from './two-utilities.js'

/** What a customer does; the same documents at both utilities, so that whatever is kept under their text could be mixed up. */
const documents = [
  '{ billingAccountsConnection { totalCount edges { node { urn name } } } }',
  '{ billingAccountByAuthContext { urn name bills(last: 1, orderBy: DESCENDING) { timeInterval } } }',
  '{ viewer { login } billingAccountsConnection { edges { node { name utilityId premisesConnection { edges { node { uuid } } } } } } }',
] as const

/** Faults of one utility's surroundings; none of them may be noticed at the other. */
const faults = [
  {},
  { down: true },
  { status: { code: 503 } },
  { status: { code: 429, retryAfter: 1 } },
  { html: true },
  { truncated: true },
  { nullRoot: true },
  { partial: true },
  { foreign: ['node', 'edge', 'error'] },
  { tokenEndpoint: { down: true } },
] as const

interface Step {
  readonly code: Code
  readonly login: string
  readonly document: string
  readonly accountFrom: Code | undefined
}

const steps: fc.Arbitrary<Step> = fc.constantFrom(...codes).chain(code =>
  fc.record({
    code: fc.constant(code),
    login: fc.constantFrom(...loginsOf(code)),
    document: fc.constantFrom(...documents),
    accountFrom: fc.constantFrom<(Code | undefined)[]>(undefined, undefined, ...codes),
  }),
)

function loginsOf(code: Code): readonly string[] {
  return code === 'rvgl' ? ['vera', 'alice', 'bruno'] : ['alice', 'bruno', 'carmen']
}

const other = (code: Code): Code => (code === 'nved' ? 'rvgl' : 'nved')

/** Everything that is the other utility's alone: its accounts, its credentials, its tokens and the sessions of its customers. */
async function foreignTo(code: Code, two: TwoUtilities): Promise<readonly string[]> {
  const calls = await two.around[other(code)].seen()
  const utilityTokens = calls.flatMap(({ headers: { authorization = '' } }) => authorization.replace(/^\w+ /, ''))
  const sessions = await Promise.all(loginsOf(other(code)).map(login => two.around[other(code)].tokenOf(login)))
  return [...canariesOf(other(code)), ...new Set(utilityTokens), ...sessions, new URL(two.around[other(code)].simulatorUrl).host]
}

/** One of the two has all the faults: what it remembers of them, such as an open breaker, is its own trouble. */
describe.each(codes)('whatever customers of two utilities do at once, while %s has faults', faulty => {
  let two: TwoUtilities
  beforeAll(async () => {
    const plenty = { QUOTA_PER_SECOND: 500, QUOTA_CUSTOMER_PER_MINUTE: 60_000 }
    two = await startTwoUtilities({ nved: plenty, rvgl: plenty })
  }, 240_000)
  afterAll(async () => two[Symbol.asyncDispose]())

  async function take({ code, login, document, accountFrom }: Step): Promise<Answer> {
    if (accountFrom === undefined) return two.ask(code, login, document)
    const [urn = ''] = urnsOf(accountFrom, accountFrom === code ? login : 'alice')
    return two.ask(code, login, `{ billingAccountsConnection(byURNs: ["${urn}"]) { edges { node { urn name } } } }`)
  }

  it('no account, token, cache entry, quota or line of a log crosses from one to the other', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 4, maxLength: 16 }), fc.constantFrom(...faults), async (taken, fault) => {
        await Promise.all(codes.map(code => fetch(`${two.around[code].simulatorUrl}/__sim/calls`, { method: 'DELETE' })))
        await two.around[faulty].control('faults', fault)
        two.lines.length = 0
        const answers = await Promise.all(taken.map(async step => ({ step, answer: await take(step) })))
        await two.around[faulty].control('faults', {})
        const strange = new Map(await Promise.all(codes.map(async code => [code, await foreignTo(code, two)] as const)))
        for (const { step, answer } of answers) {
          // Nothing of the other utility, and nothing wrong at the utility without faults.
          expect(strange.get(step.code)?.filter(text => answer.text.includes(text))).toEqual([])
          if (step.code !== faulty) expect([isRight(step, answer), answer.text]).toEqual([true, answer.text])
        }
        for (const code of codes) {
          const sent = JSON.stringify(await two.around[code].seen())
          expect(strange.get(code)?.filter(text => sent.includes(text))).toEqual([])
          const written = two.lines.filter(line => line.includes(`"utility":"${code}"`)).join('')
          expect(strange.get(code)?.filter(text => written.includes(text))).toEqual([])
          // One line for each request, under its own utility.
          const lines = two.lines.filter(line => line.includes('"msg":"request"') && line.includes(`"utility":"${code}"`))
          expect(lines.length).toBe(taken.filter(step => step.code === code).length)
        }
      }),
      { numRuns: 30 },
    )
  }, 180_000)

  it('each spends its own calls: what both counted is what each of them was really asked', async () => {
    await Promise.all(codes.map(code => fetch(`${two.around[code].simulatorUrl}/__sim/calls`, { method: 'DELETE' })))
    const before = await spent()
    const well = other(faulty)
    for (const login of loginsOf(well)) await two.ask(well, login, '{ billingAccountsConnection { edges { node { uuid } } } }')
    const after = await spent()
    const asked = (await two.around[well].seen()).filter(({ kind }) => kind === 'graphql').length
    expect(asked).toBeGreaterThan(0)
    expect([after[well] - before[well], after[faulty] - before[faulty]]).toEqual([asked, 0])
  })

  async function spent(): Promise<Record<Code, number>> {
    const text = await two.metrics()
    const of = (code: Code) => Number(new RegExp(`^substation_budget_spent\\{utility="${code}"\\} (\\d+)$`, 'm').exec(text)?.[1])
    return { nved: of('nved'), rvgl: of('rvgl') }
  }
})

/** A customer's own accounts, in order and whole, or the refusal of somebody else's. */
function isRight({ code, login, document, accountFrom }: Step, { status, text }: Answer): boolean {
  const own = urnsOf(code, login)
  const [wanted = ''] = accountFrom === undefined ? [] : urnsOf(accountFrom, accountFrom === code ? login : 'alice')
  if (accountFrom !== undefined && !own.includes(wanted)) return status === 403 && text.includes('ACCOUNT_NOT_IN_SCOPE')
  if (status !== 200 || text.includes('"errors"')) return false
  if (document.includes('viewer') && accountFrom === undefined) return text.includes(`"login":"${login}"`)
  const expected = accountFrom !== undefined || document.includes('ByAuthContext') ? own.slice(0, 1) : own
  const names = people[code].accounts.filter(({ urn }) => expected.includes(urn)).map(({ canaries }) => canaries.name)
  return expected.every(urn => text.includes(urn)) && names.every(name => text.includes(name))
}
