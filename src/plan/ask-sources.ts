import type { Grant } from '../accounts/grant.js'
import type { GatewayErrorCode } from '../errors.js'
import { chosen } from './ask-opower.js'
import type { Row } from './fill-links.js'
import type { KeptRows } from './kept-rows.js'
import type { OperationPlan, PlannedField } from './plan.js'
import { reserved } from './plan.js'
import type { Candidate, Path, Where } from './proof.js'
import type { Shaping } from './shape-value.js'
import { shapeField } from './shape-value.js'
import { takeAlias } from './source-document.js'

/** Runs a document against the utility's own sources, by way of Mesh; a failed source is an error in the answer. */
export type SourceCall = (document: string, variables: Readonly<Record<string, unknown>>) => Promise<SourceAnswer>

export interface SourceAnswer {
  readonly data: unknown
  readonly errors: readonly { readonly code: GatewayErrorCode; readonly message: string; readonly path: Path | undefined }[]
  /** The source's own words, for whoever looks for fields that it refused; nobody is shown them. */
  readonly messages?: readonly string[]
  /** Coordinates of fields that the source left out although it had promised them. */
  readonly missing?: readonly string[]
}

export interface SourcesInput {
  readonly plan: OperationPlan
  readonly variables: Readonly<Record<string, unknown>>
  /** The accounts of the scope, with what is known of their ids by now. */
  readonly candidates: readonly Candidate[]
  readonly persons: ReadonlySet<string>
  readonly callSource: SourceCall
  /** For joins that lead back to Opower: by the request's own way there, which shares calls and spends the quota. */
  readonly callOpower: (isHazardous: boolean) => SourceCall
  /** What joins got before, of this very scope. */
  readonly keptRows?: KeptRows<Row> | undefined
}

/** Asks every root that a source answers as it is, all at the same time, and shapes what comes back. */
export async function askSourceLegs(input: SourcesInput, shaping: Shaping): Promise<Record<string, unknown>> {
  const answers = input.plan.sourceLegs.map(async leg => {
    const { field } = leg
    const { key } = field.selected
    if (field.includeVariable !== undefined && shaping.left.has(field.includeVariable))
      return [key, shapeField(field, {}, nobody(input), shaping)] as const
    const answer = await input.callSource(leg.document, chosen(input.variables, leg.declared))
    for (const error of answer.errors) shaping.failed(error.code, [key, ...placeInside(field, error, 1)], error.message)
    return [key, shapeField(field, answer.data ?? {}, nobody(input), shaping)] as const
  })
  return Object.fromEntries(await Promise.all(answers))
}

/** Until a witness says otherwise a row is nobody's; it may turn out to be of any account of the scope. */
export function nobody({ candidates, persons }: Pick<SourcesInput, 'candidates' | 'persons'>): Where {
  const grant: Grant = { urn: '', role: 'third_party' }
  return {
    path: [],
    grant,
    ids: undefined,
    occupancy: undefined,
    interval: undefined,
    place: undefined,
    parent: '',
    connection: '',
    candidates,
    persons,
  }
}

export type SourceError = SourceAnswer['errors'][number]

/**
 * Where inside the value of a field its source failed, by the names that the customer asked by. A list out of which time takes elements
 * counts them otherwise than its source did: there the error is about the whole.
 */
export function placeInside({ time }: PlannedField, { path = [] }: SourceError, depth: number): Path {
  if (time !== undefined) return []
  const inside = path.slice(depth).filter(step => step !== takeAlias)
  const own = inside.findIndex(step => String(step).startsWith(reserved))
  return own < 0 ? inside : inside.slice(0, own)
}
