import { describe, expect, it } from '@jest/globals'
import type { AccountIds } from '../../src/accounts/account-ids.js'
import type { Grant } from '../../src/accounts/grant.js'
import { createCursorSeal } from '../../src/plan/cursors.js'
import type { Occupancy } from '../../src/plan/interval.js'
import { always } from '../../src/plan/interval.js'
import { whereOf } from '../../src/plan/shape-answer.js'
import { proveAs } from '../../src/plan/proof.js'
import type { PlanRun } from './run-plan.js'
import { foreignUrn, now, ownIds, ownUrn, runPlan } from './run-plan.js'

const at = (text: string): number => Date.parse(text)
const one = 'billingAccountByAuthContext'
const all = 'billingAccountsConnection'
const account = (more: object) => ({ data: { [one]: { edges: [{ node: { _gwId: ownUrn, urn: ownUrn, ...more } }] } } })
const [second, third] = [ownUrn.replace(/1$/, '7'), ownUrn.replace(/1$/, '8')]
const three: readonly Grant[] = [ownUrn, second, third].map(urn => ({ urn, role: 'holder' }))
const holder = (more: Partial<Grant>): readonly Grant[] => [{ urn: ownUrn, role: 'holder', ...more }]
const held = (occupancy: Occupancy): AccountIds => ({
  ...ownIds,
  points: new Map([['point', occupancy]]),
  premises: new Map([['premise', occupancy]]),
})

/** What the one account answers to a selection. */
async function told(selection: string, answer: object, more: Partial<PlanRun> = {}) {
  const result = await runPlan({ query: `{ ${one} { ${selection} } }`, answers: [account(answer)], ...more })
  const errors = result.errors.map(({ code, path }) => [code, path?.slice(1).join('.')])
  return { value: result.data[one] as Record<string, unknown>, errors, withheld: result.withheld, faults: result.faults }
}

