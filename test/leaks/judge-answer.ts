import type { DocumentNode, GraphQLSchema } from 'graphql'
import { parse } from 'graphql'
import type { Entitlement, Stretch } from './policy.js'
import { strangersIn } from './scan.js'
import type { Told } from './walk.js'
import { toldIn } from './walk.js'

export interface Answered {
  readonly query: string
  readonly operationName: string | undefined
  /** The request as it was sent. */
  readonly sent: string
  readonly status: number
  /** All of it: headers and body. */
  readonly headers: string
  readonly text: string
}

/** What may lie in the time that an account held its places, and what in the time that the grant opens. */
const byHolding: ReadonlySet<string> = new Set([
  'ServiceQuantityRead.timeInterval',
  'ReadStreams.timeInterval',
  'Register.availableReadsTimeInterval',
  'Outage.timeInterval',
])
const byGrant: ReadonlySet<string> = new Set([
  'Bill.timeInterval',
  'BillForecast.timeInterval',
  'BillingStatement.timeInterval',
  'NeighborComparison.timeInterval',
  'ServiceAgreement.availableBillSegmentsInterval',
])
const yearBefore = /^BillForecast(?:Segment)?\.priorYear/

/**
 * What is wrong with an answer, by the reference alone: tokens of others in any byte of it, and the customer's own
 * places in a time that was not the customer's.
 */
export function faultsOfAnswer(answered: Answered, told: readonly Told[], who: Entitlement, now: number): readonly string[] {
  const allowed = allowedIn(answered, readBody(answered.text), who)
  const foreign = strangersIn(`${answered.headers}\n${answered.text}`, allowed).map(each => `told of ${each}`)
  return [...foreign, ...told.flatMap(each => faultOf(each, who, now))]
}

/** Every value that the answer has, by the coordinate that was asked for. */
export function readTold({ query, operationName, text }: Answered, schema: GraphQLSchema): readonly Told[] {
  const data = readBody(text)?.data
  const document = data == null ? undefined : readDocument(query)
  return document === undefined ? [] : toldIn(schema, document, operationName, data)
}

/** The body as JSON; undefined for anything else. */
export function readBody(text: string): { readonly data?: unknown; readonly errors?: readonly unknown[] } | undefined {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null ? body : undefined
  } catch {
    return undefined
  }
}

/** A malformed request may be told back to whoever sent it; nothing that was executed may. */
function allowedIn({ sent }: Answered, body: { readonly data?: unknown } | undefined, who: Entitlement): ReadonlySet<string> {
  if (body !== undefined && 'data' in body) return who.tokens
  return new Set([...who.tokens, ...sent.toLowerCase().split(/[^a-z0-9-]+|(?<![0-9a-f])-|-(?![0-9a-f])/)])
}

function faultOf({ coordinate, value }: Told, who: Entitlement, now: number): readonly string[] {
  if (value === null) return []
  if (yearBefore.test(coordinate) && !who.held.some(({ from }) => from <= aYearBefore(now)))
    return [`${coordinate} is of somebody else's year`]
  const stretches = byHolding.has(coordinate) ? who.held : byGrant.has(coordinate) ? [who.granted] : undefined
  if (stretches === undefined || typeof value !== 'string') return []
  const whole = /^(?:ReadStreams|Register)\./.test(coordinate) ? [hullOf(stretches)] : stretches
  return isWithin(value, whole) ? [] : [`${coordinate} ${value} lies outside of the own time`]
}

/** The last month may belong to the bill of the month before. */
function aYearBefore(now: number): number {
  return now - 364 * 86_400_000
}

export function hullOf(stretches: readonly Stretch[]): Stretch {
  return { from: Math.min(...stretches.map(({ from }) => from)), until: Math.max(...stretches.map(({ until }) => until)) }
}

/** Whether an interval, `start/end`, lies inside one of the stretches. What cannot be read lies nowhere. */
export function isWithin(text: string, stretches: readonly Stretch[]): boolean {
  const [from = NaN, until = NaN] = text.split('/').map(half => Date.parse(half))
  return stretches.some(stretch => from >= stretch.from && until <= stretch.until)
}

function readDocument(query: string): DocumentNode | undefined {
  try {
    return parse(query, { noLocation: true })
  } catch {
    return undefined
  }
}
