import { GatewayError } from '../errors.js'
import { isTokenRefused, UpstreamFailure } from '../opower/upstream-errors.js'
import { property } from '../plan/shape-value.js'
import type { BoundJob } from './export-legs.js'
import { jobField } from './shape-job.js'
import type { StartedJob, StartRegister, StartRequest, StartTurn } from './start-register.js'

/** The upstream's answer to one document. */
export interface JobAnswer {
  readonly data: unknown
  readonly errors: readonly unknown[]
}

/**
 * Asks the upstream to start each export once, whoever asks how often: an export that was started before is left out of
 * the question, and what the upstream told of it then stands in the answer.
 *
 * @param ask sends the operation without the given jobs
 * @throws GatewayError of `ask`, and of `StartRegister.begin`
 */
export async function startOnce(
  jobs: readonly BoundJob[],
  register: StartRegister,
  ask: (without: ReadonlySet<BoundJob>) => Promise<JobAnswer>,
): Promise<JobAnswer> {
  if (jobs.every(({ start }) => start === undefined)) return ask(new Set())
  const { known, turns, twins } = await beginAll(jobs, register)
  const answer = await askInTurn(turns, () => ask(new Set([...known.keys(), ...twins.keys()])))
  const told = [...known].map(([{ leg }, job]) => [leg.alias, job])
  const alike = [...twins].map(([{ leg }, first]) => [leg.alias, property(answer.data, first.leg.alias)])
  return { ...answer, data: { ...Object(answer.data), ...Object.fromEntries([...told, ...alike]) } }
}

interface Begun {
  /** Started before. */
  readonly known: Map<BoundJob, StartedJob>
  readonly turns: Map<BoundJob, StartTurn>
  /** The same export twice in one operation: it is started for the first one. */
  readonly twins: Map<BoundJob, BoundJob>
}

async function beginAll(jobs: readonly BoundJob[], register: StartRegister): Promise<Begun> {
  const begun: Begun = { known: new Map(), turns: new Map(), twins: new Map() }
  try {
    for (const job of jobs) if (job.start !== undefined) await begin(job, job.start, register, begun)
    return begun
  } catch (error) {
    await Promise.all([...begun.turns.values()].map(turn => turn.notStarted()))
    throw error
  }
}

async function begin(job: BoundJob, start: StartRequest, register: StartRegister, { known, turns, twins }: Begun): Promise<void> {
  const first = [...turns.keys()].find(other => other.start?.request === start.request)
  if (first !== undefined) return void twins.set(job, first)
  const begun = await register.begin(start)
  if ('job' in begun) known.set(job, begun.job)
  else turns.set(job, begun.turn)
}

async function askInTurn(turns: ReadonlyMap<BoundJob, StartTurn>, ask: () => Promise<JobAnswer>): Promise<JobAnswer> {
  try {
    const answer = await ask()
    await Promise.all([...turns].map(([{ leg }, turn]) => settle(turn, property(answer.data, leg.alias), answer.errors.length > 0)))
    return answer
  } catch (error) {
    const isUntouched = wasSurelyNotSent(error)
    await Promise.all([...turns.values()].map(turn => (isUntouched ? turn.notStarted() : turn.unknown())))
    throw error
  }
}

/** A null with an error was refused; a null without one is no answer at all. */
async function settle(turn: StartTurn, raw: unknown, isRefused: boolean): Promise<void> {
  if (typeof raw === 'object' && raw !== null && jobField(raw, 'uuid') !== undefined) return turn.started({ ...raw })
  return raw == null && isRefused ? turn.notStarted() : turn.unknown()
}

/** Nothing was sent, or the upstream said no before it did anything. Whatever broke off later may have started something. */
function wasSurelyNotSent(error: unknown): boolean {
  if (!(error instanceof GatewayError)) return false
  if (error.code === 'UPSTREAM_REFUSED' || error.code === 'UPSTREAM_BUDGET_EXHAUSTED' || isTokenRefused(error)) return true
  const { reason } = error
  if (reason instanceof UpstreamFailure) return /: (?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/.test(reason.message)
  // Without a token no call is made.
  return reason instanceof Error && reason.name === 'TokenFailure'
}