describe('a list of accounts', () => {
  const edges = (...nodes: unknown[]) => ({ data: { [all]: { edges: nodes } } })
  const node = (urn: string, more: object = {}) => ({ node: { _gwId: urn, ...more } })

  it('is in the order of the scope, whatever the order of its source, with cursors and names of types', async () => {
    const query = `{ __typename ${all}(first: 2) { __typename totalCount
      pageInfo { __typename hasNextPage hasPreviousPage startCursor endCursor } edges { __typename cursor node { __typename name } } } }`
    const answers = [edges(node(second, { name: 'b' }), node(ownUrn, { name: 'a' }))]
    const { data, errors } = await runPlan({ query, grants: three, answers })
    expect(JSON.stringify(data)).not.toContain(ownUrn)
    const cursor = expect.stringMatching(/^[\w-]{60,}$/)
    expect([data, errors]).toEqual([
      {
        __typename: 'Query',
        [all]: {
          __typename: 'BillingAccountConnection',
          totalCount: 3,
          pageInfo: { __typename: 'PageInfo', hasNextPage: true, hasPreviousPage: false, startCursor: cursor, endCursor: cursor },
          edges: ['a', 'b'].map(name => ({ __typename: 'BillingAccountEdge', cursor, node: { __typename: 'BillingAccount', name } })),
        },
      },
      [],
    ])
  })

  it('has cursors that name the first and the last of the page', async () => {
    const seal = createCursorSeal()
    const query = `{ ${all}(first: 2) { pageInfo { startCursor endCursor } edges { cursor } } }`
    const { data, calls } = await runPlan({ query, grants: three, seal })
    const { pageInfo, edges: shown } = data[all] as { pageInfo: Record<string, string>; edges: { cursor: string }[] }
    expect([shown.length, calls]).toEqual([2, []])
    const next = await runPlan({
      query: `{ ${all}(after: "${pageInfo['endCursor']}") { edges { node { name } } } }`,
      grants: three,
      seal,
      answers: [edges(node(third, { name: 'c' }))],
    })
    expect(next.data).toEqual({ [all]: { edges: [{ node: { name: 'c' } }] } })
    const before = await runPlan({
      query: `{ ${all}(before: "${shown[1]?.cursor}") { edges { node { name } } } }`,
      grants: three,
      seal,
      answers: [edges(node(ownUrn, { name: 'a' }))],
    })
    expect(before.data).toEqual({ [all]: { edges: [{ node: { name: 'a' } }] } })
  })

  it('that is empty has no cursors, and asks nobody', async () => {
    const query = `{ ${all} { totalCount pageInfo { startCursor endCursor hasNextPage } edges { node { name } } } ${one} { name } }`
    const { data, calls, errors } = await runPlan({ query, grants: [] })
    const pageInfo = { startCursor: null, endCursor: null, hasNextPage: false }
    expect([data, calls, errors]).toEqual([{ [all]: { totalCount: 0, pageInfo, edges: [] }, [one]: null }, [], []])
  })

  it('leaves out an account that is gone, and shows one in whose place there is a stranger', async () => {
    const query = `{ ${all} { edges { it: node { name } } } }`
    const gone = await runPlan({
      query,
      grants: three,
      answers: [edges(node(third, { name: 'c' }), null, { node: null }, { node: 'text' })],
    })
    expect([gone.data, gone.errors]).toEqual([{ [all]: { edges: [{ it: { name: 'c' } }] } }, []])
    const answers = [edges(node(foreignUrn, { name: 'CANARY' }), node(third, { name: 'c' }), node(foreignUrn), node(foreignUrn))]
    const strange = await runPlan({ query, grants: three, answers })
    expect(strange.data).toEqual({ [all]: { edges: [{ it: null }, { it: null }, { it: { name: 'c' } }] } })
    expect(strange.faults).toEqual([
      { kind: 'account', path: [all, 'edges', 0, 'it'] },
      { kind: 'account', path: [all, 'edges', 1, 'it'] },
      { kind: 'account', path: [all, 'edges'] },
    ])
  })

  it('keeps what is selected in several ways apart', async () => {
    const query = `{ ${all} { a: edges { x: node { name } y: node { number: accountNumber } } b: edges { node { name } cursor } c: edges { cursor __typename } } }`
    const upstream = {
      node: { _gwId: ownUrn, name: 'x' },
      _gwNode1: { _gwId: ownUrn, number: '1' },
      _gwNode2: { _gwId: ownUrn, name: 'b' },
    }
    const { data } = await runPlan({ query, answers: [edges(upstream)] })
    const cursor = expect.any(String)
    expect(data).toEqual({
      [all]: {
        a: [{ x: { name: 'x' }, y: { number: '1' } }],
        b: [{ node: { name: 'b' }, cursor }],
        c: [{ cursor, __typename: 'BillingAccountEdge' }],
      },
    })
    const half = await runPlan({ query, answers: [edges({ ...upstream, _gwNode1: null })] })
    expect(half.data).toMatchObject({ [all]: { a: [{ x: { name: 'x' }, y: null }] } })
  })

  it('has its source’s errors told where the account stands in it', async () => {
    const query = `{ list: ${all} { edges { it: node { bills { urn } } } } }`
    const nodes = [node(third, { bills: null }), node(second, { bills: [] }), node(ownUrn, { bills: null })]
    const errorAt = (...path: (string | number)[]) => ({ message: 'no', path })
    const placesOf = async (...errors: object[]) => {
      const answers = [{ data: { list: { edges: nodes } }, errors }]
      const alsoKnown = [second, third].map(urn => ({ ...ownIds, urn }))
      const result = await runPlan({ query, grants: three, answers, alsoKnown })
      return result.errors.map(({ path }) => path?.join('.')).filter(path => path !== undefined)
    }
    expect(await placesOf(errorAt('list', 'edges', 0, 'node', 'bills'))).toContain('list.edges.2.it.bills')
    expect(await placesOf(errorAt('list', 'edges', 2, 'node', 'bills', 0, '_gwId'))).toContain('list.edges.0.it.bills.0')
    expect(await placesOf(errorAt('list', 'edges', 9, 'node', 'bills'))).toContain('list')
    expect(await placesOf(errorAt('list', 'edges', 0, '_gwNode1', 'bills'))).toContain('list')
    expect(await placesOf(errorAt('list', 'edges'))).toContain('list')
    expect(await placesOf(errorAt('_gwIds', 'edges', 0, 'node', 'urn'))).toContain('list')
  })
})

