import { describe, expect, it } from '@jest/globals'
import type { AccountIds } from '../../src/accounts/account-ids.js'
import type { Grant } from '../../src/accounts/grant.js'
import { createCursorSeal } from '../../src/plan/cursors.js'
import type { Occupancy } from '../../src/plan/interval.js'
import { always } from '../../src/plan/interval.js'
import { refusalOf } from '../accounts/refusal-of.js'
import { answering, joined } from './joined-graph.js'
import type { PlanRun } from './run-plan.js'
import { bindPlan, foreignUrn, now, ownIds, ownUrn, runPlan } from './run-plan.js'

const at = (text: string): number => Date.parse(text)
const otherUrn = ownUrn.replace(/1$/, '7')
const both: readonly Grant[] = [
  { urn: ownUrn, role: 'holder' },
  { urn: otherUrn, role: 'holder' },
]
const held = (occupancy: Occupancy, id = 'point'): Partial<AccountIds> => ({ points: new Map([[id, occupancy]]) })
const otherIds: AccountIds = {
  ...ownIds,
  urn: otherUrn,
  utilityId: '2',
  accountNumber: '2',
  customers: new Set(['customer-2']),
  agreements: new Map([['agreement-2', new Set(['point-2'])]]),
  points: new Map([['point-2', [always]]]),
  premises: new Map([['premise-2', [always]]]),
}
const two = { grants: both, alsoKnown: [otherIds] }
const one = 'billingAccountByAuthContext'
const variablesOf = async (run: PlanRun) => (await bindPlan(run)).variables
const codeOf = async (run: PlanRun) => (await refusalOf(bindPlan(run))).code

describe('the accounts of a root', () => {
  const list = (args: string) => `{ billingAccountsConnection${args} { edges { node { name } } } }`

  it('are those of its page, and only they are asked for', async () => {
    const bound = await bindPlan({ query: list('(first: 1)'), ...two })
    expect(bound.variables).toEqual({ _gwUrns0: [ownUrn], _gwFirst0: 1, _gwSend0: true })
    expect([bound.urns, bound.calls, bound.jobs, [...bound.left]]).toEqual([[ownUrn], [], [], []])
    expect(await variablesOf({ query: list('(last: 1)'), ...two })).toMatchObject({ _gwUrns0: [otherUrn], _gwFirst0: 1 })
  })

  it('are not sent where there are none, nor where nothing of them is asked', async () => {
    expect(await variablesOf({ query: list(''), grants: [] })).toEqual({ _gwUrns0: [], _gwFirst0: 0, _gwSend0: false })
    const counted = await bindPlan({ query: '{ billingAccountsConnection { totalCount } }', ...two })
    expect(counted.urns).toEqual([])
  })

  it('go on behind and in front of cursors of this very list, and of no other', async () => {
    const seal = createCursorSeal()
    const query = (args: string) => `{ billingAccountsConnection${args} { pageInfo { startCursor endCursor } edges { node { name } } } }`
    const { data } = await runPlan({
      query: query('(first: 1)'),
      ...two,
      seal,
      answers: [{ data: { billingAccountsConnection: { edges: [] } } }],
    })
    const cursor = (data['billingAccountsConnection'] as { pageInfo: { endCursor: string } }).pageInfo.endCursor
    const at = (name: string) => ({ query: query(`(${name}: "${cursor}")`), ...two, seal })
    expect(await variablesOf(at('after'))).toMatchObject({ _gwUrns0: [otherUrn] })
    expect(await variablesOf(at('before'))).toMatchObject({ _gwUrns0: [] })
    expect(await codeOf({ ...at('after'), seal: createCursorSeal() })).toBe('ACCOUNT_NOT_IN_SCOPE')
    expect(await codeOf({ query: query(`(after: "${cursor}", byURNs: ["${ownUrn}"])`), ...two, seal })).toBe('ACCOUNT_NOT_IN_SCOPE')
    expect(await codeOf({ query: `{ viewer { accounts(after: "${cursor}") { totalCount } } }`, ...two, seal })).toBe('ACCOUNT_NOT_IN_SCOPE')
    const third: Grant = { urn: ownUrn.replace(/1$/, '8'), role: 'holder' }
    const among = (urns: readonly string[], more = '') => ({
      query: query(`(first: 1, byURNs: ${JSON.stringify(urns)}${more})`),
      grants: [...both, third],
      alsoKnown: [otherIds, { ...otherIds, urn: third.urn }],
      seal,
    })
    const chosen = await runPlan({ ...among([ownUrn, otherUrn]), answers: [{ data: { billingAccountsConnection: { edges: [] } } }] })
    const first = (chosen.data['billingAccountsConnection'] as { pageInfo: { endCursor: string } }).pageInfo.endCursor
    expect(await variablesOf(among([ownUrn, otherUrn], `, after: "${first}"`))).toMatchObject({ _gwUrns0: [otherUrn] })
    expect(await codeOf(among([ownUrn, third.urn], `, after: "${first}"`))).toBe('ACCOUNT_NOT_IN_SCOPE')
    const place = { coordinate: 'Query.billingAccountsConnection', parent: '', arguments: JSON.stringify([ownUrn, otherUrn]), scopeKey: '' }
    expect(await codeOf({ query: query(`(after: "${seal.seal(place, ownUrn)}")`), ...two, seal })).toBe('ACCOUNT_NOT_IN_SCOPE')
  })
})

