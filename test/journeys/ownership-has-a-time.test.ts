import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { population } from '../../simulator/population/population.js'
import type { Population } from '../../simulator/population/types.js'
import type { Period } from '../../src/plan/interval.js'
import { readInterval } from '../../src/plan/interval.js'
import type { GraphqlAnswer, SeenCall, Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'
import { operation } from './hub.js'
import { accountOf, accountsOf, canariesIn, leaksIn } from './people.js'

/** Dora left on the first day, Emil came on the second; one premise, one point, one meter. */
const left = '2026-04-01T04:00:00Z'
const came = '2026-04-18T04:00:00Z'
const point = accountOf('emil').agreements[0]?.points[0]?.uuid ?? ''
const premise = accountOf('emil').premises[0]?.premise.uuid ?? ''
const own: Readonly<Record<string, Period>> = {
  dora: { from: -Infinity, until: Date.parse(left) },
  emil: { from: Date.parse(came), until: Infinity },
}
const people = ['dora', 'emil']

const streams = `readStreams(timeInterval: $during, readResolution: $by) {
  timeInterval
  netUsage { registerId reads { timeInterval measuredAmount { value } ratedReadComponents { measuredAmount { value } } } }
  energyDelivered { reads { timeInterval measuredAmount { value } } }
}`
const points = `servicePoints { uuid ${streams} }`

/** Every way from a root to the reads of a point. */
const paths: readonly (readonly [string, string])[] = [
  [
    'connections that match',
    `billingAccountByAuthContext { serviceAgreementsConnection { edges { node {
      servicePointsConnection(matching: "${point}") { edges { node { uuid ${streams} } } } } } } }`,
  ],
  ['plain lists', `billingAccountByAuthContext { serviceAgreements { ${points} } }`],
  ['the accounts connection', `billingAccountsConnection { edges { node { serviceAgreements(onlyActive: false) { ${points} } } } }`],
  ['the viewer', `viewer { accounts { edges { node { serviceAgreements { ${points} } } } } }`],
  ['bill segments', `billingAccountsConnection { edges { node { bills(last: 2) { segments { serviceAgreement { ${points} } } } } } }`],
  [
    'bill segments, aliased',
    `billingAccountsConnection { edges { node { bills(last: 2) { segments { serviceAgreement(aliased: true) { ${points} } } } } } }`,
  ],
  ['the forecast', `billingAccountsConnection { edges { node { billForecast { segments { serviceAgreement { ${points} } } } } } }`],
  [
    'folded agreements of the older store',
    `billingAccountByAuthContext(forceLegacyData: true) { serviceAgreementsConnection(aliased: true) { edges { node { ${points} } } } }`,
  ],
  [
    'a renamed everything',
    `a: billingAccountsConnection { e: edges { n: node { uuid: serviceAgreements { urn: servicePoints { uuid: utilityId r: ${streams} } } } } }`,
  ],
]

const windows: readonly (readonly [string, string | null])[] = [
  ['HOUR', '2026-03-25T00:00:00Z/2026-04-23T00:00:00Z'],
  ['HALF_HOUR', '2026-03-31T00:00:00-04:00/2026-04-19T00:00:00-04:00'],
  ['QUARTER_HOUR', '2026-03-30T00:00:00Z/2026-04-20T00:00:00Z'],
  ['DAY', '2025-11-01T00:00:00Z/2026-10-31T00:00:00Z'],
  ['DAY', '2026-04-02T04:00:00Z/2026-04-17T04:00:00Z'],
  ['HOUR', '2026-02-01T05:00:00Z/2026-03-01T05:00:00Z'],
  ['HOUR', '2026-05-01T04:00:00Z/2026-05-29T04:00:00Z'],
  ['HOUR', null],
]

/** A directory that says nothing of time: the agreements alone have to tell whose time is whose. */
const timeless: Population = {
  ...population,
  accounts: population.accounts.map(account => ({ ...account, premises: [], occupancy: { from: 0, until: undefined } })),
}

describe.each([
  ['as the directory says', population],
  ['as the agreements say', timeless],
])('%s', (_who, directory) => {
  let stack: Stack
  beforeAll(async () => {
    stack = await startStack({ directory, now: () => Date.parse('2026-11-10T17:00:00Z') })
  })
  afterAll(async () => {
    await stack[Symbol.asyncDispose]()
  })
  beforeEach(() => stack.forgetCalls())

  describe.each(paths)('the reads of one’s own time and no other, by way of %s', (_way, fields) => {
    it.each(windows)('by %s in %s', async (by, during) => {
      const query = `query ($during: TimeInterval, $by: ReadResolution) { ${fields} }`
      for (const login of people) {
        const answer = await stack.ask(login, { query, variables: { during, by } })
        expect(answer.errors).toBeUndefined()
        expectOwnTime(answer, login)
      }
      expectSentWithin(await stack.calls())
    })
  })

  it('each of the two does see the time that is theirs', async () => {
    const query = `query ($during: TimeInterval, $by: ReadResolution) { billingAccountByAuthContext { serviceAgreements { ${points} } } }`
    for (const [login, during] of [
      ['dora', '2026-03-01T05:00:00Z/2026-04-01T04:00:00Z'],
      ['emil', '2026-04-18T04:00:00Z/2026-05-18T04:00:00Z'],
    ] as const) {
      const { text } = await stack.ask(login, { query, variables: { during, by: 'DAY' } })
      expect(canariesIn(text, accountOf(login))).toContain(accountOf(login).canaries.reads)
      expect(intervalsIn(JSON.parse(text)).length).toBeGreaterThan(25)
    }
  })

  it('a range that is too long as a whole is served once it is narrowed to one’s own time', async () => {
    const query = `query ($during: TimeInterval, $by: ReadResolution) { billingAccountByAuthContext { serviceAgreements { ${points} } } }`
    const variables = { by: 'HOUR', during: '2026-03-01T05:00:00Z/2026-05-10T04:00:00Z' }
    const answer = await stack.ask('emil', { query, variables })
    expect(answer.errors).toBeUndefined()
    expectOwnTime(answer, 'emil')
  })

  describe('what else tells of a time', () => {
    it('registers are available from the day one came to the day one left', async () => {
      const query = '{ billingAccountByAuthContext { serviceAgreements { servicePoints { registers { availableReadsTimeInterval } } } } }'
      for (const login of people) {
        const answer = await stack.ask(login, query)
        const [range, ...others] = intervalsIn(answer.data)
        expect(others).toEqual([])
        expect(login === 'dora' ? range?.split('/')[1] : range?.split('/')[0]).toBe(login === 'dora' ? left : came)
      }
    })

    it('bills and their comparisons belong to one’s own time', async () => {
      for (const login of people) {
        const answer = await stack.ask(login, { query: operation('everything-of-a-bill'), variables: { last: 40 } })
        expectOwnTime(answer, login)
        const asked = await stack.ask(
          login,
          '{ billingAccountByAuthContext { bills(during: "2025-10-01T00:00:00Z/2026-09-01T00:00:00Z") { timeInterval } } }',
        )
        expect(intervalsIn(asked.data).length).toBeGreaterThan(2)
        expectOwnTime(asked, login)
      }
      // Bills hang on the account and not on its meter, so only the directory can shorten them.
      if (directory === population) expectSentWithin(await stack.calls())
    })

    it('comparisons with neighbours are of one’s own time', async () => {
      const query = `{ billingAccountByAuthContext { premisesConnection(matching: "${premise}") { edges {
      a: neighborComparisons(meterType: ELEC) { timeInterval youUsage { value } } b: neighborComparisons { youUsage { value } } } } } }`
      for (const login of people) {
        const answer = await stack.ask(login, query)
        expect(intervalsIn(answer.data).length).toBeGreaterThan(2)
        expectOwnTime(answer, login)
      }
    })

    it('a forecast compares with no year before one came', async () => {
      const { data, errors } = await stack.ask('emil', operation('bill-forecast'))
      expect(errors).toBeUndefined()
      const [segment] = segmentsOf(data)
      expect(segment).toMatchObject({ soFarUsage: { value: expect.any(Number) }, priorYearUsage: null, priorYearUsageCharges: null })
      const [alices] = segmentsOf((await stack.ask('alice', operation('bill-forecast'))).data)
      expect(alices?.['priorYearUsage']).toEqual({ value: expect.any(Number), unit: 'KWH' })
    })

    it('the older record of a place does not name who lived there before', async () => {
      const query = '{ billingAccountByAuthContext { premisesConnection { edges { node { name mappedSite { customer { id uuid } } } } } } }'
      const former = accountOf('dora').customers[0]
      const answer = await stack.ask('emil', query)
      expect(answer.text).not.toContain(former?.uuid)
      expect(answer.text).not.toContain(former?.id)
      expect(answer.errors).toEqual([expect.objectContaining({ extensions: { code: 'INTERNAL' } })])
      const hers = await stack.ask('dora', query)
      expect([hers.errors, hers.text.includes(former?.uuid ?? 'nobody')]).toEqual([undefined, true])
    })

    it('an agreement that is over at a time nobody knows opens nothing', async () => {
      const flat = accountsOf('fatima').find(({ agreements }) => agreements.length > 1)
      const query = `query ($urn: ID, $during: TimeInterval, $by: ReadResolution) { billingAccountByAuthContext(selectedAccount: $urn) {
      serviceAgreements { servicePoints { registers { availableReadsTimeInterval } ${streams} } } } }`
      const variables = { urn: flat?.urn, by: 'DAY', during: '2024-08-01T04:00:00Z/2024-10-01T04:00:00Z' }
      const answer = await stack.ask('fatima', { query, variables })
      expect(answer.errors).toBeUndefined()
      const starts = intervalsIn(answer.data).map(text => readInterval(text)?.from ?? 0)
      expect(Math.min(...starts)).toBe(Date.parse('2024-09-01T04:00:00Z'))
    })
  })

  describe('an export', () => {
    it.each([
      ['emil', '2026-03-20T00:00:00Z/2026-05-10T00:00:00Z', '2026-04-18T04:00:00Z/2026-05-10T00:00:00Z'],
      ['dora', '2026-03-20T00:00:00Z/2026-05-10T00:00:00Z', '2026-03-20T00:00:00Z/2026-04-01T04:00:00Z'],
    ])('of %s for %s is asked of Opower for %s', async (login, timeInterval, expected) => {
      const input = { timeInterval, enableServiceAgreementAliasing: true, forceLegacyData: true }
      const variables = { usageExportFileConfigurationInput: input }
      expect((await stack.ask(login, { query: operation('start-export'), variables })).errors).toBeUndefined()
      const [sent] = (await stack.calls()).filter(({ query }) => query.startsWith('mutation'))
      expect(intervalsIn(sent?.variables)).toEqual([expected])
    })

    it.each([
      ['emil', '2026-01-01T00:00:00Z/2026-04-10T00:00:00Z'],
      ['dora', '2026-04-05T00:00:00Z/2026-05-10T00:00:00Z'],
    ])('of %s for %s, which is somebody else’s time, is refused', async (login, timeInterval) => {
      const variables = { usageExportFileConfigurationInput: { timeInterval } }
      const answer = await stack.ask(login, { query: operation('start-export'), variables })
      expect([answer.status, answer.errors?.[0]?.extensions.code]).toEqual([400, 'RANGE_NOT_AVAILABLE'])
      expect((await stack.calls()).filter(({ query }) => query.startsWith('mutation'))).toEqual([])
    })

    it('holds no read of anybody else', async () => {
      const variables = { usageExportFileConfigurationInput: { timeInterval: '2026-03-20T00:00:00Z/2026-05-10T00:00:00Z' } }
      await stack.control('faults', { exports: { runningMs: 0 } })
      for (const login of people) {
        const started = await stack.ask(login, { query: operation('start-export'), variables })
        const { uuid } = (started.data as { generateUsageExportFile: { uuid: string } }).generateUsageExportFile
        const polled = await stack.ask(login, { query: operation('poll-export'), variables: { jobUuid: uuid } })
        const { result } = (polled.data as { exportJob: { result: string } }).exportJob
        const file = await fetch(`${stack.gateway.url}${result}`, { headers: { authorization: `Bearer ${await stack.tokenOf(login)}` } })
        expect(file.status).toBe(200)
        expectDaysOfOwn(await file.text(), login)
      }
      await stack.control('faults', {})
    })
  })
})

/** The file rounds to two decimals, so its days tell whose they are. */
function expectDaysOfOwn(csv: string, login: string): void {
  expect(leaksIn(csv, login)).toEqual([])
  const days = [...csv.matchAll(/^Electric usage,(\d{4}-\d\d-\d\d)/gm)].map(([, date]) => date ?? '')
  expect(days.length).toBeGreaterThan(24)
  const strangers = days.filter(date => (login === 'dora' ? date >= '2026-04-01' : date < '2026-04-18'))
  expect(strangers).toEqual([])
}

function expectOwnTime(answer: GraphqlAnswer, login: string): void {
  expect(leaksIn(answer.text, login)).toEqual([])
  expect(intervalsIn(answer.data).filter(text => !lies(text, own[login]))).toEqual([])
}

/** Whatever goes upstream is of Dora's time or of Emil's, by who asked: the tests run one after the other. */
function expectSentWithin(calls: readonly SeenCall[]): void {
  for (const { query, variables } of calls) {
    const login = JSON.stringify(variables).includes(accountOf('dora').uuid) ? 'dora' : 'emil'
    const sent = [...intervalsIn(variables), ...(query.match(/"[^"\s]+\/[^"\s]+"/g) ?? [])]
    expect(sent.filter(text => !lies(text, own[login]))).toEqual([])
  }
}

function lies(text: string, period: Period | undefined): boolean {
  const interval = readInterval(text, { dates: true })
  return interval !== undefined && period !== undefined && interval.from >= period.from && interval.until <= period.until
}

/** Every interval in a value, however deep. */
function intervalsIn(value: unknown): string[] {
  if (typeof value === 'string') return readInterval(value, { dates: true }) === undefined ? [] : [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(intervalsIn) : []
}

interface ForecastData {
  readonly billingAccountsConnection: {
    readonly edges: readonly { readonly node: { readonly billForecast: { readonly segments: readonly Record<string, unknown>[] } } }[]
  }
}

function segmentsOf(data: unknown): readonly Record<string, unknown>[] {
  return (data as ForecastData).billingAccountsConnection.edges.flatMap(({ node }) => node.billForecast.segments)
}