describe('the person behind the session', () => {
  it('is answered here, with accounts that are asked for under names of our own', async () => {
    const query = `{ viewer { __typename login me: login account(urn: "${second}") { name } accounts(first: 1) { totalCount edges { node { name } } } } }`
    const answers = [
      {
        data: {
          _gwRoot0: { edges: [{ node: { _gwId: second, name: 'b' } }] },
          _gwRoot1: { edges: [{ node: { _gwId: ownUrn, name: 'a' } }] },
        },
      },
    ]
    const { data, errors } = await runPlan({ query, grants: three, answers })
    const accounts = { totalCount: 3, edges: [{ node: { name: 'a' } }] }
    expect([data, errors]).toEqual([
      { viewer: { __typename: 'Viewer', login: 'somebody', me: 'somebody', account: { name: 'b' }, accounts } },
      [],
    ])
  })

  it('is beside the roots of the same name', async () => {
    const query = `{ viewer { accounts { edges { node { name } } } } accounts: ${all} { edges { node { number: accountNumber } } } }`
    const of = (more: object) => ({ edges: [{ node: { _gwId: ownUrn, ...more } }] })
    const { data } = await runPlan({ query, answers: [{ data: { _gwRoot0: of({ name: 'a' }), accounts: of({ number: '1' }) } }] })
    expect(data).toEqual({ viewer: { accounts: { edges: [{ node: { name: 'a' } }] } }, accounts: { edges: [{ node: { number: '1' } }] } })
  })
})

describe('one account', () => {
  it('is the first of several that all claim to be it', async () => {
    const twice = ['first', 'CANARY'].map(name => ({ node: { _gwId: ownUrn, name } }))
    const { data, errors } = await runPlan({ query: `{ ${one} { name } __typename }`, answers: [{ data: { [one]: { edges: twice } } }] })
    expect([data, errors]).toEqual([{ [one]: { name: 'first' }, __typename: 'Query' }, []])
  })

  it('is null where its source says nothing of it, and where it names strangers as often as it does', async () => {
    const answers = [{ data: { [one]: { edges: [{ node: { _gwId: foreignUrn } }, { node: { _gwId: foreignUrn } }] } } }]
    const { data, faults, errors } = await runPlan({ query: `{ ${one} { name } }`, answers })
    expect([data, faults.map(({ kind }) => kind), errors.length]).toEqual([{ [one]: null }, ['account', 'account'], 1])
    const empty = await runPlan({ query: `{ ${one} { name } }`, answers: [{ data: { [one]: { edges: [] } } }] })
    expect([empty.data, empty.errors]).toEqual([{ [one]: null }, []])
  })
})

describe('what the source does not have', () => {
  it('is null with an error, wherever it is asked', async () => {
    const { value, errors } = await told('serviceAgreements { intervalReads(serviceQuantityIdentifier: NET_USAGE) { __typename } }', {
      serviceAgreements: [{ _gwId: 'agreement', intervalReads: 'CANARY' }],
    })
    expect(value).toEqual({ serviceAgreements: [{ intervalReads: null }] })
    expect(errors).toEqual([['FIELD_NOT_AVAILABLE', 'serviceAgreements.0.intervalReads']])
  })
})

