import fc from 'fast-check'
import { describe, expect, it } from '@jest/globals'
import { parse } from 'graphql'
import type { PlanRunResult } from './run-plan.js'
import { foreignUrn, ownUrn, runPlan } from './run-plan.js'

const one = 'billingAccountByAuthContext'
const all = 'billingAccountsConnection'

/** Whatever the upstream puts behind the one account that was asked for. */
const accounts = (...nodes: unknown[]) => ({ data: { [all]: { edges: nodes.map(node => ({ node })) } } })
const account = (more: object) => ({ data: { [one]: { edges: [{ node: { _gwId: ownUrn, urn: ownUrn, ...more } }] } } })
const codes = ({ errors }: PlanRunResult) => errors.map(({ code, path }) => [code, path?.join('.')])

describe('an account whose witness is not one’s own is withheld', () => {
  it.each<[string, unknown]>([
    ['is another’s', foreignUrn],
    ['is missing', undefined],
    ['is null', null],
    ['is a number', 1],
    ['is a list of one’s own', [ownUrn]],
    ['is an object', { toString: ownUrn }],
    ['is one’s own in upper case', ownUrn.toUpperCase()],
    ['is one’s own with a blank', `${ownUrn} `],
    ['is empty', ''],
  ])('when it %s', async (_what, urn) => {
    for (const key of ['_gwId', 'urn']) {
      const result = await runPlan({
        query: `{ ${all} { edges { node { name ${key === 'urn' ? 'urn' : ''} } } } }`,
        answers: [accounts({ [key]: urn, name: 'CANARY' })],
      })
      expect(result.data).toEqual({ [all]: { edges: [{ node: null }] } })
      expect(codes(result)).toEqual([['INTERNAL', `${all}.edges.0.node`]])
      expect(result.faults).toEqual([{ kind: 'account', path: [all, 'edges', 0, 'node'] }])
    }
  })

  it('whatever the customer calls by the name of the witness', async () => {
    const result = await runPlan({
      query: `{ ${all} { edges { node { urn: name uuid: accountNumber } } } }`,
      answers: [accounts({ _gwId: foreignUrn, urn: ownUrn, uuid: ownUrn })],
    })
    expect(result.data).toEqual({ [all]: { edges: [{ node: null }] } })
  })

  it('when it comes beside one’s own, and one’s own stands once', async () => {
    const mine = { _gwId: ownUrn, name: 'mine' }
    const result = await runPlan({
      query: `{ ${all} { totalCount edges { node { name } } } }`,
      answers: [accounts({ _gwId: foreignUrn, name: 'CANARY' }, mine, mine)],
    })
    expect(result.data).toEqual({ [all]: { totalCount: 1, edges: [{ node: { name: 'mine' } }] } })
    expect(codes(result)).toEqual([['INTERNAL', `${all}.edges`]])
  })

  it('is not made up when the upstream leaves one’s own out', async () => {
    const result = await runPlan({ query: `{ ${all} { totalCount edges { node { name } } } }`, answers: [accounts()] })
    expect(result.data).toEqual({ [all]: { totalCount: 1, edges: [] } })
  })
})