describe('an id that chooses', () => {
  const bind = async (query: string, more: Partial<PlanRun> = {}) =>
    bindPlan({ ...joined({ query, ...more }, answering()), query, ...more })

  it('is filled from every account of the scope where it is left out, null or empty', async () => {
    for (const args of ['', '(numbers: null)', '(numbers: [])'])
      expect((await bind(`{ orders${args} { id } }`, two)).variables).toEqual({ _gwArg0: ['1', '2'], _gwWith0: true })
  })

  it('leaves its field out where there is nothing to fill it with', async () => {
    const bound = await bind('{ orders { id } }', { ids: { ...ownIds, accountNumber: undefined } })
    expect([bound.variables, [...bound.left]]).toEqual([{ _gwArg0: [], _gwWith0: false }, ['_gwWith0']])
    const nobody = await bind('{ orders { id } }', { grants: [], ids: null })
    expect([nobody.variables, nobody.calls]).toEqual([{ _gwArg0: [], _gwWith0: false }, []])
  })

  it('is sent as it is where all of it is one’s own, and is answered or refused as its rule says where not', async () => {
    expect((await bind('{ orders(numbers: ["2"]) { id } }', two)).variables).toEqual({ _gwArg0: ['2'], _gwWith0: true })
    for (const numbers of ['["3"]', '["1", "3"]'])
      expect((await bind(`{ orders(numbers: ${numbers}) { id } }`, two)).variables).toEqual({ _gwArg0: null, _gwWith0: false })
    expect((await bind('{ note(of: "premise") { text } }')).variables).toEqual({ _gwArg0: 'premise', _gwWith0: true })
    expect((await refusalOf(bind('{ note(of: "premise-2") { text } }'))).code).toBe('ACCOUNT_NOT_IN_SCOPE')
  })

  it('is no choice where it is left out and nothing fills it', async () => {
    expect((await bind('{ note { text } }')).variables).toEqual({})
    expect((await bind('{ note(of: null) { text } }')).variables).toEqual({ _gwArg0: null, _gwWith0: true })
    const known = await bind('query ($of: ID) { note(of: $of) { text } }', { ids: null })
    expect([known.variables, known.calls]).toEqual([{ _gwArg0: null, _gwWith0: true }, []])
  })

  it('of a place counts while the place is held, from its first moment to just before its last', async () => {
    const points = async (occupancy: Occupancy) =>
      (await bind('{ outages { reason } }', { ids: { ...ownIds, ...held(occupancy) } })).variables['_gwArg0']
    expect(await points([{ from: now - 1, until: now + 1 }])).toEqual(['point'])
    expect(await points([{ from: now + 1, until: Infinity }])).toEqual([])
    expect(await points([{ from: -Infinity, until: now - 1 }])).toEqual([])
    expect(
      await points([
        { from: -Infinity, until: now - 9 },
        { from: now - 5, until: Infinity },
      ]),
    ).toEqual(['point'])
  })

  it('of a place that was held once counts where nothing is said of today', async () => {
    const ids: AccountIds = { ...ownIds, premises: new Map([['premise', [{ from: -Infinity, until: now - 1 }]]]) }
    expect((await bind('{ note(of: "premise") { text } }', { ids })).variables).toMatchObject({ _gwArg0: 'premise', _gwWith0: true })
    expect((await bind('{ note(at: "premise") { text } }')).variables).toMatchObject({ _gwArg0: 'premise', _gwWith0: true })
    expect((await refusalOf(bind('{ note(at: "premise") { text } }', { ids }))).code).toBe('ACCOUNT_NOT_IN_SCOPE')
  })

  it('of the utility is the account’s own, where it has one', async () => {
    expect((await bind('{ note(utility: "1") { text } }')).variables).toMatchObject({ _gwArg0: '1', _gwWith0: true })
    for (const utilityId of ['2', undefined])
      expect((await refusalOf(bind('{ note(utility: "1") { text } }', { ids: { ...ownIds, utilityId } }))).code).toBe(
        'ACCOUNT_NOT_IN_SCOPE',
      )
  })

  it('of the person is known from the directory, and asks nobody', async () => {
    const bound = await bind('{ contacts { email } }', { customerIds: ['C1'], ids: null })
    expect([bound.variables, bound.calls]).toEqual([{ _gwArg0: ['C1'], _gwWith0: true }, []])
    expect((await refusalOf(bind('{ contacts(customers: ["C2"]) { email } }', { customerIds: ['C1'] }))).code).toBe('ACCOUNT_NOT_IN_SCOPE')
  })

  it('of an export is nobody’s here', async () => {
    expect((await bind('{ jobs(id: "job") { name } }')).variables).toEqual({ _gwArg0: null, _gwWith0: false })
  })

  it('inside an input refuses the operation, whatever its rule, and its other members pass', async () => {
    const given = (filter: object) => bind('query ($filter: Filter) { search(filter: $filter) { name } }', { variables: { filter } })
    for (const filter of [{ number: '1', text: 'x' }, { number: null, text: '3' }, { numbers: ['1'] }, {}])
      expect((await given(filter)).variables).toEqual({ filter, _gwArg0: filter, _gwWith0: true })
    for (const filter of [{ number: '3' }, { number: '1', numbers: ['1', '3'] }])
      expect((await refusalOf(given(filter))).code).toBe('ACCOUNT_NOT_IN_SCOPE')
  })

  it('is looked up only where something is chosen by it', async () => {
    const asked = async (query: string) =>
      (await bind(query, { ids: null, answers: [{ data: { _gwIds: { edges: [{ node: { urn: ownUrn } }] } } }] })).calls.length
    expect(await asked('{ tariffs { name } }')).toBe(0)
    expect(await asked('{ letters(during: "2026-01-01/2026-02-01") { subject } }')).toBe(0)
    expect(await asked(`{ ${one}(selectedAccount: "${ownUrn}") { name } }`)).toBe(0)
    expect(await asked(`{ ${one} { bills(during: "2026-01-01/2026-02-01") { urn } } }`)).toBe(0)
    expect(await asked('{ tariffs { name } orders { id } }')).toBe(1)
    expect(
      await asked(
        `{ ${one} { serviceAgreementsConnection(matching: "x") { totalCount } bills(during: "2026-01-01/2026-02-01") { urn } } }`,
      ),
    ).toBe(1)
  })

  it('is about its own leg, or about the whole scope where its root is another source’s', async () => {
    const bound = await bind(
      `{ tariffs { name } orders { id } ${one}(selectedAccount: "${otherUrn}") { serviceAgreementsConnection(matching: "agreement") { totalCount } } }`,
      two,
    )
    expect(bound.urns).toEqual([otherUrn, ownUrn])
    expect(bound.variables).toMatchObject({ _gwUrns0: [otherUrn], _gwArg1: ['1', '2'], _gwArg0: null })
    const proven = await bind('{ tariffs { name } me { email } }', two)
    expect(proven.urns).toEqual([ownUrn, otherUrn])
    expect((await bind('{ tariffs { name } }', two)).urns).toEqual([])
  })
})

