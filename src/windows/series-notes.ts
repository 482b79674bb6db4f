import type { Period } from '../plan/interval.js'
import type { PlannedField, PlannedSeries } from '../plan/plan.js'
import type { ShapedPart } from '../plan/shape-value.js'
import { property } from '../plan/shape-value.js'
import type { SeriesFacts } from './pieces.js'
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

  /** The series that really stand in the answer: it may have been shaped twice. */
  sitesIn(data: unknown): readonly ShapedSite[] {
    return [...this.#sites.values()].filter(({ path, value }) => path.reduce<unknown>(valueAt, data) === value)
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
