import type { Period } from '../plan/interval.js'
import { hull, intersect, isEmpty, isInside, narrowInterval, readInterval } from '../plan/interval.js'
import type { PlannedField } from '../plan/plan.js'
import { property } from '../plan/shape-value.js'

/** What one window holds of one series, as the customer selected it; plain JSON. */
export interface Piece {
  /** Every read that starts in the window and lies in this stretch as a whole is here. */
  readonly covers: Period
  /** The part of it that the source said it answered, where that was asked for. */
  readonly told: Period | null
  readonly streams: Readonly<Record<string, readonly StreamPiece[] | null>>
  /** Lists that do not depend on time, such as prices. */
  readonly others: Readonly<Record<string, readonly unknown[] | null>>
  /** An amount was missing, and may yet come. */
  readonly hasGaps: boolean
}

export interface StreamPiece {
  /** All that the source says of which stream it is. */
  readonly id: string
  /** Everything selected of it but the reads. */
  readonly head: Readonly<Record<string, unknown>>
  /** The source named it in an answer that held no read of it. */
  readonly isBare: boolean
  readonly reads: Readonly<Record<string, readonly KeptRead[]>>
}

export interface KeptRead extends Period {
  readonly value: unknown
}

/** What shaping found out beside the values. */
export interface SeriesFacts {
  periodOf(read: object): Period | undefined
  idOf(stream: object): string | undefined
}

/** The values of a whole series, made ready to be cut; undefined where something in it cannot be placed in time. */
export interface OpenSeries extends Pick<Piece, 'told' | 'others'> {
  readonly streams: Readonly<Record<string, readonly StreamPiece[] | null>>
  readonly gaps: readonly Period[]
}

export function openSeries(field: PlannedField, value: unknown, facts: SeriesFacts): OpenSeries | undefined {
  const streams: Record<string, readonly StreamPiece[] | null> = {}
  const others: Record<string, readonly unknown[] | null> = {}
  const gaps: Period[] = []
  let told: Period | null = null
  for (const child of field.children) {
    const { key, name } = child.selected
    const own = property(value, key)
    if (name === '__typename') continue
    if (child.time?.rule.clip === 'interval') told = readInterval(own) ?? null
    else if (child.series?.part === 'stream' && Array.isArray(own)) {
      const opened = own.map(stream => openStream(child, stream, facts, gaps))
      if (opened.includes(undefined)) return undefined
      streams[key] = opened.flatMap(each => each ?? [])
    } else if (child.series?.part === 'stream' && own === null) streams[key] = null
    else if (own === null || Array.isArray(own)) others[key] = own
    else return undefined
  }
  return { streams, others, told, gaps }
}

function openStream(field: PlannedField, stream: unknown, facts: SeriesFacts, gaps: Period[]): StreamPiece | undefined {
  const id = typeof stream === 'object' && stream !== null ? facts.idOf(stream) : undefined
  if (id === undefined) return undefined
  const head: Record<string, unknown> = {}
  const reads: Record<string, readonly KeptRead[]> = {}
  for (const child of field.children) {
    const { key } = child.selected
    const own = property(stream, key)
    if (child.series?.part !== 'read') head[key] = own
    else {
      const placed = Array.isArray(own) ? own.map(read => placedRead(read, facts)) : [undefined]
      if (placed.includes(undefined)) return undefined
      reads[key] = placed.flatMap(read => read ?? [])
      gaps.push(...reads[key].filter(read => isGap(child, read.value)))
    }
  }
  return { id, head, isBare: Object.values(reads).every(each => each.length === 0), reads }
}

function placedRead(read: unknown, facts: SeriesFacts): KeptRead | undefined {
  const period = typeof read === 'object' && read !== null ? facts.periodOf(read) : undefined
  return period === undefined ? undefined : { from: period.from, until: period.until, value: read }
}