describe('figures of neighbors', () => {
  const selection = 'premisesConnection { edges { neighbors { details { heatingType averageLivingArea { value } minBedrooms } } } }'
  const answer = (size: object) => ({
    premisesConnection: {
      edges: [
        {
          _gwId: { uuid: 'premise' },
          neighbors: { details: { heatingType: 'GAS', averageLivingArea: { value: 80 }, minBedrooms: 2, ...size } },
        },
      ],
    },
  })
  const details = (value: Record<string, unknown>) => JSON.stringify(value).replace(/.*"details":(\{.*?\})\}\}\].*/, '$1')

  it('are told of ten and not of nine', async () => {
    const many = await told(selection, answer({ _gwSize: 10 }))
    expect(details(many.value)).toBe('{"heatingType":"GAS","averageLivingArea":{"value":80},"minBedrooms":2}')
    const few = await told(selection, answer({ _gwSize: 9 }))
    expect(details(few.value)).toBe('{"heatingType":"GAS","averageLivingArea":null,"minBedrooms":null}')
    expect(few.withheld).toEqual({ masked: [], suppressed: ['NeighborDetails.averageLivingArea', 'NeighborDetails.minBedrooms'] })
    expect(few.errors).toEqual([])
  })

  it('are told of nobody where the source does not say of how many', async () => {
    const { value } = await told(selection.replace('minBedrooms', 'n: numberOfNeighbors'), answer({ n: '12', _gwSize: undefined }))
    expect(details(value)).toBe('{"heatingType":"GAS","averageLivingArea":null,"n":null}')
  })
})

describe('what is told of today', () => {
  const selection =
    'serviceAgreements { nickname consumptionCategories { __typename } servicePoints { nickname deviceInstallations { device { uuid } } premise { name timeZone } } }'
  const place = {
    _gwId: 'point',
    nickname: 'mine',
    deviceInstallations: [{ device: { uuid: 'meter' } }],
    premise: { _gwId: 'premise', name: 'home', timeZone: 'UTC' },
  }
  const answer = {
    serviceAgreements: [{ _gwId: 'agreement', nickname: 'flat', consumptionCategories: [{ __typename: 'x' }], servicePoints: [place] }],
  }
  const shown = { nickname: 'mine', deviceInstallations: [{ device: { uuid: 'meter' } }], premise: { name: 'home', timeZone: 'UTC' } }
  const past = { nickname: null, deviceInstallations: [], premise: { name: null, timeZone: 'UTC' } }
  const categories = [{ __typename: 'ConsumptionCategory' }]

  it('is told while the place is held', async () => {
    const { value, errors } = await told(selection, answer)
    expect([value, errors]).toEqual([
      { serviceAgreements: [{ nickname: 'flat', consumptionCategories: categories, servicePoints: [shown] }] },
      [],
    ])
  })

  it('is not told once it is no longer held: what hangs on the grant alone still is', async () => {
    const { value, errors } = await told(selection, answer, { ids: held([{ from: 0, until: now }]) })
    expect([value, errors]).toEqual([
      { serviceAgreements: [{ nickname: 'flat', consumptionCategories: categories, servicePoints: [past] }] },
      [],
    ])
  })

  it('is not told where the grant ends before today', async () => {
    const { value } = await told(selection, answer, { grants: holder({ dataUntil: now }) })
    expect(value).toEqual({ serviceAgreements: [{ nickname: 'flat', consumptionCategories: [], servicePoints: [past] }] })
  })
})