describe('what lies below an account is withheld unless it proves itself', () => {
  const below: readonly (readonly [string, string, (id: unknown) => object])[] = [
    ['an agreement', 'serviceAgreements { name }', id => ({ serviceAgreements: [{ _gwId: id, name: 'CANARY' }] })],
    [
      'a point',
      'serviceAgreements { servicePoints { name } }',
      id => ({ serviceAgreements: [{ _gwId: 'agreement', servicePoints: [{ _gwId: id, name: 'CANARY' }] }] }),
    ],
    [
      'a premise',
      'serviceAgreements { servicePoints { premise { name } } }',
      id => ({ serviceAgreements: [{ _gwId: 'agreement', servicePoints: [{ _gwId: 'point', premise: { _gwId: id, name: 'CANARY' } }] }] }),
    ],
    [
      'a premise edge',
      'premisesConnection { edges { neighbors { details { heatingType } } } }',
      id => ({ premisesConnection: { edges: [{ _gwId: { uuid: id }, neighbors: { details: { heatingType: 'CANARY' } } }] } }),
    ],
    [
      'a bill segment',
      'bills { segments { usageInterval } }',
      id => ({ bills: [{ segments: [{ _gwId: { uuid: id }, usageInterval: 'CANARY' }] }] }),
    ],
    [
      'a forecast segment',
      'billForecast { segments { soFarUsage { unit } } }',
      id => ({ billForecast: { segments: [{ _gwId: { uuid: id }, soFarUsage: { unit: 'CANARY' } }] } }),
    ],
    ['a customer', 'mappedCustomers { id }', id => ({ mappedCustomers: [{ _gwId: id, id: 'CANARY' }] })],
    [
      'a former customer',
      'premisesConnection { edges { node { mappedSite { customer { id } } } } }',
      id => ({
        premisesConnection: {
          edges: [{ _gwId: { uuid: 'premise' }, node: { _gwId: 'premise', mappedSite: { customer: { _gwId: id, id: 'CANARY' } } } }],
        },
      }),
    ],
  ]
  it.each(below)('%s with an id that is foreign, missing, null, of another type or another kind', async (_what, selection, make) => {
    for (const id of ['foreign', undefined, null, 7, ['agreement'], {}, 'AGREEMENT', ownUrn, '', 'agreement ', 'customer-1']) {
      const result = await runPlan({ query: `{ ${one} { ${selection} } }`, answers: [account(make(id))] })
      expect(JSON.stringify(result.data)).not.toContain('CANARY')
      expect(result.errors.map(({ code }) => code)).toEqual(['INTERNAL'])
      expect(result.faults).toHaveLength(1)
    }
  })

  it('is looked up once more when its id may be newer than what is known', async () => {
    const renewed = { _gwId: 'agreement-2', name: 'renewed' }
    const point = { uuid: 'point', premise: { uuid: 'premise' } }
    const ids = {
      urn: ownUrn,
      premisesConnection: { pageInfo: { hasNextPage: false }, edges: [{ node: { uuid: 'premise' } }] },
      serviceAgreements: [
        { uuid: 'agreement', startDateTime: '2021-11-01T00:00:00Z', servicePoints: [point] },
        { uuid: 'agreement-2', startDateTime: '2026-11-01T00:00:00Z', servicePoints: [point] },
      ],
      active: [{ uuid: 'agreement' }, { uuid: 'agreement-2' }],
    }
    const answers = [account({ serviceAgreements: [renewed] }), { data: { _gwIds: { edges: [{ node: ids }] } } }]
    const result = await runPlan({ query: `{ ${one} { serviceAgreements { name } } }`, answers })
    expect([result.data, result.errors, result.calls.length]).toEqual([{ [one]: { serviceAgreements: [{ name: 'renewed' }] } }, [], 2])
    expect(result.calls[1]?.operationName).toBe('SubstationAccountIds')
  })

  it('is not believed on the word of an answer in which something of the account is gone', async () => {
    const ids = {
      urn: ownUrn,
      serviceAgreements: [{ uuid: 'foreign', startDateTime: '2021-11-01T00:00:00Z', servicePoints: [] }],
      active: [{ uuid: 'foreign' }],
    }
    const foreign = { _gwId: 'foreign', name: 'CANARY' }
    const answers = [account({ serviceAgreements: [foreign] }), { data: { _gwIds: { edges: [{ node: ids }] } } }]
    const result = await runPlan({ query: `{ ${one} { serviceAgreements { name } } }`, answers })
    expect(result.data).toEqual({ [one]: { serviceAgreements: [null] } })
    expect(codes(result)).toEqual([['INTERNAL', `${one}.serviceAgreements.0`]])
    expect(result.faults).toHaveLength(1)
  })

  it('keeps its place: a list is as long as it was', async () => {
    const agreements = [
      { _gwId: 'foreign', name: 'CANARY' },
      { _gwId: 'agreement', name: 'mine' },
      { _gwId: null, name: 'CANARY' },
    ]
    const result = await runPlan({
      query: `{ ${one} { serviceAgreements { name } } }`,
      answers: [account({ serviceAgreements: agreements })],
    })
    expect(result.data).toEqual({ [one]: { serviceAgreements: [null, { name: 'mine' }, null] } })
    expect(codes(result)).toEqual([
      ['INTERNAL', `${one}.serviceAgreements.0`],
      ['INTERNAL', `${one}.serviceAgreements.2`],
    ])
  })
})

