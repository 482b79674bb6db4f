import { canonicalArguments, canonicalJson } from '../plan/argument-values.js'
import type { ExecutionInput } from '../plan/execute.js'
import type { PlannedSeries } from '../plan/plan.js'
import type { KeptSite } from './window-store.js'
import { occupancyText, seriesKey, skeletonKey } from './window-store.js'

/** The names by which one operation's series, and the answer around them, are kept and found. */
export class WindowNames {
  readonly #input: Pick<ExecutionInput, 'variables' | 'ids'>
  readonly #series: PlannedSeries
  readonly #share: string
  readonly #known = new WeakMap<KeptSite, string>()
  /** Of the answer without its series. */
  readonly skeleton: string

  /** @param share whose they are: the scope's own part of the cache */
  constructor(input: Pick<ExecutionInput, 'variables' | 'ids' | 'bound'>, series: PlannedSeries, share: string) {
    this.#input = input
    this.#series = series
    this.#share = share
    const values = canonicalJson(series.variables.map(name => input.variables[name] ?? null))
    this.skeleton = skeletonKey(share, series.key, values, input.bound.urns.map(urn => this.#occupancyOf(urn)).join())
  }

  of(site: KeptSite): string {
    const name = this.#known.get(site) ?? this.#nameOf(site)
    this.#known.set(site, name)
    return name
  }

  #nameOf(site: KeptSite): string {
    const field = this.#series.fields[site.field]
    const wording = field === undefined ? '' : `${canonicalArguments(field.arguments, this.#input.variables)}${field.signature}`
    return seriesKey(this.#share, site, wording, this.#occupancyOf(site.urn))
  }

  /** When the account held its points: once that is known otherwise, nothing that was kept before is found again. */
  #occupancyOf(urn: string): string {
    const ids = this.#input.ids.known(urn)
    return ids === undefined ? '[]' : occupancyText(ids)
  }
}
