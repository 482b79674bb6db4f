import type { Period } from '../plan/interval.js'
import { readInterval } from '../plan/interval.js'
import type { PlannedField } from '../plan/plan.js'
import { property } from '../plan/shape-value.js'

/** What shaping found out beside the values. */
export interface SeriesFacts {
  periodOf(read: object): Period | undefined
  idOf(stream: object): string | undefined
}

/** The values of a series, told apart; undefined where something in it cannot be placed in time. */
export interface OpenSeries {
  /** The part of the stretch that the source said it answered, where that was asked for. */
  readonly told: Period | null
  readonly streams: Readonly<Record<string, readonly OpenStream[] | null>>
  /** Lists that do not depend on time, such as prices. */
  readonly others: Readonly<Record<string, readonly unknown[] | null>>
}

export interface OpenStream {
  /** All that the source says of which stream it is. */
  readonly id: string
  /** Everything selected of it but the reads. */
  readonly head: Readonly<Record<string, unknown>>
  readonly reads: Readonly<Record<string, readonly OpenRead[]>>
}

export interface OpenRead extends Period {
  readonly value: unknown
}

export function openSeries(field: PlannedField, value: unknown, facts: SeriesFacts): OpenSeries | undefined {
  const streams: Record<string, readonly OpenStream[] | null> = {}
  const others: Record<string, readonly unknown[] | null> = {}
  let told: Period | null = null
  for (const child of field.children) {
    const { key, name } = child.selected
    const own = property(value, key)
    if (name === '__typename') continue
    if (child.time?.rule.clip === 'interval') told = readInterval(own) ?? null
    else if (child.series?.part === 'stream' && Array.isArray(own)) {
      const opened = own.map(stream => openStream(child, stream, facts))
      if (opened.includes(undefined)) return undefined
      streams[key] = opened.flatMap(each => each ?? [])
    } else if (child.series?.part === 'stream' && own === null) streams[key] = null
    else if (own === null || Array.isArray(own)) others[key] = own
    else return undefined
  }
  return { streams, others, told }
}

function openStream(field: PlannedField, stream: unknown, facts: SeriesFacts): OpenStream | undefined {
  const id = typeof stream === 'object' && stream !== null ? facts.idOf(stream) : undefined
  if (id === undefined) return undefined
  const head: Record<string, unknown> = {}
  const reads: Record<string, readonly OpenRead[]> = {}
  for (const child of field.children) {
    const { key } = child.selected
    const own = property(stream, key)
    if (child.series?.part !== 'read') head[key] = own
    else {
      const placed = Array.isArray(own) ? own.map(read => placedRead(read, facts)) : [undefined]
      if (placed.includes(undefined)) return undefined
      reads[key] = placed.flatMap(read => read ?? [])
    }
  }
  return { id, head, reads }
}

function placedRead(read: unknown, facts: SeriesFacts): OpenRead | undefined {
  const period = typeof read === 'object' && read !== null ? facts.periodOf(read) : undefined
  return period === undefined ? undefined : { from: period.from, until: period.until, value: read }
}

const isAmount = ({ selected }: PlannedField): boolean => selected.name === 'measuredAmount'

export function hasAmount({ children }: PlannedField): boolean {
  return children.some(isAmount)
}

/** A missing amount is null, or an amount whose value is null (Opower facts: values). */
export function isGap(field: PlannedField, read: unknown): boolean {
  return field.children.filter(isAmount).some(amount => {
    const own = property(read, amount.selected.key)
    return own === null || amount.children.some(({ selected }) => selected.name === 'value' && property(own, selected.key) === null)
  })
}
