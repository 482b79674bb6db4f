import { isAscii } from 'node:buffer'
import type { Period } from '../interval.js'
import type { PlannedField } from '../plan.js'
import type { Path, Where } from '../shape-value.js'
import { RawJson } from './raw-json.js'

/** One read of a series: its time, and where it stands in the answer. */
interface ReadBytes extends Period {
  readonly start: number
  readonly end: number
}

/** A list of reads in the answer, in which everything has its place in time. */
interface ReadsBytes {
  readonly key: string
  readonly start: number
  readonly end: number
  readonly reads: readonly ReadBytes[]
}

interface StreamBytes {
  readonly id: string
  readonly lists: readonly ReadsBytes[]
}

interface WholeBytes {
  readonly field: PlannedField
  readonly path: Path
  readonly where: Where
  readonly start: number
  readonly end: number
  readonly streams: readonly StreamBytes[]
  /** Something in it has no place in time. */
  readonly isSpoiled: boolean
}

export interface PlacedRead extends Period {
  readonly value: RawJson
}

/** One series of an answer that is there as bytes. */
export interface ProvenSeries {
  readonly field: PlannedField
  readonly path: Path
  readonly where: Where
  /** The series without its reads: each list of them is empty. Undefined where something in it has no place in time. */
  readonly value: unknown
  /** Its streams in their order: what each is, and its reads by the key of their list. */
  readonly streams: readonly { readonly id: string; readonly reads: Readonly<Record<string, readonly PlacedRead[]>> }[]
}

/** Listens to the walk over an answer's bytes and remembers where its series and their reads are. All places are the new answer's. */
export class SeriesBytes {
  readonly #wholes: WholeBytes[] = []
  #streams: StreamBytes[] = []
  #lists: ReadsBytes[] = []
  #reads: ReadBytes[] = []
  #isSpoiled = false

  read({ from, until }: Period, start: number, end: number): void {
    this.#reads.push({ from, until, start, end })
  }

  /** All reads that were told since the last list are this one's. */
  list(key: string, start: number, end: number): void {
    this.#lists.push({ key, start, end, reads: this.#reads })
    this.#reads = []
  }

  stream(id: string): void {
    this.#streams.push({ id, lists: this.#lists })
    this.#lists = []
  }

  spoiled(): void {
    this.#isSpoiled = true
  }

  whole(field: PlannedField, path: Path, where: Where, start: number, end: number): void {
    this.#wholes.push({ field, path, where, start, end, streams: this.#streams, isSpoiled: this.#isSpoiled })
    this.#streams = []
    this.#isSpoiled = false
  }

  /** @param body the new answer: JSON without its last bracket */
  series(body: Buffer): readonly ProvenSeries[] {
    const textOf = textsOf(body)
    return this.#wholes.map(({ field, path, where, start, end, streams, isSpoiled }) => {
      const cuts = streams.flatMap(({ lists }) => lists)
      const value: unknown = isSpoiled ? undefined : JSON.parse(without(cuts, '[]', start, end, textOf))
      return { field, path, where, value, streams: streams.map(stream => ({ id: stream.id, reads: readsOf(stream, textOf) })) }
    })
  }

  /** The answer's `data` without its series: null stands in the place of each. */
  around(body: Buffer): Record<string, unknown> {
    const { data } = JSON.parse(`${without(this.#wholes, 'null', 0, body.length, textsOf(body))}}`) as { data: Record<string, unknown> }
    return data
  }
}

type TextOf = (start: number, end: number) => string

/** Places are counted in bytes: a text has the same ones where it is ASCII. */
function textsOf(body: Buffer): TextOf {
  if (!isAscii(body)) return (start, end) => body.toString('utf8', start, end)
  const text = body.toString('latin1')
  return (start, end) => text.slice(start, end)
}

function readsOf({ lists }: StreamBytes, textOf: TextOf): Record<string, readonly PlacedRead[]> {
  const placed = lists.map(({ key, reads }) => {
    const each = reads.map(({ from, until, start, end }) => ({ from, until, value: new RawJson(textOf(start, end)) }))
    return [key, each] as const
  })
  return Object.fromEntries(placed)
}

function without(
  cuts: readonly { readonly start: number; readonly end: number }[],
  instead: string,
  from: number,
  until: number,
  textOf: TextOf,
) {
  let [text, at] = ['', from]
  for (const { start, end } of cuts) {
    text += textOf(at, start) + instead
    at = end
  }
  return text + textOf(at, until)
}
