import { readFileSync } from 'node:fs'
import type { Person } from './people.js'

export interface Workload {
  readonly population: number
  readonly activeShareOfADay: number
  readonly days: number
  readonly startsAt: string
  readonly returningFromTheDayBefore: number
  readonly secondVisitOnTheSameDay: number
  readonly shareByLocalHour: readonly number[]
  readonly pauseSeconds: Readonly<Record<'page' | 'step', readonly [from: number, until: number]>>
  readonly visit: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly pages: Readonly<Record<string, readonly string[]>>
  readonly widgets: Readonly<Record<string, string>>
}

export interface Question {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
}

export interface PageView {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly person: Person
  readonly visit: number
  readonly page: string
  readonly questions: readonly { readonly widget: string; readonly question: Question }[]
}

const day = 86_400_000

export const workload = JSON.parse(readFileSync('examples/workload.json', 'utf8')) as Workload

/** The same numbers for the same seed, on every machine (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** All page views of the days, in order. @param scale one in so many customers is there */
export function viewsOfDays(people: readonly Person[], scale: number, days = workload.days): readonly PageView[] {
  const random = createRandom(20_261_013)
  const active = Math.round((workload.population * workload.activeShareOfADay) / scale)
  const views: PageView[] = []
  let before: readonly Person[] = []
  let [unseen, visit] = [0, 0]
  for (let each = 0; each < days; each += 1) {
    const back = before.filter(() => random() < workload.returningFromTheDayBefore)
    const fresh = Array.from({ length: active - back.length }, () => people[unseen++ % people.length])
    before = [...back, ...fresh].flatMap(person => person ?? [])
    for (const person of before) {
      const times = random() < workload.secondVisitOnTheSameDay ? 2 : 1
      for (let time = 0; time < times; time += 1) views.push(...visitOf(person, timeOfDay(each, random), (visit += 1), random))
    }
  }
  return views.sort((one, other) => one.at - other.at)
}

function timeOfDay(which: number, random: () => number): number {
  const hour = Number(pick(Object.fromEntries(workload.shareByLocalHour.entries()), random))
  return Date.parse(workload.startsAt) + which * day + (hour + random()) * 3_600_000
}

function pick(shares: Readonly<Record<string, number>>, random: () => number): string {
  const all = Object.entries(shares)
  let left = random() * all.reduce((sum, [, share]) => sum + share, 0)
  return all.find(([, share]) => (left -= share) < 0)?.[0] ?? all[0]?.[0] ?? ''
}

/** One visit: page after page, and what is done to the chart. */
export function visitOf(person: Person, start: number, visit: number, random: () => number): readonly PageView[] {
  const views: PageView[] = []
  let [at, step, shown] = [start, pick(workload.visit['start'] ?? {}, random), lastDays(30, start)]
  let page = step
  while (step !== 'leave') {
    if (step === 'pan') shown = { from: shown.from - day, until: shown.until - day }
    else if (step === 'zoom') shown = { from: shown.until - (shown.until - shown.from > 7 * day ? 7 : 1) * day, until: shown.until }
    else [page, shown] = [step, lastDays(30, at)]
    const widgets = workload.pages[step] ?? []
    views.push({
      at,
      person,
      visit,
      page: step,
      questions: widgets.map(widget => ({ widget, question: questionOf(widget, person, at, shown) })),
    })
    step = pick(workload.visit[page] ?? { leave: 1 }, random)
    const [least, most] = workload.pauseSeconds[step === 'pan' || step === 'zoom' ? 'step' : 'page']
    at += (least + random() * (most - least)) * 1_000
  }
  return views
}

interface Stretch {
  readonly from: number
  readonly until: number
}

/** Local days are those of the stand-in's households in October: they begin at four in UTC. */
function lastDays(count: number, at: number): Stretch {
  const midnight = Math.floor((at - 4 * 3_600_000) / day) * day + 4 * 3_600_000
  return { from: midnight - count * day, until: midnight }
}

function questionOf(widget: string, person: Person, at: number, shown: Stretch): Question {
  const query = workload.widgets[widget] ?? ''
  const text = ({ from, until }: Stretch): string => `${instant(from)}/${instant(until)}`
  if (widget === 'week') return { query, variables: { during: text(lastDays(7, at)) } }
  if (widget === 'chart') return { query, variables: { during: text(shown) } }
  const { from, until } = lastDays(7, at)
  const days = [`${new Date(from).toISOString().slice(0, 10)}/${new Date(until).toISOString().slice(0, 10)}`]
  return { query, variables: widget === 'weather' ? { premise: person.premise, days } : {} }
}

function instant(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`
}