describe('a stretch of time', () => {
  const reads = (during: string, more = 'readResolution: BILLING') =>
    `{ ${one} { serviceAgreements { servicePoints { readStreams(timeInterval: "${during}", ${more}) { netUsage { unit reads { readType } } } } } } }`
  const day = '2026-01-10T00:00:00Z/2026-01-20T00:00:00Z'
  const since = { from: at('2026-01-15'), until: Infinity }

  it('is narrowed to the time in which the points were held, all of it', async () => {
    expect(await variablesOf({ query: reads(day) })).toMatchObject({ _gwArg0: day, _gwWith0: true })
    const narrowed = await variablesOf({ query: reads(day), ids: { ...ownIds, ...held([since]) } })
    expect(narrowed).toMatchObject({ _gwArg0: '2026-01-15T00:00:00Z/2026-01-20T00:00:00Z', _gwWith0: true })
    const hull = held([
      { from: at('2026-01-11'), until: at('2026-01-12') },
      { from: at('2026-01-18'), until: at('2026-01-19') },
    ])
    expect(await variablesOf({ query: reads(day), ids: { ...ownIds, ...hull } })).toMatchObject({
      _gwArg0: '2026-01-11T00:00:00Z/2026-01-19T00:00:00Z',
    })
  })

  it('is narrowed to the time that the grant opens as well', async () => {
    const grants = [{ urn: ownUrn, role: 'holder', dataUntil: at('2026-01-18') } as const]
    expect(await variablesOf({ query: reads(day), grants, ids: { ...ownIds, ...held([since]) } })).toMatchObject({
      _gwArg0: '2026-01-15T00:00:00Z/2026-01-18T00:00:00Z',
    })
    const apart = held([{ from: at('2026-01-19'), until: Infinity }])
    expect(await variablesOf({ query: reads(day), grants, ids: { ...ownIds, ...apart } })).toMatchObject({ _gwArg0: null, _gwWith0: false })
  })

  it('leaves its field out where nothing is left of it', async () => {
    const bound = await bindPlan({ query: reads(day), ids: { ...ownIds, ...held([]) } })
    expect([bound.variables['_gwArg0'], [...bound.left]]).toEqual([null, ['_gwWith0']])
    expect(await variablesOf({ query: reads(day), ids: { ...ownIds, points: new Map() } })).toMatchObject({ _gwWith0: false })
  })

  it('below an agreement that is named is that of the agreement’s own points', async () => {
    const ids: AccountIds = {
      ...ownIds,
      agreements: new Map([
        ['agreement', new Set(['point'])],
        ['later', new Set(['point-2', 'gone'])],
      ]),
      points: new Map([
        ['point', [always]],
        ['point-2', [since]],
      ]),
    }
    const query = (matching: string) => `{ ${one} { serviceAgreementsConnection(matching: ${matching}) { edges { node { servicePoints {
      readStreams(timeInterval: "${day}", readResolution: BILLING) { netUsage { unit } } } } } } } }`
    expect(await variablesOf({ query: query('"agreement"'), ids })).toMatchObject({ _gwArg1: day })
    expect(await variablesOf({ query: query('"later"'), ids })).toMatchObject({ _gwArg1: '2026-01-15T00:00:00Z/2026-01-20T00:00:00Z' })
    expect(await variablesOf({ query: query('null'), ids })).toMatchObject({ _gwArg1: day })
    expect(await variablesOf({ query: query('"foreign"'), ids })).toMatchObject({
      _gwArg0: null,
      _gwArg1: null,
      _gwWith0: false,
      _gwWith1: false,
    })
  })

  it('of a bill is the grant’s alone, and may be written in dates', async () => {
    const bills = (during: string) => `query { ${one} { bills(during: ${during}) { urn } } }`
    const grants = [{ urn: ownUrn, role: 'holder', dataFrom: at('2026-01-15') } as const]
    expect(await variablesOf({ query: bills('"2026-01-01/2026-02-01"'), grants, ids: null })).toMatchObject({
      _gwArg0: '2026-01-15T00:00:00Z/2026-02-01',
    })
    expect(await variablesOf({ query: bills('null'), grants })).toMatchObject({ _gwArg0: null, _gwWith0: true })
  })

  it.each(['now', '2026-01-20T00:00:00Z/2026-01-10T00:00:00Z', '2026-01-01/2026-02-01', '', 'P1D'])(
    'is refused as %j: it cannot be read',
    async during => {
      const error = await refusalOf(bindPlan({ query: reads(during) }))
      expect([error.code, error.message]).toEqual(['RANGE_NOT_AVAILABLE', expect.stringContaining('An interval is written start/end')])
    },
  )

  const hours = (count: number, seconds = 0) =>
    `2025-01-01T00:00:00Z/${new Date(at('2025-01-01') + count * 3_600_000 + seconds * 1_000).toISOString()}`

  it('may be as long as thirteen calls answer, where it can be asked for in pieces', async () => {
    const query = (during: string, resolution: string) => reads(during, `readResolution: ${resolution}`)
    for (const [resolution, limit] of [
      ['HOUR', 9_360],
      ['QUARTER_HOUR', 9_360],
      ['DAY', 113_880],
    ] as const) {
      expect(await variablesOf({ query: query(hours(limit), resolution) })).toMatchObject({ _gwWith0: true })
      const error = await refusalOf(bindPlan({ query: query(hours(limit, 1), resolution) }))
      expect([error.code, error.message]).toEqual([
        'RANGE_NOT_AVAILABLE',
        `At this resolution a range is at most ${limit} hours long. Ask for less at a time.`,
      ])
    }
    expect(await variablesOf({ query: query(hours(200_000), 'MONTH') })).toMatchObject({ _gwWith0: true })
    const twice = `{ ${one} { serviceAgreements { servicePoints { ${['a', 'b']
      .map(key => `${key}: readStreams(timeInterval: "${hours(9_360)}", readResolution: HOUR) { netUsage { unit reads { readType } } }`)
      .join(' ')} } } } }`
    expect(await variablesOf({ query: twice })).toMatchObject({ _gwWith0: true, _gwWith1: true })
  })

  it('may be as long as one call answers where it cannot, and is measured once it is narrowed', async () => {
    const query = (first: string) => `{ ${one} { serviceAgreements { servicePoints {
      a: readStreams(timeInterval: "${first}", readResolution: HOUR) { netUsage { unit } }
      b: readStreams(timeInterval: "${hours(720)}", readResolution: DAY) { netUsage { unit } } } } } }`
    expect(await variablesOf({ query: query(hours(720)) })).toMatchObject({ _gwWith0: true, _gwWith1: true })
    expect(await codeOf({ query: query(hours(720, 1)) })).toBe('RANGE_NOT_AVAILABLE')
    const ids = { ...ownIds, ...held([{ from: at('2025-02-01'), until: Infinity }]) }
    expect(await variablesOf({ query: query(hours(1_400)), ids })).toMatchObject({ _gwWith0: true, _gwWith1: false })
  })
})