describe('only what was asked for leaves', () => {
  it('keys that nobody selected, and the gateway’s own, stay here', async () => {
    const answers = [
      account({ name: 'mine', accountNumber: 'CANARY', extensions: 'CANARY', __proto__: { name: 'CANARY' }, constructor: 'CANARY' }),
    ]
    const result = await runPlan({ query: `{ ${one} { name } }`, answers: [{ ...answers[0], extensions: { CANARY: 1 } }] })
    expect(JSON.stringify(result)).not.toMatch(/CANARY(?!")/)
    expect(result.data).toEqual({ [one]: { name: 'mine' } })
  })

  it.each<[string, unknown]>([
    ['an object', { value: 'CANARY' }],
    ['a list', ['CANARY']],
  ])('a value that is %s where a plain one belongs becomes null, with an error', async (_what, name) => {
    const result = await runPlan({ query: `{ ${one} { name } }`, answers: [account({ name })] })
    expect([result.data, codes(result)]).toEqual([{ [one]: { name: null } }, [['UPSTREAM_UNAVAILABLE', `${one}.name`]]])
  })

  it.each<[string, unknown]>([
    ['text', 'CANARY'],
    ['a number', 1],
    ['true', true],
    ['a list', [{ value: 'CANARY' }]],
  ])('%s where an object belongs becomes null, with an error', async (_what, billForecast) => {
    const result = await runPlan({ query: `{ ${one} { billForecast { currentDateTime } } }`, answers: [account({ billForecast })] })
    expect(JSON.stringify(result.data)).not.toContain('CANARY')
    expect(codes(result)).toEqual([['UPSTREAM_UNAVAILABLE', `${one}.billForecast`]])
  })

  it('an object where a list belongs becomes null, with an error', async () => {
    const result = await runPlan({ query: `{ ${one} { bills { urn } } }`, answers: [account({ bills: { 0: { urn: 'CANARY' } } })] })
    expect([result.data, codes(result)]).toEqual([{ [one]: { bills: null } }, [['UPSTREAM_UNAVAILABLE', `${one}.bills`]]])
  })

  it('a field that the upstream leaves out is told, not taken for nothing', async () => {
    const result = await runPlan({ query: `{ ${one} { name utilityId } }`, answers: [account({ name: 'mine' })] })
    expect([result.data, codes(result)]).toEqual([
      { [one]: { name: 'mine', utilityId: null } },
      [['UPSTREAM_UNAVAILABLE', `${one}.utilityId`]],
    ])
  })

  it('an object of which conditions leave nothing is there or not, as its upstream says', async () => {
    const query = `{ ${one} { premisesConnection { edges @skip(if: true) { cursor } } billForecast { timeInterval @include(if: false) } } viewer { accounts { totalCount @skip(if: true) } } }`
    const result = await runPlan({
      query,
      answers: [account({ premisesConnection: { __typename: 'PremiseConnection' }, billForecast: null })],
    })
    expect([result.data, result.errors]).toEqual([{ [one]: { premisesConnection: {}, billForecast: null }, viewer: { accounts: {} } }, []])
    expect(() => parse(result.calls[0]?.query ?? '')).not.toThrow()
    expect(result.calls[0]?.query).not.toContain('edges @skip')
  })

  it('nothing foreign leaves whatever JSON the upstream answers', async () => {
    const query = `{ ${all} { edges { node { name serviceAgreements { uuid name servicePoints { name premise { name } } } bills { segments { usageInterval } } } } } }`
    const leaf = fc.constantFrom('CANARY', ownUrn, foreignUrn, 'agreement', 'point', 'premise', null, 1)
    const key = fc.constantFrom(
      '_gwId',
      'urn',
      'uuid',
      'name',
      'serviceAgreements',
      'servicePoints',
      'premise',
      'bills',
      'segments',
      'usageInterval',
      'edges',
      'node',
    )
    const { tree } = fc.letrec(tie => ({
      tree: fc.oneof(
        { depthSize: 'medium' },
        leaf,
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 5 }),
      ),
    }))
    const holds = fc.asyncProperty(fc.array(fc.dictionary(key, tree, { maxKeys: 5 }), { maxLength: 3 }), async nodes => {
      const foreign = nodes.map(node => ({ ...node, _gwId: foreignUrn }))
      const { data } = await runPlan({ query, answers: [accounts(...foreign)] })
      expect(JSON.stringify(data)).not.toContain('CANARY')
    })
    await fc.assert(holds, { numRuns: 200 })
  })
})

