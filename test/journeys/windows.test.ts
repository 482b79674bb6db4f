import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { formatInstant, readInterval } from '../../src/plan/interval.js'
import type { GraphqlAnswer, Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'
import { leaksIn, urnsOf } from './people.js'

/** Late enough in November that both clock changes of the year lie in the past and are settled. */
const now = Date.parse('2026-11-20T17:00:00Z')
const [hour, day] = [3_600_000, 86_400_000]

let stack: Stack
beforeAll(async () => {
  stack = await startStack({ now: () => now })
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})
beforeEach(() => stack.forgetCalls())
afterEach(() => stack.control('faults', {}))

const chart = (name: string): string => `query ${name}($during: TimeInterval, $by: ReadResolution) {
  billingAccountByAuthContext { serviceAgreements { uuid servicePoints { uuid
    readStreams(timeInterval: $during, readResolution: $by) {
      timeInterval
      rates { rateType costPerUnit { value } }
      netUsage { registerId unit reads { timeInterval readType measuredAmount { value unit } monetaryAmount { value } isMaximum } }
      energyDelivered { reads { timeInterval measuredAmount { value } } }
    } } } }
}`

const ask = (login: string, name: string, during: string, by = 'HOUR'): Promise<GraphqlAnswer> =>
  stack.ask(login, { query: chart(name), variables: { during, by } })

/** The same as somebody would get of the hub itself. */
async function askHub(login: string, during: string, by = 'HOUR'): Promise<unknown> {
  const query = chart('Hub').replace('billingAccountByAuthContext', `billingAccountByAuthContext(selectedAccount: "${urnsOf(login)[0]}")`)
  const { data, errors } = await stack.askUpstream({ query, variables: { during, by } })
  expect(errors).toBeUndefined()
  return data
}

/** What the gateway asked of the hub since the last time: the interval of each call, or nothing where none was in it. */
async function intervalsSent(): Promise<readonly (string | undefined)[]> {
  const calls = await stack.calls()
  await stack.forgetCalls()
  return calls.map(({ variables }) => Object.values(variables ?? {}).find((value): value is string => readInterval(value) !== undefined))
}

interface Read {
  readonly timeInterval: string
}

/** The reads of the first point's net stream. */
function readsIn(data: unknown): readonly Read[] {
  const { billingAccountByAuthContext } = data as {
    billingAccountByAuthContext: { serviceAgreements: { servicePoints: { readStreams: { netUsage: { reads: Read[] }[] } }[] }[] }
  }
  return billingAccountByAuthContext.serviceAgreements[0]?.servicePoints[0]?.readStreams.netUsage[0]?.reads ?? []
}

/** The hub's own reads of a long stretch, in as many calls as it takes. */
async function hubReads(
  login: string,
  { from, until }: { from: number; until: number },
  by: string,
  stepMs: number,
): Promise<readonly Read[]> {
  const reads: Read[] = []
  for (let at = from; at < until; at += stepMs)
    reads.push(...readsIn(await askHub(login, `${formatInstant(at)}/${formatInstant(Math.min(until, at + stepMs))}`, by)))
  return reads
}

describe('a chart', () => {
  it('costs one call, the next day of it one more, and every closer look at what is settled none', async () => {
    await ask('alice', 'Pan', '2026-09-01T04:00:00Z/2026-10-01T04:00:00Z')
    expect((await intervalsSent()).filter(each => each !== undefined)).toEqual(['2026-09-01T04:00:00Z/2026-10-01T04:00:00Z'])
    const panned = '2026-09-02T04:00:00Z/2026-10-02T04:00:00Z'
    expect((await ask('alice', 'Pan', panned)).data).toEqual(await askHub('alice', panned))
    expect(await intervalsSent()).toEqual(['2026-10-01T00:00:00Z/2026-10-02T04:00:00Z'])
    for (const during of [
      '2026-09-10T04:00:00Z/2026-09-11T04:00:00Z',
      '2026-09-02T04:00:00Z/2026-09-20T04:00:00Z',
      '2026-09-12T13:30:00Z/2026-09-13T02:15:00Z',
      '2026-09-12T00:00:00-04:00/2026-09-14T00:00:00-04:00',
    ]) {
      expect((await ask('alice', 'Pan', during)).data).toEqual(await askHub('alice', during))
      expect(await intervalsSent()).toEqual([])
    }
  })

  it('by the day is kept by the month: a month of a year that was seen costs nothing, the next year one call', async () => {
    const year = '2024-11-01T04:00:00Z/2025-11-01T04:00:00Z'
    expect((await ask('alice', 'Year', year, 'DAY')).data).toEqual(await askHub('alice', year, 'DAY'))
    await stack.forgetCalls()
    const month = '2025-03-01T05:00:00Z/2025-04-01T04:00:00Z'
    expect((await ask('alice', 'Year', month, 'DAY')).data).toEqual(await askHub('alice', month, 'DAY'))
    expect(await intervalsSent()).toEqual([])
    const next = '2025-10-01T04:00:00Z/2026-10-01T04:00:00Z'
    expect((await ask('alice', 'Year', next, 'DAY')).data).toEqual(await askHub('alice', next, 'DAY'))
    expect(await intervalsSent()).toHaveLength(1)
  })

  it.each([
    ['in spring', '2026-03-08T05:00:00Z/2026-03-09T04:00:00Z', 23],
    ['in autumn', '2026-11-01T04:00:00Z/2026-11-02T05:00:00Z', 25],
  ])('shows the day of the clock change %s with all its hours, each once', async (season, during, hours) => {
    const name = `Change${hours}`
    const [from = '', until = ''] = during.split('/')
    await ask('alice', name, `${formatInstant(Date.parse(from) - 3 * day)}/${formatInstant(Date.parse(from) + 5 * hour)}`)
    const answer = await ask('alice', name, during)
    const starts = readsIn(answer.data).map(({ timeInterval }) => timeInterval)
    expect([season, new Set(starts).size, starts.length]).toEqual([season, hours, hours])
    expect(answer.data).toEqual(await askHub('alice', during))
    const days = await ask('alice', `${name}Days`, `${formatInstant(Date.parse(from) - 40 * day)}/${until}`, 'DAY')
    const [start = 0, end = 0] = (readsIn(days.data).at(-1)?.timeInterval ?? '').split('/').map(half => Date.parse(half))
    expect((end - start) / hour).toBe(hours)
  })

  it('of the newest days is asked again only where it may still have changed', async () => {
    await using later = await startStack()
    const until = Math.floor(Date.now() / day) * day
    const during = `${formatInstant(until - 20 * day)}/${formatInstant(until)}`
    const question = { query: chart('Newest'), variables: { during, by: 'HOUR' } }
    await later.ask('alice', question)
    await later.forgetCalls()
    await later.ask('alice', { query: `${chart('Newest')} #`, variables: question.variables })
    expect(await later.calls()).toEqual([])
  })
})

describe('a stretch that is longer than one call may ask for', () => {
  it.each([
    ['721 hours over the end of summer time', '2026-10-20T04:00:00Z', 721 * hour, 'HOUR', 2, 500 * hour],
    ['a year of hours', '2025-09-01T04:00:00Z', 365 * day, 'HOUR', 13, 700 * hour],
    ['two months of quarters', '2026-08-01T04:00:00Z', 61 * day, 'QUARTER_HOUR', 3, 29 * day],
    ['two years of days', '2024-09-01T04:00:00Z', 730 * day, 'DAY', 3, 365 * day],
  ])(
    'is answered whole: %s',
    async (_what, start, lengthMs, by, calls, stepMs) => {
      const from = Date.parse(start)
      const during = `${formatInstant(from)}/${formatInstant(from + lengthMs)}`
      await stack.ask('carmen', '{ billingAccountByAuthContext { serviceAgreements { uuid servicePoints { uuid } } } }')
      await stack.forgetCalls()
      const name = `Long${by}${calls}`
      const answer = await ask('carmen', name, during, by)
      expect(answer.errors).toBeUndefined()
      expect(await intervalsSent()).toHaveLength(calls)
      // Steps of whole local days, or of whole hours, leave no read out between them.
      const zoneSteps = by === 'DAY' ? [from, Date.parse('2025-09-01T04:00:00Z'), from + lengthMs] : undefined
      const expected =
        zoneSteps === undefined
          ? await hubReads('carmen', { from, until: from + lengthMs }, by, stepMs)
          : [
              ...(await hubReads('carmen', { from, until: zoneSteps[1] ?? 0 }, by, 400 * day)),
              ...(await hubReads('carmen', { from: zoneSteps[1] ?? 0, until: from + lengthMs }, by, 400 * day)),
            ]
      expect(readsIn(answer.data)).toEqual(expected)
      await stack.forgetCalls()
      const respelled = during.replaceAll('Z', '+00:00')
      expect(readsIn((await ask('carmen', name, respelled, by)).data)).toEqual(expected)
      expect(await intervalsSent()).toEqual([])
      expect(readsIn((await ask('carmen', `${name}Again`, during, by)).data)).toEqual(expected)
      expect(await intervalsSent()).toHaveLength(1)
    },
    60_000,
  )

  it('is refused as before where it would take too many calls, or cannot be told apart by time', async () => {
    const years = await ask('alice', 'Years', '2023-12-01T00:00:00Z/2026-11-01T00:00:00Z')
    const two = await stack.ask(
      'alice',
      `{ billingAccountByAuthContext { serviceAgreements { servicePoints {
        a: readStreams(timeInterval: "2026-08-01T00:00:00Z/2026-09-10T00:00:00Z", readResolution: HOUR) { netUsage { reads { timeInterval } } }
        b: readStreams(timeInterval: "2025-08-01T00:00:00Z/2025-09-10T00:00:00Z", readResolution: HOUR) { netUsage { reads { timeInterval } } }
      } } } }`,
    )
    for (const { status, errors } of [years, two]) expect([status, errors?.[0]?.extensions.code]).toEqual([400, 'RANGE_NOT_AVAILABLE'])
    expect(await intervalsSent()).toEqual([])
  })

  it('is never mixed up by the source: each range goes alone', async () => {
    await stack.control('faults', { aliasBleed: 'mixed' })
    const from = Date.parse('2026-05-01T04:00:00Z')
    const until = from + 70 * day
    const answer = await ask('sol', 'Bleed', `${formatInstant(from)}/${formatInstant(until)}`)
    for (const { query } of await stack.calls()) expect(query.match(/readStreams\(/g)?.length ?? 0).toBeLessThanOrEqual(1)
    await stack.control('faults', {})
    expect(readsIn(answer.data)).toEqual(await hubReads('sol', { from, until }, 'HOUR', 29 * day))
  })
})

describe('what is kept in windows', () => {
  const during = '2026-03-01T05:00:00Z/2026-03-20T04:00:00Z'

  it('is one customer’s alone: of all who ask, each is answered with their own, warm or cold', async () => {
    const logins = ['alice', 'bruno', 'carmen', 'dora', 'emil', 'sol']
    for (const stretch of [during, '2026-03-02T05:00:00Z/2026-03-21T04:00:00Z', '2026-03-05T05:00:00Z/2026-03-06T05:00:00Z']) {
      const answers = await Promise.all(logins.map(login => ask(login, 'Mine', stretch)))
      for (const [index, login] of logins.entries()) {
        expect([answers[index]?.errors, leaksIn(answers[index]?.text ?? '', login)]).toEqual([undefined, []])
        expect(new Set(JSON.stringify(answers[index]?.data).match(/"uuid":"[^"]+"/g))).not.toEqual(new Set())
      }
    }
  })

  it('keeps to the time in which the account held the point, however it is put together', async () => {
    const move = [
      '2026-03-10T04:00:00Z/2026-05-10T04:00:00Z',
      '2026-03-20T04:00:00Z/2026-04-15T04:00:00Z',
      '2026-04-20T04:00:00Z/2026-05-30T04:00:00Z',
    ]
    for (const stretch of move) {
      for (const login of ['dora', 'emil']) {
        const answer = await ask(login, 'Move', stretch)
        expect(leaksIn(answer.text, login)).toEqual([])
        for (const { timeInterval } of readsIn(answer.data)) {
          const [from = '', until = ''] = timeInterval.split('/')
          if (login === 'dora') expect(Date.parse(until)).toBeLessThanOrEqual(Date.parse('2026-04-01T04:00:00Z'))
          else expect(Date.parse(from)).toBeGreaterThanOrEqual(Date.parse('2026-04-18T04:00:00Z'))
        }
      }
    }
  })

  it('is served to another document that selects the same of the same reads, in whatever it stands', async () => {
    await ask('carmen', 'First', during)
    await stack.forgetCalls()
    const other = chart('Other').replace('{ billingAccountByAuthContext {', '{ billingAccountByAuthContext { name')
    const answer = await stack.ask('carmen', {
      query: other,
      variables: { during: '2026-03-03T05:00:00Z/2026-03-04T05:00:00Z', by: 'HOUR' },
    })
    expect(readsIn(answer.data)).toHaveLength(24)
    expect((await stack.calls()).length).toBeLessThanOrEqual(1)
  })

  it.each<[string, unknown, string]>([
    ['a null root', { nullRoot: true }, '06'],
    ['another’s data', { foreign: ['point'] }, '07'],
    ['a source that is down', { down: true }, '08'],
  ])('is never of an answer with a fault in it: %s', async (_what, faults, month) => {
    const name = `Fault${month}`
    await ask('bruno', name, `2026-${month}-01T04:00:00Z/2026-${month}-05T04:00:00Z`)
    await stack.control('faults', faults)
    const longer = `2026-${month}-01T04:00:00Z/2026-${month}-20T04:00:00Z`
    const broken = await ask('bruno', name, longer)
    expect(broken.errors?.length).toBeGreaterThan(0)
    expect(leaksIn(broken.text, 'bruno')).toEqual([])
    await stack.control('faults', {})
    await stack.forgetCalls()
    await untilServed(() => ask('bruno', name, longer))
    expect((await ask('bruno', name, longer)).data).toEqual(await askHub('bruno', longer))
  })
})

/** After a source was down the breaker lets nothing through for a moment. */
async function untilServed(question: () => Promise<GraphqlAnswer>): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if ((await question()).errors === undefined) return
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}
