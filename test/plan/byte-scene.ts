import type { Grant } from '../../src/accounts/grant.js'
import { opowerAccess } from '../../src/opower/access.js'
import { bindOperation } from '../../src/plan/bind.js'
import { shapeBytes } from '../../src/plan/bytes/answer-bytes.js'
import { bytePlanOf } from '../../src/plan/bytes/byte-plan.js'
import { SeriesBytes } from '../../src/plan/bytes/series-bytes.js'
import type { ProvenSeries } from '../../src/plan/bytes/series-bytes.js'
import { Findings } from '../../src/plan/findings.js'
import { shapeAnswer } from '../../src/plan/shape-answer.js'
import { servedSchema } from './customer-graph.js'
import { randomDocument } from './random-document.js'
import { ownIds, ownUrn, prepare } from './run-plan.js'
import { upstreamData } from './upstream-answer.js'

const otherUrn = ownUrn.replace(/1$/, '7')
const roles: readonly (readonly Grant[])[] = [
  [{ urn: ownUrn, role: 'holder' }],
  [
    { urn: ownUrn, role: 'holder' },
    { urn: otherUrn, role: 'third_party', dataFrom: Date.parse('2026-01-01T00:00:00Z'), dataUntil: Date.parse('2026-10-01T00:00:00Z') },
  ],
]
const period = { from: Date.parse('2025-06-01T00:00:00Z'), until: Date.parse('2026-09-01T00:00:00Z') }
const limitedIds = { ...ownIds, points: new Map([['point', [period]]]), premises: new Map([['premise', [period]]]) }
const ids = new Map([
  [ownUrn, ownIds],
  [otherUrn, { ...limitedIds, urn: otherUrn }],
])
const intervals = [
  '2026-08-01T00:00:00Z/2026-08-02T00:00:00Z',
  '2026-08-28T23:00:00-05:00/2026-08-29T23:00:00-05:00',
  '2026-08-31T12:00:00+02:00/2026-09-02T00:00:00+02:00',
  '2024-02-29T00:00:00Z/2024-03-01T00:00:00Z',
  '2026-03-01/2026-04-01',
  '2026-03-01T00:00:00.500Z/2026-04-01T00:00:00Z',
  'no interval',
]

/** A sequence that depends on the seed alone. */
export function chanceOf(seed: number) {
  let state = seed >>> 0
  return {
    below(limit: number): number {
      state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0
      return Math.floor((state / 2 ** 32) * limit)
    },
  }
}

/** Sealing that depends on nothing but what is sealed, so that two answers can be compared. */
const seal = { seal: (place: object, cursor: string) => JSON.stringify([place, cursor]), open: () => undefined }

export interface Made {
  readonly answer: unknown
  readonly errors: number
  readonly withheld: unknown
  /** Where it was read as bytes. */
  readonly series?: readonly ProvenSeries[]
  readonly around?: Record<string, unknown>
}

export interface Scene {
  readonly text: string
  byParsing(text: string): Made
  byBytes(text: string | Buffer, listens?: boolean): Made | undefined
}

/** One operation, what its source answers by chance, and the customer's answer made of it in both ways. */
export async function sceneOf(seed: number, query?: { query: string; variables?: Record<string, unknown> }): Promise<Scene | undefined> {
  const roots = ['billingAccountByAuthContext', 'billingAccountsConnection', 'viewer', '__typename']
  const document = query ?? randomDocument(seed, { schema: servedSchema, roots })
  if (document === undefined) return undefined
  const chance = chanceOf(seed)
  const grants = roles[chance.below(roles.length)] ?? []
  const { planned, request } = prepare({ ...document, grants, alsoKnown: [...ids.values()] })
  const { plan } = planned
  const bytePlan = bytePlanOf(plan, opowerAccess)
  if (bytePlan === undefined) return undefined
  const bound = await bindOperation(plan, request)
  const data = upstreamData({
    document: plan.document,
    variables: bound.variables,
    chance,
    ids: {
      ServiceAgreement: ['agreement'],
      ServicePoint: ['point'],
      Premise: ['premise'],
      MappedCustomer: ['customer'],
      MappedSiteCustomer: ['customer'],
    },
    intervals,
  })
  const input = { ...request, ...planned, bound, ids, seal, left: bound.left }
  return {
    text: JSON.stringify({ data }),
    byParsing(text) {
      const findings = new Findings()
      const parsed = JSON.parse(text) as { data: unknown }
      const answer = shapeAnswer({ ...input, ...findings.listeners, data: parsed.data })
      return { answer: JSON.parse(JSON.stringify({ data: answer })), errors: findings.errors.length, withheld: findings.toldWith(findings) }
    },
    byBytes(text, listens = false) {
      const findings = new Findings()
      const series = listens ? new SeriesBytes() : undefined
      const bytes = shapeBytes({ ...input, ...findings.listeners, bytePlan, bytes: Buffer.from(text), series })
      if (bytes === undefined) return undefined
      // Minus zero and zero are one value.
      return {
        answer: JSON.parse(JSON.stringify(JSON.parse(bytes.toString()))),
        errors: findings.errors.length,
        withheld: findings.toldWith(findings),
        ...(series === undefined ? {} : { series: series.series(bytes), around: series.around(bytes) }),
      }
    },
  }
}