describe('a root that is null without an error is a hiccup', () => {
  const good = account({ name: 'mine' })
  it('and is asked once more', async () => {
    const result = await runPlan({ query: `{ ${one} { name } }`, answers: [{ data: { [one]: null } }, good] })
    expect([result.data, result.errors, result.calls.length]).toEqual([{ [one]: { name: 'mine' } }, [], 2])
  })

  it.each<[string, unknown]>([
    ['null', { data: { [one]: null } }],
    ['missing', { data: {} }],
    ['without data', {}],
    ['with null for data', { data: null }],
    ['text', 'CANARY'],
    ['a list', [1]],
  ])('and is a failure when it is %s the second time too', async (_what, answer) => {
    const result = await runPlan({ query: `{ ${one} { name } }`, answers: [answer] })
    expect([result.data, codes(result), result.calls.length]).toEqual([{ [one]: null }, [['UPSTREAM_UNAVAILABLE', one]], 2])
  })

  it('in what goes upstream apart as well', async () => {
    const during = 'readResolution: HOUR'
    const query = `{ ${one} { serviceAgreements { servicePoints {
      a: readStreams(timeInterval: "2026-10-01T00:00:00Z/2026-10-02T00:00:00Z", ${during}) { netUsage { unit } }
      b: readStreams(timeInterval: "2026-10-02T00:00:00Z/2026-10-03T00:00:00Z", ${during}) { netUsage { unit } } } } } }`
    const half = account({ serviceAgreements: [{ _gwId: 'agreement', servicePoints: [{ _gwId: 'point', a: { netUsage: [] } }] }] })
    const result = await runPlan({ query, answers: [half, { data: { [one]: null } }] })
    const points = { servicePoints: [{ a: { netUsage: [] }, b: null }] }
    expect(result.data).toEqual({ [one]: { serviceAgreements: [points] } })
    expect(codes(result)).toEqual([['UPSTREAM_UNAVAILABLE', `${one}.serviceAgreements.0.servicePoints.0.b`]])
  })
})

describe('an upstream’s errors', () => {
  it('are told at their place in our words, and never in theirs', async () => {
    const path = [one, 'edges', 0, 'node', 'bills']
    const error = {
      message: 'CANARY of account 4711',
      path,
      extensions: { CANARY: 1, request: { body: 'CANARY' } },
      locations: [{ line: 1, column: 1 }],
    }
    const result = await runPlan({
      query: `{ ${one} { name bills { urn } } }`,
      answers: [{ ...account({ name: 'mine', bills: null }), errors: [error] }],
    })
    expect(result.data).toEqual({ [one]: { name: 'mine', bills: null } })
    expect(codes(result)).toEqual([['UPSTREAM_UNAVAILABLE', `${one}.bills`]])
    expect(JSON.stringify(result.errors)).not.toContain('CANARY')
  })

  it.each<[string, unknown]>([
    ['a path with text of theirs', [one, 'edges', 0, 'CANARY of somebody', 1]],
    ['a path of another place', ['elsewhere', 'CANARY']],
    ['no list as a path', 'CANARY'],
    ['no path', undefined],
  ])('with %s are told at the root', async (_what, path) => {
    const answers = [{ data: { [one]: null }, errors: [{ message: 'CANARY', path }] }]
    const result = await runPlan({ query: `{ ${one} { name } }`, answers })
    expect([result.data, codes(result), result.calls.length]).toEqual([{ [one]: null }, [['UPSTREAM_UNAVAILABLE', one]], 1])
    expect(JSON.stringify(result.errors)).not.toContain('CANARY')
  })

  it('that are no list of errors are no errors', async () => {
    const result = await runPlan({ query: `{ ${one} { name } }`, answers: [{ ...account({ name: 'mine' }), errors: 'CANARY' }] })
    expect(JSON.stringify(result)).not.toContain('CANARY"')
  })
})
