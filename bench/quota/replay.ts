import { turnTo } from './clock.js'
import type { City } from './city.js'
import type { Outcome, SetUp } from './setups.js'
import type { PageView } from './workload.js'

export interface Replayed {
  readonly views: number
  readonly callsPerThousandViews: number
  /** Of the views. */
  readonly shares: Shares
}

export type Shares = Readonly<Record<Outcome, number>>

/** A stretch of time in which something else is so, and what becomes of it. */
export interface Disturbance {
  readonly what: string
  readonly from: number
  readonly until: number
  begin(): Promise<void>
  end(): Promise<void>
}

export interface Disturbed {
  readonly what: string
  readonly views: number
  readonly calls: number
  /** Of what the views asked for, widget by widget. */
  readonly shares: Shares
}

/** The views one after the other, with the clock turned forward to each: what lies between them takes no time. */
export async function replay(city: City, setUp: SetUp, views: readonly PageView[]): Promise<Replayed> {
  const before = (await city.calls()).count
  const outcomes: Outcome[] = []
  for (const view of views) outcomes.push(worstOf(await show(setUp, view)))
  const calls = (await city.calls()).count - before
  return { views: views.length, callsPerThousandViews: (1_000 * calls) / views.length, shares: sharesOf(outcomes) }
}

/** What became of each widget of one view. */
async function show(setUp: SetUp, { at, person, visit, questions }: PageView): Promise<readonly Outcome[]> {
  turnTo(at)
  const outcomes = await Promise.all(questions.map(({ question }) => setUp.ask(person.login, visit, question)))
  // What is fetched behind an old answer has its turn before the clock goes on.
  if (outcomes.includes('stale')) await new Promise(resolve => setTimeout(resolve, 60))
  return outcomes
}

/** A view is refused where one of its widgets is, and stale where one of them is. */
export function worstOf(outcomes: readonly Outcome[]): Outcome {
  if (outcomes.includes('refused')) return 'refused'
  return outcomes.includes('stale') ? 'stale' : 'fresh'
}

/** The same with disturbances, each told by itself, and the half hour after each. */
export async function replayDisturbed(
  city: City,
  setUp: SetUp,
  views: readonly PageView[],
  disturbances: readonly Disturbance[],
): Promise<readonly Disturbed[]> {
  const seen = new Map<string, { views: number; outcomes: readonly Outcome[]; calls: number }>()
  let current: Disturbance | undefined
  for (const view of views) {
    const next = disturbances.find(({ from, until }) => view.at >= from && view.at < until)
    if (next !== current) await change(current, next)
    current = next
    const before = (await city.calls()).count
    const shown = await show(setUp, view)
    const calls = (await city.calls()).count - before
    const label = labelOf(view.at, disturbances)
    const entry = seen.get(label) ?? { views: 0, outcomes: [], calls: 0 }
    seen.set(label, { views: entry.views + 1, outcomes: [...entry.outcomes, ...shown], calls: entry.calls + calls })
  }
  await change(current, undefined)
  return [...seen].map(([what, { outcomes, ...counts }]) => ({ what, ...counts, shares: sharesOf(outcomes) }))
}

async function change(from: Disturbance | undefined, to: Disturbance | undefined): Promise<void> {
  await from?.end()
  await to?.begin()
}

function labelOf(at: number, disturbances: readonly Disturbance[]): string {
  for (const { what, from, until } of disturbances) {
    if (at >= from && at < until) return what
    if (at >= until && at < until + 1_800_000) return `the half hour after: ${what}`
  }
  return 'nothing of this'
}

export function sharesOf(outcomes: readonly Outcome[]): Shares {
  const share = (which: Outcome): number => outcomes.filter(each => each === which).length / Math.max(1, outcomes.length)
  return { fresh: share('fresh'), stale: share('stale'), refused: share('refused') }
}
