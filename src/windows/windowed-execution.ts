import { faultAt, GatewayError } from '../errors.js'
import { JsonWriter } from '../plan/bytes/json-writer.js'
import { dataIn } from '../plan/bytes/proven-answer.js'
import type { Executed, ExecutionInput } from '../plan/execute.js'
import type { Period } from '../plan/interval.js'
import { isInside, narrowInterval } from '../plan/interval.js'
import type { PlannedSeries } from '../plan/plan.js'
import { AtHand } from './at-hand.js'
import { joinShares } from './join.js'
import type { WindowLease } from './lease.js'
import { isAtOrBelow, narrowedBound, putAt, seriesBound, withoutSeries } from './narrow.js'
import type { Grain } from './periods.js'
import { fewestRanges, needOf, windowsOver } from './periods.js'
import type { ShapedSite } from './series-notes.js'
import { SeriesNotes } from './series-notes.js'
import type { ToldStretch } from './stretch.js'
import { ToKeep } from './to-keep.js'
import type { KeptSite } from './window-store.js'
import { WindowNames } from './window-names.js'

export type Execute = (input: ExecutionInput) => Promise<Executed>

/** The stretch that an operation asks for, narrowed to what the customer may see. */
export interface Asked {
  readonly series: PlannedSeries
  readonly text: string
  readonly period: Period
  readonly grain: Grain
}

/** What an answer is put together from: the answer without its series, and where those stand. */
interface Base extends Pick<Executed, 'data' | 'errors' | 'faults' | 'withheld'> {
  readonly sites: readonly KeptSite[]
}

/** Ranges of one operation that are fetched at a time. */
const atOnce = 4

/** One operation's way to its answer by windows. */
export class WindowedExecution {
  readonly #input: ExecutionInput
  readonly #asked: Asked
  readonly #lease: WindowLease | undefined
  readonly #execute: Execute
  readonly #windows: readonly Period[]
  readonly #atHand: AtHand
  readonly #toKeep: ToKeep
  /** Why a series has no value here, by its key: an error, or null for a null of the source's own. */
  readonly #without = new Map<string, GatewayError | null>()
  /** Why none of them has. */
  #failure: GatewayError | undefined
  readonly #beside: Executed[] = []
  readonly #names: WindowNames
  #calls = 0
  #until = Infinity

  constructor(input: ExecutionInput, asked: Asked, lease: WindowLease | undefined, execute: Execute) {
    this.#input = input
    this.#asked = asked
    this.#lease = lease
    this.#execute = execute
    this.#windows = windowsOver(asked.period, asked.grain.unit)
    this.#atHand = new AtHand({ ...asked, windows: this.#windows }, lease?.store)
    this.#toKeep = new ToKeep(this.#windows, asked.grain, lease)
    this.#names = new WindowNames(input, asked.series, lease?.share ?? '')
  }

  /** @throws GatewayError what the execution throws when no part of the operation could be answered */
  async run(): Promise<Executed> {
    try {
      return await this.#answer()
    } finally {
      this.#toKeep.keep()
    }
  }

