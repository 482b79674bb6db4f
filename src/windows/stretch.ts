import { RawJson } from '../plan/bytes/json-writer.js'
import type { ReadList } from '../plan/bytes/read-list.js'
import { ReadListWriter, timesOf } from '../plan/bytes/read-list.js'
import type { ProvenSeries } from '../plan/bytes/series-bytes.js'
import type { Period } from '../plan/interval.js'
import { never } from '../plan/interval.js'
import type { PlannedField } from '../plan/plan.js'
import { property } from '../plan/shape-value.js'
import type { OpenRead, OpenSeries, SeriesFacts } from './open-series.js'
import { hasAmount, isGap, openSeries } from './open-series.js'

/** What one call told of one series, as the customer selected it: its reads as they came, and what tells where they are. Plain JSON but for the bytes. */
export interface Stretch extends Pick<OpenSeries, 'told' | 'others'> {
  /** Every read that lies in this period as a whole is here. */
  readonly covers: Period
  readonly streams: Readonly<Record<string, readonly StreamPart[] | null>>
  readonly bytes: Buffer
}

export interface StreamPart {
  readonly id: string
  readonly head: Readonly<Record<string, unknown>>
  /** The source named it in an answer that held no read of it. */
  readonly isBare: boolean
  /** In the bytes. */
  readonly reads: Readonly<Record<string, ReadList>>
}

/** A stretch that was just told. */
export interface ToldStretch extends Stretch {
  /** When the reads begin whose amount is missing, and may yet come. */
  readonly gaps: readonly number[]
  /** The whole series as it was told, where its bytes are that. */
  readonly whole: RawJson | undefined
}

/** Of a series that was proven by its bytes: they are taken as they are, and no read of it is made into a value. */
export function stretchOfBytes(field: PlannedField, series: ProvenSeries, covers: Period): ToldStretch | undefined {
  const { value, bytes, streams: proven, isOrdered } = series
  if (value === undefined) return undefined
  if (!isOrdered) {
    const whole: unknown = JSON.parse(bytes.toString('utf8'))
    return stretchOfValue(field, whole, factsOf(field, whole, series), covers)
  }
  let told = 0
  const opened = openSeries(field, value, { periodOf: () => undefined, idOf: () => proven[told++]?.id })
  if (opened === undefined) return undefined
  let place = 0
  const streams = mapLists(opened.streams, ({ id, head }) => partOf({ id, head, reads: proven[place++]?.reads ?? {} }))
  return { ...opened, covers, streams, bytes, gaps: gapsIn(field, streams, bytes), whole: new RawJson([bytes]) }
}

/** Of a series that is there as values: its reads are written one after the other, in order of time. */
export function stretchOfValue(field: PlannedField, value: unknown, facts: SeriesFacts, covers: Period): ToldStretch | undefined {
  const opened = openSeries(field, value, facts)
  if (opened === undefined) return undefined
  const texts: Buffer[] = []
  let end = 0
  const writeList = (reads: readonly OpenRead[]): ReadList => {
    const [start, writer] = [end, new ReadListWriter()]
    const add = (text: string): void => void (end += texts[texts.push(Buffer.from(text)) - 1]?.length ?? 0)
    add('[')
    reads
      .toSorted((one, other) => one.from - other.from)
      .forEach((read, at) => {
        if (at > 0) add(',')
        writer.add(read, end)
        add(JSON.stringify(read.value))
      })
    add(']')
    return { start, end, runs: writer.runs, marks: writer.marks }
  }
  const streams = mapLists(opened.streams, ({ id, head, reads }) => partOf({ id, head, reads: mapValues(reads, writeList) }))
  const bytes = Buffer.concat(texts)
  return { ...opened, covers, streams, bytes, gaps: gapsIn(field, streams, bytes), whole: undefined }
}

function partOf(part: Omit<StreamPart, 'isBare'>): StreamPart {
  return { ...part, isBare: Object.values(part.reads).every(({ runs }) => runs.length === 0) }
}

/** What the walk over the bytes found out, for the values in them: it told of them in the same order. */
function factsOf(field: PlannedField, value: unknown, { streams }: ProvenSeries): SeriesFacts {
  const [periods, ids] = [new WeakMap<object, Period>(), new WeakMap<object, string>()]
  let place = 0
  for (const child of field.children.filter(({ series }) => series?.part === 'stream'))
    for (const stream of objectsIn(property(value, child.selected.key))) {
      const { id = '', reads = {} } = streams[place++] ?? {}
      ids.set(stream, id)
      for (const [key, list] of Object.entries(reads)) {
        const times = timesOf(list)
        objectsIn(property(stream, key)).forEach((read, at) => periods.set(read, times[at] ?? never))
      }
    }
  return { idOf: stream => ids.get(stream), periodOf: read => periods.get(read) }
}

function objectsIn(list: unknown): readonly object[] {
  return Array.isArray(list) ? list.filter(each => typeof each === 'object' && each !== null) : []
}

function gapsIn(field: PlannedField, streams: Stretch['streams'], bytes: Buffer): readonly number[] {
  const gaps: number[] = []
  for (const stream of field.children)
    for (const child of stream.children.filter(hasAmount))
      for (const { reads } of streams[stream.selected.key] ?? []) gaps.push(...gapsOf(child, reads[child.selected.key], bytes))
  return gaps
}

/** A text without any null in it has no gap. */
function gapsOf(field: PlannedField, list: ReadList | undefined, bytes: Buffer): readonly number[] {
  if (list === undefined) return []
  const text = bytes.subarray(list.start, list.end)
  if (!text.includes('null')) return []
  const values = JSON.parse(text.toString('utf8')) as readonly unknown[]
  return timesOf(list).flatMap(({ from }, at) => (isGap(field, values[at]) ? [from] : []))
}

type Lists<Item> = Readonly<Record<string, readonly Item[] | null>>

function mapLists<From, To>(lists: Lists<From>, make: (item: From) => To): Lists<To> {
  return mapValues(lists, list => list?.map(make) ?? null)
}

function mapValues<From, To>(values: Readonly<Record<string, From>>, make: (value: From) => To): Readonly<Record<string, To>> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, make(value)]))
}