describe('what is told of a stretch of time', () => {
  const [january, february] = ['2026-01-01T00:00:00Z/2026-02-01T00:00:00Z', '2026-02-01T00:00:00Z/2026-03-01T00:00:00Z']
  const since = held([{ from: at('2026-02-01'), until: Infinity }])

  it('is left out unless all of it lies in the time that the place was held', async () => {
    const selection = 'premisesConnection { edges { neighborComparisons { meterType } } }'
    const answer = (...list: unknown[]) => ({
      premisesConnection: { edges: [{ _gwId: { uuid: 'premise' }, neighborComparisons: list }] },
    })
    const list = [january, february, '2026-01-31T00:00:00Z/2026-02-02T00:00:00Z', 'now', null].map((_gwAt, index) => ({
      _gwAt,
      _gwSize: 99,
      meterType: `T${index}`,
    }))
    const { value, errors } = await told(selection, answer(...list), { ids: since })
    expect([value, errors]).toEqual([{ premisesConnection: { edges: [{ neighborComparisons: [{ meterType: 'T1' }] }] } }, []])
    const granted = await told(selection, answer(...list), { ids: held([always]), grants: holder({ dataUntil: at('2026-02-01') }) })
    expect(granted.value).toEqual({ premisesConnection: { edges: [{ neighborComparisons: [{ meterType: 'T0' }] }] } })
    const never = await told(selection, answer(...list), { ids: held([]) })
    expect(never.value).toEqual({ premisesConnection: { edges: [{ neighborComparisons: [] }] } })
  })

  it('of a bill counts by the grant alone, and without bounds needs no interval that can be read', async () => {
    const bills = {
      bills: [
        { timeInterval: january, urn: 'a' },
        { timeInterval: 'now', urn: 'b' },
      ],
    }
    expect((await told('bills { urn timeInterval }', bills, { ids: held([]) })).value).toEqual(bills)
    for (const grants of [holder({ dataFrom: at('2026-01-01') }), holder({ dataUntil: at('2026-02-01') })])
      expect((await told('bills { urn timeInterval }', bills, { grants })).value).toEqual({ bills: [bills.bills[0]] })
    expect((await told('bills { urn timeInterval }', bills, { grants: holder({ dataFrom: at('2026-01-02') }) })).value).toEqual({
      bills: [],
    })
  })

  it('is a null where it would stand alone', async () => {
    const forecast = { billForecast: { _gwAt: january, currentDateTime: 'then' } }
    const { value, errors } = await told('billForecast { currentDateTime }', forecast, { grants: holder({ dataFrom: at('2026-02-01') }) })
    expect([value, errors]).toEqual([{ billForecast: null }, []])
  })

  it('is narrowed where it is told as an interval itself', async () => {
    const selection = 'serviceAgreements { availableBillSegmentsInterval servicePoints { registers { availableReadsTimeInterval } } }'
    const answer = {
      serviceAgreements: [
        {
          _gwId: 'agreement',
          availableBillSegmentsInterval: january,
          servicePoints: [{ _gwId: 'point', registers: [{ availableReadsTimeInterval: '2026-01-15T00:00:00Z/2026-03-01T00:00:00Z' }] }],
        },
      ],
    }
    const { value } = await told(selection, answer, { ids: since, grants: holder({ dataUntil: at('2026-02-20') }) })
    expect(value).toEqual({
      serviceAgreements: [
        {
          availableBillSegmentsInterval: january,
          servicePoints: [{ registers: [{ availableReadsTimeInterval: '2026-02-01T00:00:00Z/2026-02-20T00:00:00Z' }] }],
        },
      ],
    })
    const none = await told(selection, answer, { ids: held([]) })
    expect(none.value).toMatchObject({ serviceAgreements: [{ servicePoints: [{ registers: [{ availableReadsTimeInterval: null }] }] }] })
  })

  it('of the year before is told to whom it was theirs', async () => {
    const selection = 'billForecast { timeInterval priorYearUsage { value } segments { priorYearUsage { value } } }'
    const answer = {
      billForecast: {
        timeInterval: february,
        priorYearUsage: { value: 7 },
        segments: [{ _gwId: { uuid: 'agreement' }, priorYearUsage: { value: 7 } }],
      },
    }
    const figures = async (more: Partial<PlanRun>) => JSON.stringify((await told(selection, answer, more)).value).match(/"value":7|null/g)
    expect(await figures({})).toEqual(['"value":7', '"value":7'])
    expect(await figures({ ids: held([{ from: at('2025-02-01'), until: Infinity }]) })).toEqual(['"value":7', '"value":7'])
    expect(await figures({ ids: held([{ from: at('2025-02-02'), until: Infinity }]) })).toEqual(['null', 'null'])
    expect(await figures({ grants: holder({ dataFrom: at('2025-06-01') }) })).toEqual(['null', 'null'])
  })

  it('of the account as a whole is that of all the points that it holds today', async () => {
    const points = (...list: Occupancy[]): AccountIds => ({
      ...ownIds,
      points: new Map(list.map((occupancy, index) => [`p${index}`, occupancy])),
    })
    const selection = 'billForecast { timeInterval priorYearUsage { value } }'
    const answer = { billForecast: { timeInterval: february, priorYearUsage: { value: 7 } } }
    const isTold = async (ids: AccountIds) => JSON.stringify((await told(selection, answer, { ids })).value).includes('7')
    const from = (text: string, until = Infinity) => [{ from: at(text), until }]
    expect(await isTold(points(from('2020-01-01'), from('2021-01-01')))).toBe(true)
    expect(await isTold(points(from('2020-01-01'), from('2026-01-01')))).toBe(false)
    expect(await isTold(points(from('2020-01-01'), from('2019-01-01', at('2019-06-01'))))).toBe(true)
    expect(await isTold(points(from('2020-01-01', at('2026-01-01'))))).toBe(false)
    expect(await isTold(points([...from('2020-01-01', at('2021-01-01')), ...from('2026-01-01')]))).toBe(false)
    expect(await isTold({ ...ownIds, points: new Map() })).toBe(false)
  })

  it('below an agreement is that of the agreement’s own points', async () => {
    const ids: AccountIds = {
      ...ownIds,
      agreements: new Map([['agreement', new Set(['gone', 'point'])]]),
      points: new Map([
        ['point', [{ from: at('2025-06-01'), until: Infinity }]],
        ['else', [always]],
      ]),
    }
    const selection = 'billForecast { timeInterval segments { priorYearUsage { value } } }'
    const answer = { billForecast: { timeInterval: february, segments: [{ _gwId: { uuid: 'agreement' }, priorYearUsage: { value: 7 } }] } }
    const { value } = await told(selection, answer, { ids })
    expect(value).toMatchObject({ billForecast: { segments: [{ priorYearUsage: null }] } })
  })
})

