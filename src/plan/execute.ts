import type { AccountIdSource } from '../accounts/account-ids.js'
import type { Scope } from '../accounts/scope.js'
import type { JobRegister } from '../exports/job-register.js'
import type { GatewayError } from '../errors.js'
import type { Prove } from '../opower/held-response.js'
import { executeInWindows } from '../windows/execute-in-windows.js'
import type { SourceAccess } from './access-rules.js'
import type { SourceCall } from './ask-sources.js'
import type { Variables } from './argument-values.js'
import type { BoundLeg, BoundOperation } from './bind.js'
import type { ProvenBytes } from './bytes/ask-bytes.js'
import { askBytes } from './bytes/ask-bytes.js'
import { dataIn } from './bytes/proven-answer.js'
import type { ProvenSeries } from './bytes/series-bytes.js'
import type { CursorSeal } from './cursors.js'
import { executeByValue } from './execute-by-value.js'
import type { Row } from './fill-links.js'
import type { GuardFault, Withheld } from './findings.js'
import type { KeptRows } from './kept-rows.js'
import type { OperationPlan } from './plan.js'
import { isJobLeg } from './plan.js'
import type { Shaping } from './shape-value.js'

/**
 * One GraphQL request to the source. Its answer's body comes back as parsed, or, where the request could prove it, as a `HeldResponse`;
 * whatever else happens is a `GatewayError`.
 */
export type UpstreamCall = (request: UpstreamRequest) => Promise<unknown>

export interface UpstreamRequest {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
  readonly operationName: string | undefined
  /** A query that may go with others of its scope, and which of them it should not hold up; undefined for what goes alone. */
  readonly lane?: 'quick' | 'slow' | undefined
  /** Must not stand in one document with its like. */
  readonly isHazardous?: boolean | undefined
  /** Whoever asks will ask again with what this tells. */
  readonly leadsOn?: boolean | undefined
  /** Aborted when nobody waits for the answer any longer. */
  readonly signal?: AbortSignal | undefined
  /** Proves the answer by its bytes, where they can be used as they are. */
  readonly prove?: Prove | undefined
}

export interface ExecutionInput {
  readonly plan: OperationPlan
  readonly bound: BoundOperation
  readonly access: SourceAccess
  readonly variables: Variables
  readonly scopeKey: string
  readonly login: string
  readonly seal: CursorSeal
  readonly ids: AccountIdSource
  readonly jobs: JobRegister
  readonly call: UpstreamCall
  readonly callSource: SourceCall
  /** What joins got before, of this very scope; for joins that may use it when their source fails. */
  readonly keptRows?: KeptRows<Row> | undefined
  readonly scope: Pick<Scope, 'grants' | 'customerIds'>
  /** Values of roots that are not accounts, by response key. */
  readonly others: Readonly<Record<string, unknown>>
  /** Milliseconds since the epoch. @default the machine's */
  readonly now?: number
  /** How many people must stand behind a figure about a group. @default 10 */
  readonly minGroup?: number | undefined
  /** Hears of every part of a series that is shaped. */
  readonly shapedPart?: Shaping['shapedPart'] | undefined
  /** Hears of the series of an answer that was proven by its bytes: in place of `shapedPart`, which then hears nothing. */
  readonly provenSeries?: ((series: readonly ProvenSeries[], around: () => Record<string, unknown>) => void) | undefined
}

export type { GuardFault, Withheld }

export interface Executed {
  readonly data: Record<string, unknown>
  readonly errors: readonly GatewayError[]
  readonly faults: readonly GuardFault[]
  readonly withheld: Withheld
  /** The age of the oldest rows that stand in for a source that failed, milliseconds. */
  readonly staleMs?: number | undefined
  /** Where the bytes of the upstream's answer proved themselves: the answer as JSON, `{"data":...}`. */
  readonly body?: Buffer
}

/**
 * Sends what wall one let through, and lets out what wall two can prove: first Opower, then what joins it.
 *
 * @throws GatewayError with the HTTP status of its code when no part of the operation could be answered.
 */
export function executePlan(input: ExecutionInput): Promise<Executed> {
  return executeInWindows(input, executeAtOnce)
}

async function executeAtOnce(input: ExecutionInput): Promise<Executed> {
  const sent = sentLegs(input)
  const asked = await askBytes(input, sent)
  if (asked?.proven === undefined) return executeByValue(input, sent, asked?.answer)
  const { body, series } = asked.proven
  if (series !== undefined) input.provenSeries?.(series.series(body), () => series.around(body))
  return new ProvenExecution(asked.proven)
}

/** A class, since an object with a getter costs fifty times as much to make. */
class ProvenExecution implements Executed {
  readonly body: Buffer
  readonly errors = []
  readonly faults = []
  readonly withheld: Withheld

  constructor({ body, findings }: ProvenBytes) {
    this.body = body
    this.withheld = findings.toldWith(findings)
  }

  get data(): Record<string, unknown> {
    return dataIn(this.body)
  }
}

function sentLegs({ bound }: ExecutionInput): readonly BoundLeg[] {
  return bound.legs.filter(({ leg, page }) => isJobLeg(leg) || (leg.nodes.length > 0 && page.grants.length > 0))
}
