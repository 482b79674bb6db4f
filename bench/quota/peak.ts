import { setTimeout as pause } from 'node:timers/promises'
import type { City } from './city.js'
import { people } from './people.js'
import type { Shares } from './replay.js'
import { sharesOf, worstOf } from './replay.js'
import type { Outcome, SetUp } from './setups.js'
import type { PageView } from './workload.js'
import { createRandom, visitOf, workload } from './workload.js'

export interface Timed {
  readonly views: number
  /** Of the views, and of what they asked for. */
  readonly shares: Shares
  readonly widgets: Shares
  /** Milliseconds until the last widget of a view has its answer. */
  readonly p50: number
  readonly p95: number
  readonly p99: number
  /** Until the first widget of a page of six has its. */
  readonly firstWidgetP95: number
}

export interface Peak extends Timed {
  readonly calls: number
  readonly peakPerSecond: number
}

/** The views of so many seconds in the busiest hour of the whole utility; `at` counts from the beginning. */
export function viewsOfPeak(seconds: number, seed: number, from: number): readonly PageView[] {
  const { population, activeShareOfADay, secondVisitOnTheSameDay, shareByLocalHour } = workload
  const random = createRandom(seed)
  const share = Math.max(...shareByLocalHour) / shareByLocalHour.reduce((sum, each) => sum + each, 0)
  const visitsPerMs = (population * activeShareOfADay * (1 + secondVisitOnTheSameDay) * share) / 3_600_000
  const views: PageView[] = []
  // Who came some minutes before is still there.
  for (let at = -600_000; at < seconds * 1_000; at -= Math.log(1 - random()) / visitsPerMs) {
    const person = people[Math.floor(random() * people.length)]
    if (person !== undefined) views.push(...visitOf(person, from + at, Math.floor(random() * 1e9), random))
  }
  return views.map(view => ({ ...view, at: view.at - from })).filter(({ at }) => at >= 0 && at < seconds * 1_000)
}

/** The views as they come, in real time. */
export async function runPeak(city: City, setUp: SetUp, views: readonly PageView[]): Promise<Peak> {
  const before = (await city.calls()).count
  const timed = await runTimed(setUp, views)
  const { count, peak } = await city.calls()
  return { ...timed, calls: count - before, peakPerSecond: peak }
}

export async function runTimed(setUp: SetUp, views: readonly PageView[]): Promise<Timed> {
  const shown = await Promise.all(
    views.map(async view => {
      await pause(view.at)
      return showTimed(setUp, view)
    }),
  )
  const whole = shown.map(({ ms }) => ms).sort((one, other) => one - other)
  const first = shown.filter(({ isPage }) => isPage).map(({ firstMs }) => firstMs)
  return {
    views: views.length,
    shares: sharesOf(shown.map(({ outcomes }) => worstOf(outcomes))),
    widgets: sharesOf(shown.flatMap(({ outcomes }) => outcomes)),
    p50: quantile(whole, 0.5),
    p95: quantile(whole, 0.95),
    p99: quantile(whole, 0.99),
    firstWidgetP95: quantile(
      first.sort((one, other) => one - other),
      0.95,
    ),
  }
}

interface Shown {
  readonly ms: number
  readonly firstMs: number
  readonly isPage: boolean
  readonly outcomes: readonly Outcome[]
}

async function showTimed(setUp: SetUp, { person, visit, questions }: PageView): Promise<Shown> {
  const began = performance.now()
  const answers = await Promise.all(
    questions.map(async ({ question }) => {
      const outcome = await setUp.ask(person.login, visit, question)
      return { outcome, ms: performance.now() - began }
    }),
  )
  const times = answers.map(({ ms }) => ms)
  const outcomes = answers.map(({ outcome }) => outcome)
  return { ms: Math.max(...times), firstMs: Math.min(...times), isPage: questions.length === 6, outcomes }
}

export function quantile(sorted: readonly number[], share: number): number {
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0)
}