describe('what proves itself', () => {
  it('is shown with all that is below it', async () => {
    const selection =
      'mappedCustomers { id } premisesConnection { edges { mappedCustomer { id } node { mappedSite { customer { id } } } } }'
    const customer = { _gwId: 'customer', id: 'mine' }
    const answer = {
      mappedCustomers: [customer],
      premisesConnection: {
        edges: [{ _gwId: { uuid: 'premise' }, mappedCustomer: customer, node: { _gwId: 'premise', mappedSite: { customer } } }],
      },
    }
    const { value, errors } = await told(selection, answer)
    const mine = { id: 'mine' }
    expect([value, errors]).toEqual([
      { mappedCustomers: [mine], premisesConnection: { edges: [{ mappedCustomer: mine, node: { mappedSite: { customer: mine } } }] } },
      [],
    ])
  })

  it('is withheld while nothing is known of the account, and told again once it is', async () => {
    const ids = {
      urn: ownUrn,
      mappedCustomers: [{ uuid: 'customer' }],
      premisesConnection: { pageInfo: { hasNextPage: false }, edges: [] },
      serviceAgreements: [],
      active: [],
    }
    const answer = {
      data: { ...account({ mappedCustomers: [{ _gwId: 'customer', id: 'mine' }] }).data, _gwIds: { edges: [{ node: ids }] } },
    }
    const { data, calls } = await runPlan({ query: `{ ${one} { mappedCustomers { id } } }`, ids: null, answers: [answer] })
    expect(data).toEqual({ [one]: { mappedCustomers: [{ id: 'mine' }] } })
    expect(calls.map(({ query, variables }) => [query.includes('_gwIds: billingAccountsConnection'), variables['_gwIdsUrns']])).toEqual([
      [true, [ownUrn]],
    ])
    const twoWays = `{ ${all} { a: edges { node { mappedCustomers { id } } } b: edges { node { mappedCustomers { id } } } } }`
    const node = { _gwId: ownUrn, mappedCustomers: [{ _gwId: 'customer', id: 'mine' }] }
    const whole = await runPlan({
      query: twoWays,
      ids: null,
      answers: [{ data: { [all]: { edges: [{ node, _gwNode1: node }] }, _gwIds: { edges: [{ node: ids }] } } }],
    })
    const edges = [{ node: { mappedCustomers: [{ id: 'mine' }] } }]
    expect([whole.data, whole.calls.map(({ query }) => query.includes('_gwIds: '))]).toEqual([{ [all]: { a: edges, b: edges } }, [true]])
  })
})