/** A missing amount is null, or an amount whose value is null (Opower facts: values). */
export function isGap(field: PlannedField, read: unknown): boolean {
  return field.children
    .filter(({ selected }) => selected.name === 'measuredAmount')
    .some(amount => {
      const own = property(read, amount.selected.key)
      return own === null || amount.children.some(({ selected }) => selected.name === 'value' && property(own, selected.key) === null)
    })
}

/** The piece of a window, from an answer to a range that touches it. */
export function cutPiece({ streams, others, told, gaps }: OpenSeries, covers: Period, window: Period): Piece {
  const starts = ({ from }: Period): boolean => from >= window.from && from < window.until
  const cut = (stream: StreamPiece): StreamPiece[] => {
    const reads = Object.fromEntries(Object.entries(stream.reads).map(([key, all]) => [key, all.filter(starts)]))
    return stream.isBare || Object.values(reads).some(({ length }) => length > 0) ? [{ ...stream, reads }] : []
  }
  const answered = told === null ? null : intersect(told, covers)
  return {
    covers,
    told: answered === null || isEmpty(answered) ? null : answered,
    streams: Object.fromEntries(Object.entries(streams).map(([key, all]) => [key, all === null ? null : all.flatMap(cut)])),
    others,
    hasGaps: gaps.some(starts),
  }
}

/** The pieces of successive windows as one value, for exactly the stretch that was asked for. */
export function joinPieces(
  field: PlannedField,
  pieces: readonly Piece[],
  asked: { readonly text: string; readonly period: Period },
): unknown {
  return Object.fromEntries(
    field.children.map((child): [string, unknown] => {
      const { selected, series, time } = child
      const { key, name, parent } = selected
      if (name === '__typename') return [key, parent]
      if (time?.rule.clip === 'interval') return [key, toldOf(pieces, asked)]
      if (series?.part === 'stream') return [key, joinStreams(child, pieces, asked.period)]
      return [key, joinOthers(pieces.map(({ others }) => others[key] ?? null))]
    }),
  )
}

/** What was asked for, as far as it was answered. */
function toldOf(pieces: readonly Piece[], { text, period }: { readonly text: string; readonly period: Period }): string | null {
  const told = pieces.flatMap(piece => (piece.told === null ? [] : intersect(piece.told, period))).filter(each => !isEmpty(each))
  return narrowInterval(text, hull(told)) ?? null
}

/** Streams are one where the source says all the same of them, and stand in the order in which they first appear. */
function joinStreams(field: PlannedField, pieces: readonly Piece[], asked: Period): unknown {
  const lists = pieces.map(({ streams }) => streams[field.selected.key] ?? null)
  const byId = new Map<string, StreamPiece[]>()
  for (const stream of lists.flatMap(list => list ?? [])) {
    const known = byId.get(stream.id)
    if (known === undefined) byId.set(stream.id, [stream])
    else known.push(stream)
  }
  if (lists.every(list => list === null)) return null
  return [...byId.values()].filter(parts => parts.some(part => isThere(part, asked))).map(parts => joinStream(field, parts, asked))
}

/** A stream is named where it has a read in the stretch, even one that does not lie in it as a whole. */
function isThere({ isBare, reads }: StreamPiece, asked: Period): boolean {
  return isBare || Object.values(reads).some(list => list.some(read => read.from < asked.until && read.until > asked.from))
}

function joinStream(field: PlannedField, parts: readonly StreamPiece[], asked: Period): unknown {
  return Object.fromEntries(
    field.children.map(({ selected: { key }, series }): [string, unknown] => {
      if (series?.part !== 'read') return [key, parts.at(-1)?.head[key]]
      const reads = parts.flatMap(part => part.reads[key] ?? [])
      return [key, reads.flatMap(read => (isInside(read, asked) ? [read.value] : []))]
    }),
  )
}

function joinOthers(lists: readonly (readonly unknown[] | null)[]): unknown {
  if (lists.every(list => list === null)) return null
  const each = new Map(lists.flatMap(list => list ?? []).map(value => [JSON.stringify(value), value]))
  return [...each.values()]
}