  async #answer(): Promise<Executed> {
    await this.#lease?.store.bring(this.#names.skeleton)
    const kept = this.#lease?.store.skeleton(this.#names.skeleton)
    await this.#bring(kept?.sites ?? [])
    const missing = this.#missing(kept?.sites)
    if (kept?.isFresh === true) {
      this.#until = kept.until
      await this.#fetchEach(missing)
      return this.#assemble({ ...kept, errors: [], faults: [] })
    }
    const [first] = missing
    const whole = await this.#fetchWhole(first)
    // Nothing is joined that came in one: it is given as it was told.
    if (first !== undefined && isInside(this.#asked.period, first)) return whole.executed
    // Only now it is known which series there are: for these, much may have been kept under another document.
    await this.#bring(whole.base.sites)
    if (this.#failure === undefined) await this.#fetchEach(this.#missing(whole.base.sites))
    return this.#assemble(whole.base)
  }

  /** The ranges to fetch so that every series is known for all of the stretch; all of it where nobody knows yet which there are. */
  #missing(sites: readonly KeptSite[] | undefined): readonly Period[] {
    const { period, grain } = this.#asked
    // Which is one range for nearly every chart, so it is not put together of its windows.
    if (sites === undefined && period.until - period.from <= grain.capMs) return [period]
    const open = sites?.map(site => this.#names.of(site)).filter(key => !this.#without.has(key))
    const isKnown = (window: Period): boolean => open?.every(key => this.#atHand.knows(key, window)) === true
    const needs = this.#windows.filter(window => !isKnown(window)).map(window => needOf(window, period, grain))
    return fewestRanges(needs, grain)
  }

  async #bring(sites: readonly KeptSite[]): Promise<void> {
    await this.#atHand.bring(sites.map(site => this.#names.of(site)))
  }

  async #fetchWhole(range: Period | undefined): Promise<{ readonly executed: Executed; readonly base: Base }> {
    const { plan, bound } = this.#input
    const { series } = this.#asked
    const notes = new SeriesNotes(series)
    const changed = range === undefined ? withoutSeries(bound, series) : narrowedBound(bound, series, this.#textOf(range))
    const executed = await this.#executed(plan, changed, notes)
    const sites = notes.sitesIn(executed)
    this.#keepSkeleton(executed, sites, notes)
    const isOfSeries = (error: GatewayError): boolean => sites.some(({ path }) => isAtOrBelow(error.path, path))
    const [own, others] = [executed.errors.filter(isOfSeries), executed.errors.filter(error => !isOfSeries(error))]
    const { faults, withheld } = executed
    if (range !== undefined) this.#learn(range, sites, { errors: own, faults }, notes, others.length === 0)
    const data = notes.isProven ? notes.around(executed, sites) : executed.data
    return { executed, base: { data, faults, withheld, errors: others, sites } }
  }

  /** A few at a time: a long chart takes turns with everybody else's pages. */
  async #fetchEach(ranges: readonly Period[]): Promise<void> {
    for (let at = 0; at < ranges.length; at += atOnce)
      await Promise.all(ranges.slice(at, at + atOnce).map(range => this.#fetchSeries(range)))
  }

  async #fetchSeries(range: Period): Promise<void> {
    const { series } = this.#asked
    const notes = new SeriesNotes(series)
    const bound = seriesBound(this.#input.bound, series, this.#textOf(range))
    const executed = await this.#executed(series.alone, bound, notes)
    this.#beside.push(executed)
    this.#learn(range, notes.sitesIn(executed), executed, notes)
  }

  #executed(plan: ExecutionInput['plan'], bound: ExecutionInput['bound'], notes: SeriesNotes): Promise<Executed> {
    this.#calls += 1
    return this.#execute({ ...this.#input, plan, bound, shapedPart: notes.hear, provenSeries: notes.hearProven })
  }

  /** A half that stays as it was asked keeps its spelling. */
  #textOf(range: Period): string {
    return narrowInterval(this.#asked.text, range) ?? this.#asked.text
  }

  #learn(
    range: Period,
    sites: readonly ShapedSite[],
    executed: Pick<Executed, 'errors' | 'faults'>,
    notes: SeriesNotes,
    isRestWell = true,
  ): void {
    for (const error of executed.errors) this.#fail(error, sites)
    const isKept = isRestWell && executed.errors.length === 0 && executed.faults.length === 0
    for (const site of sites) {
      const field = this.#asked.series.fields[site.field]?.field
      const told = field === undefined ? undefined : notes.stretch(field, site, range)
      if (told === undefined) this.#giveUp(site, null)
      else this.#take(this.#names.of(site), told, isKept)
    }
  }

  #take(key: string, told: ToldStretch, isKept: boolean): void {
    this.#atHand.add(key, told)
    if (isKept) this.#toKeep.add(key, told)
  }

  /** An error in a series is that series' own; one above them, where nothing else was asked for, is everybody's. */
  #fail(error: GatewayError, sites: readonly ShapedSite[]): void {
    const own = sites.filter(site => isAtOrBelow(error.path, site.path))
    for (const site of own) this.#giveUp(site, error)
    if (own.length === 0) this.#failure ??= error
  }

  #giveUp(site: KeptSite, reason: GatewayError | null): void {
    const key = this.#names.of(site)
    this.#without.set(key, this.#without.get(key) ?? reason)
  }

  #assemble({ data, sites, errors, faults, withheld }: Base): Executed {
    const failures = sites.flatMap(site => {
      const value = this.#valueOf(site)
      putAt(data, site.path, value instanceof GatewayError ? null : value)
      return value instanceof GatewayError ? [value] : []
    })
    this.#lease?.onJoined({ calls: this.#calls, until: Math.min(this.#until, this.#atHand.until) })
    const writer = new JsonWriter()
    writer.value({ data })
    const body = writer.whole
    this.#toKeep.stands(body, writer.places)
    const all = {
      errors: [...errors, ...failures],
      faults: [...faults, ...this.#beside.flatMap(each => each.faults)],
      withheld: this.#beside.reduce((all, each) => together(all, each.withheld), withheld),
    }
    if (all.errors.length + all.faults.length > 0) return { ...all, data: dataIn(body) }
    return {
      ...all,
      body,
      get data() {
        return dataIn(body)
      },
    }
  }

  #valueOf(site: KeptSite): unknown {
    const key = this.#names.of(site)
    const reason = this.#without.get(key) ?? this.#failure
    if (reason !== undefined) return faultAt(site.path, reason.code, { message: reason.message, cause: reason })
    if (this.#without.has(key)) return null
    const told = this.#atHand.toldAtOnce(key)
    if (told !== undefined) return told
    const shares = this.#atHand.shares(key)
    const field = this.#asked.series.fields[site.field]?.field
    if (field === undefined || shares === undefined) return faultAt(site.path, 'UPSTREAM_UNAVAILABLE')
    return joinShares(field, shares, this.#asked)
  }

  #keepSkeleton(executed: Executed, sites: readonly ShapedSite[], notes: SeriesNotes): void {
    const { errors, faults, withheld } = executed
    if (errors.length > 0 || faults.length > 0 || this.#lease === undefined) return
    const skeleton = { data: notes.around(executed, sites), sites: sites.map(({ value: _series, ...site }) => site), withheld }
    this.#lease.store.keepSkeleton(this.#names.skeleton, skeleton, this.#lease.aroundMs)
  }
}

function together(one: Executed['withheld'], other: Executed['withheld']): Executed['withheld'] {
  const both = (why: keyof Executed['withheld']): readonly string[] => [...new Set([...one[why], ...other[why]])].sort()
  return { masked: both('masked'), suppressed: both('suppressed') }
}
