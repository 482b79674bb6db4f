import type { RawJson } from '../plan/bytes/json-writer.js'
import { JsonWriter } from '../plan/bytes/json-writer.js'
import { hasRead, readsIn } from '../plan/bytes/read-list.js'
import type { Period } from '../plan/interval.js'
import { always, hull, intersect, isEmpty, narrowInterval } from '../plan/interval.js'
import type { PlannedField } from '../plan/plan.js'
import type { Stretch, StreamPart } from './stretch.js'

/** What is taken of one stretch. */
export interface Share {
  readonly stretch: Stretch
  /** The reads that begin in this period. */
  readonly begins: Period
  /** What must be known for it. */
  readonly needs: Period
}

export interface Wanted {
  readonly text: string
  readonly period: Period
}

interface SharedStream {
  readonly part: StreamPart
  readonly share: Share
}

/** Shares in order of time as one value, for exactly the stretch that was asked for. */
export function joinShares(field: PlannedField, shares: readonly Share[], asked: Wanted): RawJson {
  const writer = new JsonWriter()
  writer.object(membersOf(field), child => {
    const { key, name, parent } = child.selected
    if (name === '__typename') writer.value(parent)
    else if (child.time?.rule.clip === 'interval') writer.value(toldOf(shares, asked))
    else if (child.series?.part === 'stream') joinStreams(child, shares, asked.period, writer)
    else writer.value(joinOthers(shares.map(({ stretch }) => stretch.others[key] ?? null)))
  })
  return writer.raw
}

function membersOf({ children }: PlannedField): readonly (readonly [string, PlannedField])[] {
  return children.map(child => [child.selected.key, child])
}

/** What was asked for, as far as it was answered. */
function toldOf(shares: readonly Share[], { text, period }: Wanted): string | null {
  const told = shares.flatMap(({ stretch, needs }) => (stretch.told === null ? [] : intersect(stretch.told, intersect(needs, period))))
  return narrowInterval(text, hull(told.filter(each => !isEmpty(each)))) ?? null
}

/** Streams are one where the source says all the same of them, and stand in the order in which they first appear. */
function joinStreams(field: PlannedField, shares: readonly Share[], asked: Period, writer: JsonWriter): void {
  const { key } = field.selected
  const lists = shares.map(share => share.stretch.streams[key] ?? null)
  if (lists.every(list => list === null)) return writer.value(null)
  const byId = new Map<string, SharedStream[]>()
  shares.forEach((share, at) => {
    for (const part of lists[at] ?? [])
      if (isThere({ part, share }, always)) byId.set(part.id, [...(byId.get(part.id) ?? []), { part, share }])
  })
  const there = [...byId.values()].filter(parts => parts.some(each => isThere(each, asked)))
  writer.list(there, parts => joinStream(field, parts, asked, writer))
}

/** A stream is named where it has a read in the stretch, even one that does not lie in it as a whole. */
function isThere({ part: { isBare, reads }, share: { begins } }: SharedStream, asked: Period): boolean {
  return isBare || Object.values(reads).some(list => hasRead(list, begins, asked))
}

function joinStream(field: PlannedField, parts: readonly SharedStream[], asked: Period, writer: JsonWriter): void {
  writer.object(membersOf(field), ({ selected: { key }, series }) => {
    if (series?.part !== 'read') return writer.value(parts.at(-1)?.part.head[key])
    const reads = parts.flatMap(({ part, share: { stretch, begins } }) => {
      const list = part.reads[key]
      return list === undefined ? [] : readsIn(list, stretch.bytes, begins, asked)
    })
    writer.list(reads, each => writer.bytes(each))
  })
}

function joinOthers(lists: readonly (readonly unknown[] | null)[]): unknown {
  if (lists.every(list => list === null)) return null
  const each = new Map(lists.flatMap(list => list ?? []).map(value => [JSON.stringify(value), value]))
  return [...each.values()]
}
