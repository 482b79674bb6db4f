import type { RawJson } from '../plan/bytes/json-writer.js'
import type { Period } from '../plan/interval.js'
import { hull, isInside } from '../plan/interval.js'
import type { Share } from './join.js'
import { goodUntil } from './lifetimes.js'
import type { Grain } from './periods.js'
import { needOf } from './periods.js'
import type { Stretch, ToldStretch } from './stretch.js'
import type { KeptStretch, WindowStore } from './window-store.js'

/** What must be known of the stretch that is asked for. */
export interface AskedWindows {
  readonly period: Period
  readonly grain: Grain
  readonly windows: readonly Period[]
}

/** The stretches that one execution has at hand, by the key of their series: fetched by it, or taken from the store. */
export class AtHand {
  /** Until when all is good that was taken from the store, milliseconds since the epoch; infinite where nothing was. */
  until = Infinity
  readonly #asked: AskedWindows
  readonly #store: WindowStore | undefined
  readonly #told = new Map<string, ToldStretch[]>()
  readonly #kept = new Map<string, readonly KeptStretch[]>()

  constructor(asked: AskedWindows, store: WindowStore | undefined) {
    this.#asked = asked
    this.#store = store
  }

  add(series: string, stretch: ToldStretch): void {
    this.#told.set(series, [...(this.#told.get(series) ?? []), stretch])
  }

  /** Asks other replicas for what is missing of these series. */
  async bring(series: readonly string[]): Promise<void> {
    const lacking = series.filter(each => !this.#asked.windows.every(window => this.knows(each, window)))
    for (const each of lacking) this.#kept.delete(each)
    if (lacking.length > 0) await this.#store?.bringStretches(lacking, this.#asked.period)
  }

  knows(series: string, window: Period): boolean {
    return this.#over(series, window) !== undefined
  }

  /** What was told for exactly the stretch that is asked for: it needs no joining. */
  toldAtOnce(series: string): RawJson | undefined {
    const { from, until } = this.#asked.period
    return this.#told.get(series)?.find(({ covers, whole }) => whole !== undefined && covers.from === from && covers.until === until)?.whole
  }

  /** What to take of which stretch, in order of time; undefined where a part is missing. */
  shares(series: string): readonly Share[] | undefined {
    const shares: Share[] = []
    for (const window of this.#asked.windows) {
      const stretch = this.#over(series, window)
      if (stretch === undefined) return undefined
      const last = shares.at(-1)
      const needs = needOf(window, stretch.covers, this.#asked.grain)
      if (last?.stretch !== stretch) shares.push({ stretch, begins: window, needs })
      else shares[shares.length - 1] = { stretch, begins: hull([last.begins, window]), needs: hull([last.needs, needs]) }
    }
    return shares
  }

  #over(series: string, window: Period): Stretch | undefined {
    const need = needOf(window, this.#asked.period, this.#asked.grain)
    const told = this.#told.get(series)?.find(({ covers }) => isInside(need, covers))
    if (told !== undefined) return told
    const now = this.#store?.now() ?? 0
    const kept = this.#keptOf(series).find(({ covers, lifetimes }) => isInside(need, covers) && now < goodUntil(lifetimes, window))
    if (kept !== undefined) this.until = Math.min(this.until, goodUntil(kept.lifetimes, window))
    return kept
  }

  #keptOf(series: string): readonly KeptStretch[] {
    const known = this.#kept.get(series) ?? this.#store?.stretches(series, this.#asked.period) ?? []
    this.#kept.set(series, known)
    return known
  }
}
