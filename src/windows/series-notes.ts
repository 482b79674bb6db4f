import type { ProvenSeries } from '../plan/bytes/series-bytes.js'
import type { Period } from '../plan/interval.js'
import type { PlannedField, PlannedSeries } from '../plan/plan.js'
import type { ShapedPart } from '../plan/shape-value.js'
import { property } from '../plan/shape-value.js'
import type { SeriesFacts } from './open-series.js'
import type { ToldStretch } from './stretch.js'
import { stretchOfBytes, stretchOfValue } from './stretch.js'
import type { KeptSite } from './window-store.js'

/** A series in an answer that was just shaped. */
export interface ShapedSite extends KeptSite {
  readonly value: unknown
}

/** Listens while an answer is shaped: afterwards the values alone no longer tell what they are. */
export class SeriesNotes implements SeriesFacts {
  readonly #fields: readonly PlannedField[]
  readonly #sites = new Map<string, ShapedSite>()
  readonly #periods = new WeakMap<object, Period>()
  readonly #ids = new WeakMap<object, string>()
  readonly #proven = new Map<ShapedSite, ProvenSeries>()
  /** The answer's `data` without its series, where its bytes were proven. */
  #around: (() => Record<string, unknown>) | undefined

  constructor({ fields }: PlannedSeries) {
    this.#fields = fields.map(({ field }) => field)
  }

  readonly hear = ({ field, value, raw, where }: ShapedPart): void => {
    const { part, keys } = field.series ?? {}
    if (part === 'whole') {
      const { path, grant, agreement = '', parent } = where
      const site = { path, field: this.#fields.indexOf(field), urn: grant.urn, agreement, point: parent, value }
      this.#sites.set(JSON.stringify(path), site)
    } else if (typeof value === 'object' && value !== null) {
      if (part === 'read' && where.interval !== undefined) this.#periods.set(value, where.interval)
      if (part === 'stream') this.#ids.set(value, JSON.stringify((keys ?? []).map(key => property(raw, key) ?? null)))
    }
  }

  readonly hearProven = (all: readonly ProvenSeries[], around: () => Record<string, unknown>): void => {
    let made: Record<string, unknown> | undefined
    this.#around = () => (made ??= around())
    for (const series of all) {
      const { path, field, value, where } = series
      const { grant, agreement = '', parent } = where
      this.#proven.set({ path, field: this.#fields.indexOf(field), urn: grant.urn, agreement, point: parent, value }, series)
    }
  }

  /** Whether the answer was proven by its bytes. */
  get isProven(): boolean {
    return this.#around !== undefined
  }

  /** The series that really stand in the answer: it may have been shaped twice. */
  sitesIn(executed: { readonly data: unknown }): readonly ShapedSite[] {
    if (this.isProven) return [...this.#proven.keys()]
    const { data } = executed
    return [...this.#sites.values()].filter(({ path, value }) => path.reduce<unknown>(valueAt, data) === value)
  }

  /** The `data` of an answer with null in the place of each of its series: nothing of a series stays behind in what lies around it. */
  around(executed: { readonly data: unknown }, sites: readonly ShapedSite[]): Record<string, unknown> {
    if (this.#around !== undefined) return this.#around()
    const values = new Set(sites.map(({ value }) => value))
    const isSeries = (value: unknown): boolean => typeof value === 'object' && value !== null && values.has(value)
    const around: unknown = JSON.parse(JSON.stringify(executed.data, (_key, value: unknown) => (isSeries(value) ? null : value)))
    return Object(around)
  }

  /** What was told of a series for a range; undefined where something in it has no place in time. */
  stretch(field: PlannedField, site: ShapedSite, range: Period): ToldStretch | undefined {
    const proven = this.#proven.get(site)
    return proven === undefined ? stretchOfValue(field, site.value, this, range) : stretchOfBytes(field, proven, range)
  }

  periodOf(read: object): Period | undefined {
    return this.#periods.get(read)
  }

  idOf(stream: object): string | undefined {
    return this.#ids.get(stream)
  }
}

function valueAt(value: unknown, key: string | number): unknown {
  return property(value, String(key))
}