describe('what proves itself by a number of the account', () => {
  it('is of all the time in which the account held any place, and of nobody without that number', () => {
    const [early, late] = [
      { from: 1, until: 2 },
      { from: 5, until: 9 },
    ]
    const ids: AccountIds = {
      ...ownIds,
      points: new Map([
        ['a', [late]],
        ['b', [early]],
      ]),
    }
    const where = { ...whereOf({ urn: ownUrn, role: 'holder' }, [], { ids: new Map([[ownUrn, ids]]) }) }
    for (const kind of ['account-number', 'utility-id'] as const) {
      expect(proveAs(kind, '1', where)).toEqual({ ...where, parent: '1', occupancy: [early, late] })
      expect([proveAs(kind, '2', where), proveAs(kind, '1', { ...where, ids: undefined })]).toEqual([undefined, undefined])
    }
    for (const kind of ['agreement', 'point', 'premise', 'customer', 'person', 'export-job'] as const)
      expect(proveAs(kind, 'agreement', { ...where, ids: undefined })).toBeUndefined()
  })
})

describe('cursors below an account', () => {
  it('leave sealed, each in the connection that it is of, and open nothing else', async () => {
    const seal = createCursorSeal()
    const selection = (args: string) =>
      `premisesConnection(first: 1${args}) { pageInfo { endCursor startCursor } edges { cursor node { uuid } } }`
    const answer = {
      premisesConnection: {
        pageInfo: { endCursor: 'UPSTREAM', startCursor: null },
        edges: [{ _gwId: { uuid: 'premise' }, cursor: 'UPSTREAM', node: { uuid: 'premise' } }],
      },
    }
    const { value, errors } = await told(selection(''), answer, { seal })
    const cursor = expect.stringMatching(/^[\w-]{60,}$/)
    expect([value, errors]).toEqual([
      { premisesConnection: { pageInfo: { endCursor: cursor, startCursor: null }, edges: [{ cursor, node: { uuid: 'premise' } }] } },
      [],
    ])
    const { premisesConnection } = value as { premisesConnection: { pageInfo: { endCursor: string }; edges: { cursor: string }[] } }
    for (const each of [premisesConnection.pageInfo.endCursor, premisesConnection.edges[0]?.cursor]) {
      const { calls } = await runPlan({ query: `{ ${one} { ${selection(`, after: "${each}"`)} } }`, answers: [account(answer)], seal })
      expect(calls[0]?.variables).toMatchObject({ _gwArg0: 'UPSTREAM' })
    }
  })
})

describe('the personal fields of an account', () => {
  it('are told as its grant shows them, and each is named once where it is not', async () => {
    const selection = 'name accountNumber serviceAgreements { nickname name }'
    const answer = { name: 'Alice', accountNumber: '1', serviceAgreements: [{ _gwId: 'agreement', nickname: 'Alice’s', name: 'E' }] }
    const shown = await told(selection, answer, { grants: holder({ fields: ['name'] }) })
    expect(shown.value).toEqual({ name: 'Alice', accountNumber: null, serviceAgreements: [{ nickname: 'Alice’s', name: 'E' }] })
    expect(shown.withheld).toEqual({ masked: ['BillingAccount.accountNumber'], suppressed: [] })
    const masked = await told(selection, answer, { grants: [{ urn: ownUrn, role: 'third_party' }] })
    expect(masked.value).toEqual({ name: null, accountNumber: null, serviceAgreements: [{ nickname: null, name: 'E' }] })
    expect(masked.withheld.masked).toEqual(['BillingAccount.accountNumber', 'BillingAccount.name', 'ServiceAgreement.nickname'])
  })
})
