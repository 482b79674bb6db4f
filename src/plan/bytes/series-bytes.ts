import type { Period } from '../interval.js'
import type { PlannedField } from '../plan.js'
import type { Path, Where } from '../proof.js'
import { dataIn } from './proven-answer.js'
import type { ReadList } from './read-list.js'
import { ReadListWriter } from './read-list.js'

interface PlacedList {
  readonly key: string
  readonly list: ReadList
}

interface StreamBytes {
  readonly id: string
  readonly lists: readonly PlacedList[]
}

interface WholeBytes {
  readonly field: PlannedField
  readonly path: Path
  readonly where: Where
  readonly start: number
  readonly end: number
  readonly streams: readonly StreamBytes[]
  readonly isSpoiled: boolean
  readonly isOrdered: boolean
}

/** One series of an answer that is there as bytes. */
export interface ProvenSeries {
  readonly field: PlannedField
  readonly path: Path
  readonly where: Where
  /** The series as it stands in the answer; all places in it count from its own beginning. */
  readonly bytes: Buffer
  /** The series without its reads: each list of them is empty. Undefined where something in it has no place in time. */
  readonly value: unknown
  /** Its streams in their order: what each is, and its reads by the key of their list. */
  readonly streams: readonly { readonly id: string; readonly reads: Readonly<Record<string, ReadList>> }[]
  /** All reads stand in order of time. */
  readonly isOrdered: boolean
}

/** Listens to the walk over an answer's bytes and remembers where its series and their reads are. All places are the new answer's. */
export class SeriesBytes {
  readonly #wholes: WholeBytes[] = []
  #streams: StreamBytes[] = []
  #lists: PlacedList[] = []
  #reads = new ReadListWriter()
  #isSpoiled = false
  #isOrdered = true

  read(period: Period, start: number): void {
    this.#reads.add(period, start)
  }

  /** A read that begins where the one before it ends, and lasts as long. @returns false where its list has none before it */
  anotherRead(start: number): boolean {
    return this.#reads.addAnother(start)
  }

  /** All reads that were told since the last list are this one's. */
  list(key: string, start: number, end: number): void {
    const { runs, marks, isOrdered } = this.#reads
    this.#lists.push({ key, list: { start, end, runs, marks } })
    if (!isOrdered) this.#isOrdered = false
    this.#reads = new ReadListWriter()
  }

  stream(id: string): void {
    this.#streams.push({ id, lists: this.#lists })
    this.#lists = []
  }

  spoiled(): void {
    this.#isSpoiled = true
  }

  whole(field: PlannedField, path: Path, where: Where, start: number, end: number): void {
    const [isSpoiled, isOrdered] = [this.#isSpoiled, this.#isOrdered]
    this.#wholes.push({ field, path, where, start, end, streams: this.#streams, isSpoiled, isOrdered })
    this.#streams = []
    this.#isSpoiled = false
    this.#isOrdered = true
  }

  /** @param body the new answer */
  series(body: Buffer): readonly ProvenSeries[] {
    return this.#wholes.map(({ field, path, where, start, end, streams, isSpoiled, isOrdered }) => {
      const cuts = streams.flatMap(({ lists }) => lists.map(({ list }) => list))
      const value: unknown = isSpoiled ? undefined : JSON.parse(without(cuts, '[]', start, end, body))
      const own = streams.map(({ id, lists }) => ({
        id,
        reads: Object.fromEntries(lists.map(({ key, list }) => [key, countedFrom(start, list)])),
      }))
      return { field, path, where, bytes: body.subarray(start, end), value, streams: own, isOrdered }
    })
  }

  /** The answer's `data` without its series: null stands in the place of each. */
  around(body: Buffer): Record<string, unknown> {
    return dataIn(without(this.#wholes, 'null', 0, body.length, body))
  }
}

function countedFrom(origin: number, { start, end, runs, marks }: ReadList): ReadList {
  return { start: start - origin, end: end - origin, runs, marks: marks.map(at => at - origin) }
}

function without(
  cuts: readonly { readonly start: number; readonly end: number }[],
  instead: string,
  from: number,
  until: number,
  body: Buffer,
): string {
  let [text, at] = ['', from]
  for (const { start, end } of cuts) {
    text += body.toString('utf8', at, start) + instead
    at = end
  }
  return text + body.toString('utf8', at, until)
}
