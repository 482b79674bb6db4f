import { servedCacheRules } from '../../src/sources/served-cache-rules.js'
import type { PageView } from './workload.js'

const day = 86_400_000

/** Which rule keeps what a widget shows, besides its reads. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  picker: ['Query.billingAccountsConnection'],
  bills: ['BillingAccount.bills'],
  forecast: ['BillingAccount.billForecast'],
  neighbors: ['PremiseEdge.neighborComparisons'],
  weather: ['Premise.weather'],
  week: ['BillingAccount.serviceAgreements'],
  chart: ['BillingAccount.serviceAgreements'],
}

/** What the source takes long for (`slow` in `src/opower/access.ts`), which must not hold up the rest. */
const slow: ReadonlySet<string> = new Set(['bills', 'week', 'chart', 'forecast'])

export interface Floor {
  /** One call for each view of which something is not known yet, or is older than its rule allows. */
  readonly perThousand: number
  /** The same with what is slow in a call of its own, so that the account picker does not wait for it. */
  readonly perThousandInTwo: number
}

/** The calls that nobody could do without, as if a call could always fetch all that is missing, and a perfect memory forgot nothing. */
export function floorOf(views: readonly PageView[]): Floor {
  const fetched = new Map<string, number>()
  const missing = views.map(view => new Set(needsOf(view).flatMap(need => (isMissing(fetched, view, need) ? [need.isSlow] : []))))
  const perThousand = (calls: number): number => (1_000 * calls) / views.length
  return {
    perThousand: perThousand(missing.filter(each => each.size > 0).length),
    perThousandInTwo: perThousand(missing.reduce((sum, each) => sum + each.size, 0)),
  }
}

interface Need {
  readonly key: string
  readonly freshMs: number
  readonly isSlow: boolean
}

function isMissing(fetched: Map<string, number>, { at }: PageView, { key, freshMs }: Need): boolean {
  const before = fetched.get(key)
  if (before !== undefined && at - before < freshMs) return false
  fetched.set(key, at)
  return true
}

function needsOf({ person, questions, at }: PageView): readonly Need[] {
  return questions.flatMap(({ widget, question }) => {
    const isSlow = slow.has(widget)
    const own = (kinds[widget] ?? []).map(kind => ({
      isSlow,
      key: `${person.login} ${kind}`,
      freshMs: 1_000 * (servedCacheRules[kind]?.seconds ?? 0),
    }))
    const during = question.variables['during']
    return typeof during === 'string' ? [...own, ...daysOf(during, at).map(each => ({ ...each, key: `${person.login} ${each.key}` }))] : own
  })
}

function daysOf(during: string, at: number): readonly Need[] {
  const [from = 0, until = 0] = during.split('/').map(text => Date.parse(text))
  const rule = servedCacheRules['ServicePoint.readStreams']
  const settled = rule !== undefined && 'settles' in rule ? rule.settledSeconds : 0
  return Array.from({ length: Math.round((until - from) / day) }, (_each, index) => {
    const end = from + (index + 1) * day
    return { key: `reads ${end}`, isSlow: true, freshMs: 1_000 * (end <= at - 3 * day ? settled : (rule?.seconds ?? 0)) }
  })
}
