import { readAccountIds } from '../../opower/account-ids.js'
import type { OpowerAnswer } from '../ask-opower.js'
import { askForBytes } from '../ask-opower.js'
import type { BoundLeg } from '../bind.js'
import type { ExecutionInput } from '../execute.js'
import { Findings } from '../findings.js'
import type { BytesInput } from './answer-bytes.js'
import { idsText, shapeBytes } from './answer-bytes.js'
import type { BytePlan } from './byte-plan.js'
import { bytePlanOf } from './byte-plan.js'
import { attempt, giveUp } from './scanner.js'
import { SeriesBytes } from './series-bytes.js'

/** What an answer's bytes proved: the customer's answer, and what was not told in it. */
export interface ProvenBytes {
  readonly body: Buffer
  readonly findings: Findings
  /** Where its series are, where they were asked for. */
  readonly series: SeriesBytes | undefined
}

/** How an operation ended that was asked so that its answer's bytes could be used. */
export type AskedForBytes =
  | { readonly proven: ProvenBytes }
  /** Gives the answer as a value, or throws what the call threw. */
  | { readonly proven: undefined; readonly answer: () => OpowerAnswer }

/**
 * Asks for an operation whose answer may be used as it comes.
 *
 * @returns undefined, with nothing asked, for one that cannot: something is left out of it or listened to, or its
 * plan needs more than the one document
 */
export async function askBytes(input: ExecutionInput, sent: readonly BoundLeg[]): Promise<AskedForBytes | undefined> {
  const { plan, bound, ids, access, shapedPart, provenSeries } = input
  if (sent.length === 0 || bound.left.size > 0 || bound.jobs.length > 0 || (shapedPart !== undefined && provenSeries === undefined))
    return undefined
  const bytePlan = bytePlanOf(plan, access)
  if (bytePlan === undefined) return undefined
  const asksIds = plan.judgesIds && bound.urns.some(urn => ids.known(urn) === undefined)
  const look = asksIds ? { isLearned: false } : undefined
  const prove = (bytes: Buffer): ProvenBytes | undefined => {
    if (look !== undefined) {
      look.isLearned = learnFrom(bytes, bytePlan, sent, input)
      if (!look.isLearned) return undefined
    }
    const findings = new Findings()
    const series = provenSeries === undefined ? undefined : new SeriesBytes()
    const body = shapeBytes(bytesInput(input, findings, { bytePlan, bytes, series, asksIds }))
    return body === undefined ? undefined : { body, findings, series }
  }
  try {
    const asked = await askForBytes(input, sent, look, prove)
    return 'body' in asked ? { proven: asked } : { proven: undefined, answer: () => asked }
  } catch (error) {
    const answer = (): never => {
      throw error
    }
    return { proven: undefined, answer }
  }
}

/** Member by member: an input has too many of them to be copied for every answer. */
function bytesInput(
  { plan, bound, access, variables, scopeKey, login, seal, others, ids, now, minGroup }: ExecutionInput,
  findings: Findings,
  { bytePlan, bytes, series, asksIds }: Pick<BytesInput, 'bytePlan' | 'bytes' | 'series' | 'asksIds'>,
): BytesInput {
  const { foreign, failed, withheld, linked } = findings.listeners
  const known = { get: (urn: string) => ids.known(urn) }
  return {
    plan,
    bound,
    access,
    variables,
    scopeKey,
    login,
    seal,
    others,
    now,
    minGroup,
    left: bound.left,
    ids: known,
    foreign,
    failed,
    withheld,
    linked,
    bytePlan,
    bytes,
    series,
    asksIds,
  }
}

/** Learns the ids that stand beside the answer, where all of them are told; whatever else is told is for the general path. */
function learnFrom(bytes: Buffer, plan: BytePlan, sent: readonly BoundLeg[], { bound, ids }: ExecutionInput): boolean {
  const text = attempt(() =>
    idsText(
      bytes,
      sent.map(({ leg }) => plan.legs.get(leg)?.token ?? giveUp()),
    ),
  )
  const learned = text === undefined ? undefined : readAccountIds(JSON.parse(text), bound.urns)
  if (learned === undefined || bound.urns.some(urn => learned.get(urn)?.isCut !== undefined || !learned.has(urn))) return false
  ids.learn(learned)
  return true
}