describe('a cursor below an account', () => {
  const seal = createCursorSeal()
  const agreements = (args: string) =>
    `{ ${one} { serviceAgreementsConnection(${args}) { pageInfo { endCursor } edges { node { uuid } } } } }`
  const edges = (more: object) => ({ data: { [one]: { edges: [{ node: { _gwId: ownUrn, serviceAgreementsConnection: more } }] } } })

  async function cursorOf(query: string, answer: object): Promise<string> {
    const { data } = await runPlan({ query, answers: [answer], seal })
    const found = /"endCursor":"([^"]+)"/.exec(JSON.stringify(data))?.[1]
    if (found === undefined) throw new TypeError(`expected a cursor, but got ${JSON.stringify(data)}`)
    return found
  }
  const first = () => cursorOf(agreements('first: 1, onlyActive: true'), edges({ pageInfo: { endCursor: 'UPSTREAM' }, edges: [] }))

  it('is opened where it was given: in the same connection with the same arguments, pages aside', async () => {
    const cursor = await first()
    expect(cursor).not.toContain('UPSTREAM')
    const bound = await variablesOf({ query: agreements(`first: 1, onlyActive: true, after: "${cursor}"`), seal })
    expect(bound).toMatchObject({ _gwArg0: 'UPSTREAM', _gwWith0: true })
  })

  it('goes on from page to page, whatever page it was given on', async () => {
    let cursor = await first()
    for (const place of ['SECOND', 'THIRD']) {
      const query = agreements(`first: 1, onlyActive: true, after: "${cursor}"`)
      cursor = await cursorOf(query, edges({ pageInfo: { endCursor: place }, edges: [] }))
      expect(await variablesOf({ query: agreements(`first: 1, onlyActive: true, after: "${cursor}"`), seal })).toMatchObject({
        _gwArg0: place,
      })
    }
  })

  it('is refused with other arguments, in another connection, and among several accounts', async () => {
    const cursor = await first()
    for (const query of [
      agreements(`first: 1, onlyActive: false, after: "${cursor}"`),
      agreements(`first: 2, onlyActive: true, after: "${cursor}"`),
      agreements(`first: 1, onlyActive: true, after: "${cursor}x"`),
      agreements('first: 1, onlyActive: true, after: ""'),
      `{ ${one} { premisesConnection(first: 1, after: "${cursor}") { totalCount } } }`,
    ])
      expect(await codeOf({ query, seal })).toBe('ACCOUNT_NOT_IN_SCOPE')
    const all = `{ billingAccountsConnection { edges { node { serviceAgreementsConnection(first: 1, onlyActive: true, after: "${cursor}") { totalCount } } } } }`
    expect(await codeOf({ query: all, ...two, seal })).toBe('ACCOUNT_NOT_IN_SCOPE')
    expect(await codeOf({ query: all, grants: [], seal })).toBe('ACCOUNT_NOT_IN_SCOPE')
    const { data } = await runPlan({
      query: agreements('first: 1, onlyActive: true'),
      answers: [edges({ pageInfo: { endCursor: 'UPSTREAM' }, edges: [] })],
      ...two,
      seal,
    })
    const ofFirst = /"endCursor":"([^"]+)"/.exec(JSON.stringify(data))?.[1] ?? ''
    const args = `first: 1, onlyActive: true, after: "${ofFirst}"`
    expect(await variablesOf({ query: agreements(args), ...two, seal })).toMatchObject({ _gwArg0: 'UPSTREAM' })
    expect(await codeOf({ query: all.replace(cursor, ofFirst), ...two, seal })).toBe('ACCOUNT_NOT_IN_SCOPE')
    expect(
      await codeOf({
        query: agreements(`first: 1, onlyActive: true, after: "${cursor}"`),
        grants: [{ urn: foreignUrn, role: 'holder' }],
        seal,
      }),
    ).toBe('ACCOUNT_NOT_IN_SCOPE')
  })

  it('of an agreement’s points goes on in that agreement alone, where one is named', async () => {
    const points = (matching: string, after: string) => `{ ${one} { serviceAgreementsConnection${matching} { edges { node {
      servicePointsConnection(first: 1${after}) { pageInfo { endCursor } edges { node { uuid } } } } } } } }`
    const node = { _gwId: 'agreement', servicePointsConnection: { pageInfo: { endCursor: 'UPSTREAM' }, edges: [] } }
    const cursor = await cursorOf(points('(matching: "agreement")', ''), edges({ edges: [{ node }] }))
    const ids = { ...ownIds, agreements: new Map([...ownIds.agreements, ['agreement-3', new Set(['point'])]]) }
    const on = (matching: string) => ({ query: points(matching, `, after: "${cursor}"`), seal, ids })
    expect(await variablesOf(on('(matching: "agreement")'))).toMatchObject({ _gwArg1: 'UPSTREAM' })
    expect(await variablesOf(on(''))).toMatchObject({ _gwArg0: 'UPSTREAM' })
    expect(await codeOf(on('(matching: "agreement-3")'))).toBe('ACCOUNT_NOT_IN_SCOPE')
  })
})
