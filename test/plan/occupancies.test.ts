import fc from 'fast-check'
import { describe, expect, it } from '@jest/globals'
import { createScope } from '../../src/accounts/scope.js'
import type { Grant } from '../../src/accounts/grant.js'
import { scopeExport } from '../../src/exports/export-input.js'
import { createAccountIdCache } from '../../src/opower/account-id-source.js'
import type { Period } from '../../src/plan/interval.js'
import { readInterval } from '../../src/plan/interval.js'
import { now, ownUrn, runPlan, session } from './run-plan.js'

const hour = 3_600_000
const day = 24 * hour
const begin = Date.UTC(2026, 0, 1)
const days = 40
const dayAt = (index: number): number => begin + index * day
const iso = (at: number): string => new Date(at).toISOString().replace('.000Z', 'Z')

/** One agreement of a history, in days; `null` for what the source does not tell. */
interface Agreement {
  readonly from: number | null
  readonly until: number | null
  readonly isActive: boolean
  readonly points: readonly string[]
}

const points = ['p0', 'p1', 'p2'] as const
const end = fc.integer({ min: 0, max: days })

/** Agreements that follow each other, with gaps or overlapping, ended and open, with ends and beginnings that nobody noted. */
const agreement: fc.Arbitrary<Agreement> = fc.record({
  from: fc.option(end, { freq: 8 }),
  until: fc.option(end, { freq: 4 }),
  isActive: fc.boolean(),
  points: fc.subarray([...points], { minLength: 1 }),
})
const history = fc.record({
  agreements: fc.array(agreement, { minLength: 1, maxLength: 5 }),
  dataFrom: fc.option(end),
  dataUntil: fc.option(end),
  asked: fc.tuple(end, end).filter(([from, until]) => from < until),
})
type History = typeof history extends fc.Arbitrary<infer Value> ? Value : never

/** The reference: whether the account held the point on every hour of the day, by an agreement that says so itself. */
function isOwn({ agreements, dataFrom, dataUntil }: History, point: string, hour: number): boolean {
  const at = hour / 24
  const holds = ({ from, until, isActive, points: held }: Agreement): boolean =>
    held.includes(point) && from !== null && from <= at && (until === null ? isActive : at < until)
  return agreements.some(holds) && at >= (dataFrom ?? -Infinity) && at < (dataUntil ?? Infinity)
}

function ownDays(one: History, point: string): readonly number[] {
  const hours = Array.from({ length: 24 }, (_none, hour) => hour)
  return Array.from({ length: days }, (_none, index) => index).filter(index => hours.every(hour => isOwn(one, point, index * 24 + hour)))
}

function idsAnswer({ agreements }: History): unknown {
  const node = {
    urn: ownUrn,
    mappedCustomers: [],
    premisesConnection: { pageInfo: { hasNextPage: false }, edges: [{ node: { uuid: 'home' } }] },
    serviceAgreements: agreements.map(({ from, until, points: held }, index) => ({
      uuid: `a${index}`,
      startDateTime: from === null ? null : iso(dayAt(from)),
      endDateTime: until === null ? null : iso(dayAt(until)),
      servicePoints: held.map(uuid => ({ uuid, premise: { uuid: 'home' } })),
    })),
    active: agreements.flatMap(({ isActive }, index) => (isActive ? [{ uuid: `a${index}` }] : [])),
  }
  return { data: { _gwIds: { edges: [{ node }] } } }
}

/** A point answers its whole history, whatever was asked for. */
function wholeHistory({ agreements }: History): unknown {
  const reads = Array.from({ length: days }, (_none, index) => {
    const timeInterval = `${iso(dayAt(index))}/${iso(dayAt(index + 1))}`
    return { _gwTime: timeInterval, timeInterval }
  })
  const servicePoints = (held: readonly string[]) => held.map(uuid => ({ _gwId: uuid, uuid, readStreams: { netUsage: [{ reads }] } }))
  const serviceAgreements = agreements.map(({ points: held }, index) => ({ _gwId: `a${index}`, servicePoints: servicePoints(held) }))
  return { data: { billingAccountByAuthContext: { edges: [{ node: { _gwId: ownUrn, serviceAgreements } }] } } }
}

function grantOf({ dataFrom, dataUntil }: History): Grant {
  const bounds = { dataFrom, dataUntil }
  const given = Object.entries(bounds).flatMap(([name, value]) => (value === null ? [] : [[name, dayAt(value)]]))
  return { urn: ownUrn, role: 'holder', ...Object.fromEntries(given) }
}

