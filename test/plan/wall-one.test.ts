import fc from 'fast-check'
import { describe, expect, it } from '@jest/globals'
import { GatewayError } from '../../src/errors.js'
import { bindPlan, foreignUrn, ownUrn } from './run-plan.js'

const query = `query ($urns: [ID!], $selected: ID, $customer: ID, $matching: String, $during: TimeInterval) {
  a: billingAccountsConnection(byURNs: $urns) { edges { node { name } } }
  b: billingAccountsConnection(first: 5, byURNs: $urns) { edges { node { name } } }
  c: billingAccountByAuthContext(selectedAccount: $selected, singlePremise: $customer) {
    serviceAgreementsConnection(matching: $matching) { edges { node { servicePoints { readStreams(timeInterval: $during) { timeInterval } } } } }
  }
}`

const account = fc.constantFrom(
  ownUrn,
  ownUrn,
  ownUrn,
  foreignUrn,
  ownUrn.toUpperCase(),
  `${ownUrn} `,
  '',
  'urn:opower:v1:account:rvgl:uuid:x',
)
const variables = fc.record(
  {
    urns: fc.option(fc.array(account, { maxLength: 4 })),
    selected: fc.option(account),
    customer: fc.option(fc.constantFrom('urn:opower:customer:uuid:customer', 'urn:opower:customer:uuid:foreign', ownUrn, 'customer')),
    matching: fc.option(fc.constantFrom('agreement', 'foreign', 'AGREEMENT', '')),
    during: fc.option(fc.constantFrom('2026-01-01T00:00:00Z/2026-01-02T00:00:00Z', 'never', '2026-01-02T00:00:00Z/2026-01-01T00:00:00Z')),
  },
  { requiredKeys: [] },
)
const entities = fc.option(
  fc.constantFrom(ownUrn, foreignUrn, '["urn:opower:customer:uuid:customer"]', '["urn:opower:customer:uuid:foreign"]', '['),
  { nil: undefined },
)

describe('whatever is chosen, in whatever way', () => {
  it('only one’s own is bound, or the whole operation is refused; and nobody is asked about anybody else', async () => {
    const refused = new Set<string>()
    const holds = fc.asyncProperty(variables, entities, async (values, header) => {
      const bound = await bind(values, header)
      if (typeof bound === 'string') return void refused.add(bound)
      for (const { page } of bound.legs) expect(page.grants.every(({ urn }) => urn === ownUrn)).toBe(true)
      for (const name of ['_gwUrns0', '_gwUrns1', '_gwUrns2']) expect(bound.variables[name]).toEqual([ownUrn])
      expect(bound.urns).toEqual([ownUrn])
      expect(bound.calls).toEqual([])
      for (const [name, value] of Object.entries(bound.variables))
        if (name.startsWith('_gwArg')) expect(['foreign', 'AGREEMENT', '']).not.toContain(value)
    })
    await fc.assert(holds, { numRuns: 500 })
    expect([...refused].sort()).toEqual(['ACCOUNT_NOT_IN_SCOPE', 'RANGE_NOT_AVAILABLE'])
  })

  it('a foreign account refuses all of it, wherever the other selectors point', async () => {
    const foreign = fc.constantFrom(foreignUrn, ownUrn.toUpperCase(), '')
    const holds = fc.asyncProperty(variables, foreign, fc.boolean(), async (values, urn, inList) => {
      const given = inList ? { ...values, urns: [ownUrn, urn] } : { ...values, selected: urn }
      expect(await bind(given)).toBe('ACCOUNT_NOT_IN_SCOPE')
    })
    await fc.assert(holds, { numRuns: 200 })
  })
})

async function bind(values: Record<string, unknown>, selectedEntities?: string): Promise<string | Awaited<ReturnType<typeof bindPlan>>> {
  try {
    return await bindPlan({ query, variables: values, ...(selectedEntities === undefined ? {} : { selectedEntities }) })
  } catch (error) {
    if (error instanceof GatewayError) return error.code
    throw error
  }
}
