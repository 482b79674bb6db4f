import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { GraphQLSchema } from 'graphql'
import { parse } from 'graphql'
import { servedAccess } from '../../src/access/served-access.js'
import { buildWholeSchema } from '../../src/access/served-schema.js'
import type { LinkRule } from '../../src/plan/access-rules.js'
import type { SourceAnswer } from '../../src/plan/ask-sources.js'
import { customerSchema } from '../../src/plan/customer-schema.js'
import type { Row } from '../../src/plan/fill-links.js'
import { RowKeeper } from '../../src/plan/kept-rows.js'
import { createPlanCache } from '../../src/plan/plan-cache.js'
import { ownUrn, runPlan } from './run-plan.js'

let whole: GraphQLSchema
beforeAll(async () => {
  whole = await buildWholeSchema()
})

const query = `query ($status: OutageStatus) { billingAccountsConnection(first: 1) { edges { node {
  urn premisesConnection { edges { node { uuid outages(status: $status) { outageId notice } } } }
} } } }`

const during = '2026-10-01T00:00:00Z/2026-10-02T00:00:00Z'
const row = (premiseId: string, outageId: string, more: object = {}) => ({
  _gwRowKey: premiseId,
  _gwId: premiseId,
  _gwAt: during,
  outageId,
  notice: null,
  ...more,
})
const rows = (...all: readonly object[]): SourceAnswer => ({ data: { _gwRows: all }, errors: [] })
const down: SourceAnswer = { data: null, errors: [{ code: 'UPSTREAM_TIMEOUT', message: 'too late', path: ['_gwRows'] }] }

const opower = {
  data: {
    billingAccountsConnection: {
      edges: [
        {
          node: {
            urn: ownUrn,
            premisesConnection: {
              edges: [{ _gwId: { uuid: 'premise' }, node: { uuid: 'premise', _gwKey_uuid: 'premise' } }],
            },
          },
        },
      ],
    },
  },
}

let clock = Date.parse('2026-11-10T17:00:00Z')
let keeper: RowKeeper<Row>
beforeEach(() => {
  keeper = new RowKeeper({ now: () => clock, bytes: 4_000 })
})

interface Asked {
  readonly policy?: Partial<LinkRule>
  readonly owner?: readonly string[]
  readonly variables?: Record<string, unknown>
}

/** Opower answers by hand, and so does the source that joins it. */
async function ask(answer: SourceAnswer, { policy = {}, owner = ['scope'], variables = {} }: Asked = {}) {
  const links = { ...servedAccess.links, 'Premise.outages': { ...Object(servedAccess.links?.['Premise.outages']), ...policy } as LinkRule }
  const access = { ...servedAccess, links }
  const plans = createPlanCache(customerSchema(whole, access), access)
  const run = await runPlan({
    query,
    access,
    planOf: () => plans.planOf(parse(query), undefined, variables),
    answers: [opower],
    callSource: async () => answer,
    keptRows: keeper.for(owner),
  })
  const text = JSON.stringify(run.data)
  return { ...run, outages: [...text.matchAll(/"outageId":"(\w+)"/g)].map(([, id]) => id), codes: run.errors.map(({ code }) => code), text }
}

describe('a join whose source fails', () => {
  it('is null with the source’s code at its path, where its rule says nothing else', async () => {
    await ask(rows(row('premise', 'o1')))
    const { text, errors } = await ask(down)
    expect(text).toContain('"outages":null')
    expect(errors.map(({ path, code }) => [path?.join('.'), code])).toEqual([
      ['billingAccountsConnection.edges.0.node.premisesConnection.edges.0.node.outages', 'UPSTREAM_TIMEOUT'],
    ])
  })

  it('fails the whole answer with the status of its code, where its rule says so', async () => {
    await expect(ask(down, { policy: { onFailure: 'fail' } })).rejects.toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
      extensions: { http: { status: 504 } },
    })
    expect((await ask(rows(row('premise', 'o1')), { policy: { onFailure: 'fail' } })).outages).toEqual(['o1'])
  })
})

describe('a join that may be old', () => {
  const policy = { onFailure: 'stale', staleSeconds: 60 } as const

  it('gives the rows of before while its source fails, and says how old they are', async () => {
    expect((await ask(rows(row('premise', 'o1')), { policy })).staleMs).toBeUndefined()
    clock += 30_000
    const old = await ask(down, { policy })
    expect([old.outages, old.codes, old.staleMs]).toEqual([['o1'], [], 30_000])
    clock += 31_000
    const over = await ask(down, { policy })
    expect([over.outages, over.codes, over.staleMs]).toEqual([[], ['UPSTREAM_TIMEOUT'], undefined])
  })

  it('takes nothing of before for what its source answers', async () => {
    await ask(rows(row('premise', 'o1')), { policy })
    expect((await ask(rows(), { policy })).outages).toEqual([])
    expect((await ask(down, { policy })).outages).toEqual([])
    expect((await ask(down, { policy })).codes).toEqual([])
  })

  it.each([
    ['another scope', { owner: ['other'] }],
    ['the same scope after a withdrawal', { owner: ['scope', 'stamp'] }],
    ['a name that is put together from two', { owner: ['sco', 'pe'] }],
    ['another question', { variables: { status: 'ACTIVE' } }],
  ])('gives nothing to %s', async (_what, other) => {
    await ask(rows(row('premise', 'o1')), { policy })
    const { outages, codes } = await ask(down, { policy, ...other })
    expect([outages, codes]).toEqual([[], ['UPSTREAM_TIMEOUT']])
  })

  it('is guarded again: what the scope may not see by now is not shown, although it was kept', async () => {
    await ask(rows(row('premise', 'o1'), row('premise', 'o2', { _gwAt: 'unreadable' })), { policy })
    expect((await ask(down, { policy })).outages).toEqual(['o1'])
  })

  it('keeps nothing of an answer with an error in it', async () => {
    await ask({ ...rows(row('premise', 'o1')), errors: down.errors }, { policy })
    expect((await ask(down, { policy })).codes).toEqual(['UPSTREAM_TIMEOUT'])
  })

  it('is bounded in bytes: what was used longest ago goes first, and what is too large is not kept', async () => {
    const large = { notice: 'x'.repeat(1_200) }
    await ask(rows(row('premise', 'o1', large)), { policy })
    await ask(rows(row('premise', 'o2', large)), { policy, owner: ['other'] })
    expect((await ask(down, { policy })).codes).toEqual(['UPSTREAM_TIMEOUT'])
    expect((await ask(down, { policy, owner: ['other'] })).outages).toEqual(['o2'])
    await ask(rows(row('premise', 'o3', { notice: 'x'.repeat(4_000) })), { policy })
    expect((await ask(down, { policy })).codes).toEqual(['UPSTREAM_TIMEOUT'])
  })
})

describe('rows of a join', () => {
  it('that a source gives twice are there twice: only the source can tell whether two are one', async () => {
    expect((await ask(rows(row('premise', 'o1'), row('premise', 'o1')))).outages).toEqual(['o1', 'o1'])
  })

  it('that were not asked for in this call are passed over', async () => {
    expect((await ask(rows(row('other', 'o1'), row('premise', 'o2')))).outages).toEqual(['o2'])
  })
})