interface Answer {
  readonly billingAccountByAuthContext: {
    readonly serviceAgreements: readonly {
      readonly servicePoints: readonly {
        readonly uuid: string
        readonly readStreams: { readonly netUsage: readonly { readonly reads: readonly { readonly timeInterval: string }[] }[] } | null
      }[]
    }[]
  }
}

const query = `query ($t: TimeInterval) { billingAccountByAuthContext { serviceAgreements { servicePoints { uuid
  readStreams(timeInterval: $t, readResolution: DAY) { netUsage { reads { timeInterval } } } } } } }`
const intervalOf = ({ asked: [from, until] }: History): string => `${iso(dayAt(from))}/${iso(dayAt(until))}`

describe('whatever agreements an account has had at its points', () => {
  it('of each point exactly the days of its own are told, though the source answers them all', async () => {
    await fc.assert(
      fc.asyncProperty(history, async one => {
        const answers = [idsAnswer(one), wholeHistory(one)]
        const { data, calls } = await runPlan({ query, variables: { t: intervalOf(one) }, grants: [grantOf(one)], ids: null, answers })
        const isSent = Object.values(calls[1]?.variables ?? {}).some(value => readInterval(value) !== undefined)
        const told = (data as unknown as Answer).billingAccountByAuthContext.serviceAgreements
        told.forEach(({ servicePoints }, index) => {
          const held = one.agreements[index]?.points ?? []
          expect(servicePoints.map(({ uuid }) => uuid)).toEqual(held)
          for (const { uuid, readStreams } of servicePoints) {
            const intervals = readStreams?.netUsage.flatMap(({ reads }) => reads.map(({ timeInterval }) => timeInterval)) ?? []
            const own = isSent ? ownDays(one, uuid) : []
            expect(intervals).toEqual(own.map(at => `${iso(dayAt(at))}/${iso(dayAt(at + 1))}`))
          }
        })
      }),
      { numRuns: 150 },
    )
  })

  it.each([
    ['a point that is chosen', true],
    ['all points', false],
  ])(
    'nothing is asked for in a gap, else no more than from the first to the last day of %s, and nothing of it is left out',
    async (_what, isChosen) => {
      const through = isChosen ? 'servicePointsConnection(matching: "p1") { edges { node' : 'servicePointsConnection { edges { node'
      const document = `query ($t: TimeInterval) { billingAccountByAuthContext { serviceAgreements { ${through} { readStreams(timeInterval: $t) { timeInterval } }${' }'.repeat(5)}`
      await fc.assert(
        fc.asyncProperty(history, async one => {
          const answers = [idsAnswer(one), { data: { billingAccountByAuthContext: { edges: [] } } }]
          const run = { query: document, variables: { t: intervalOf(one) }, grants: [grantOf(one)], ids: null, answers }
          const { calls } = await runPlan(run)
          const held = new Set(one.agreements.flatMap(({ points: each }) => each))
          const meant = (isChosen ? ['p1'] : points).filter(point => held.has(point))
          const [from, until] = one.asked
          const own = meant.flatMap(point => ownDays(one, point)).filter(at => at >= from && at < until)
          const sent = Object.values(calls[1]?.variables ?? {}).flatMap(value => readInterval(value) ?? [])
          expect(sent).toEqual(own.length === 0 ? [] : [expect.anything()])
          for (const { from: first, until: last } of sent) {
            expect(first).toBeLessThanOrEqual(dayAt(Math.min(...own)))
            expect(last).toBeGreaterThanOrEqual(dayAt(Math.max(...own) + 1))
            const all = meant.flatMap(point => ownDays(one, point))
            expect([first >= dayAt(Math.min(...all)), last <= dayAt(Math.max(...all) + 1)]).toEqual([true, true])
          }
        }),
        { numRuns: 150 },
      )
    },
  )

  it('an export holds no hour in which one of its points was not the account’s', async () => {
    await fc.assert(
      fc.asyncProperty(history, async one => {
        const scope = createScope(session, { grants: [grantOf(one)], version: '1' }, now)
        const ids = createAccountIdCache({ accounts: 10 }).through(async () => idsAnswer(one), scope.grants)
        const started = await scopeExport({ timeInterval: intervalOf(one) }, { scope, ids, now: dayAt(days) }).catch(() => undefined)
        const period: Period | undefined = readInterval(started?.input['timeInterval'])
        if (period === undefined) return
        const held = new Set(one.agreements.flatMap(({ points: each }) => each))
        const hours = Array.from({ length: Math.ceil((period.until - period.from) / hour) }, (_none, index) => period.from + index * hour)
        const strange = [...held].flatMap(point => hours.filter(at => !isOwn(one, point, (at - begin) / hour)).map(at => [point, iso(at)]))
        expect(strange).toEqual([])
      }),
      { numRuns: 150 },
    )
  })
})
