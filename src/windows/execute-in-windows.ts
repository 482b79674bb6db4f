import { valueNamed } from '../plan/argument-values.js'
import type { Executed, ExecutionInput } from '../plan/execute.js'
import { readInterval } from '../plan/interval.js'
import { leaseOf } from './lease.js'
import { grainOf } from './periods.js'
import type { Asked, Execute } from './windowed-execution.js'
import { WindowedExecution } from './windowed-execution.js'

/**
 * Executes a plan whose series may be told apart from its interval: what is kept of it in windows is not asked for again, what is missing
 * is fetched in the fewest ranges that the source answers, and the pieces are joined in order. Any other plan is executed at once.
 */
export function executeInWindows(input: ExecutionInput, execute: Execute): Promise<Executed> {
  const asked = askedIn(input)
  if (asked === undefined) return execute(input)
  const lease = leaseOf(input.bound)
  const isShort = asked.period.until - asked.period.from <= asked.grain.capMs
  return lease === undefined && isShort ? execute(input) : new WindowedExecution(input, asked, lease, execute).run()
}

/** All series of such a plan are asked in one wording, so the first stands for all. */
function askedIn({ plan: { series }, bound }: ExecutionInput): Asked | undefined {
  const interval = series?.fields[0]?.interval
  if (series === undefined || interval === undefined || bound.left.has(interval.includeVariable)) return undefined
  const { rule, siblings, variable } = interval
  const text = bound.variables[variable]
  const period = readInterval(text)
  const cap = rule.chooses === 'time' ? rule.cap : undefined
  const resolution = cap === undefined ? '' : String(valueNamed(siblings, cap.argument, bound.variables))
  const grain = grainOf(resolution, cap?.hours[resolution])
  return grain === undefined || period === undefined || typeof text !== 'string' ? undefined : { series, text, period, grain }
}
