import type { Period } from '../interval.js'
import { Scanner } from './scanner.js'

/** A list of reads in a text, in order of time: where it stands, and when its reads are. Plain JSON, and short however many there are. */
export interface ReadList {
  /** From its opening bracket until behind its closing one. */
  readonly start: number
  readonly end: number
  /** In turn: when a run of reads begins, how long each of them lasts, and how many follow one upon the other without a gap. */
  readonly runs: readonly number[]
  /** Where every 32nd read begins. */
  readonly marks: readonly number[]
}

const stride = 32

/** Makes the runs and marks of one list while its reads are told in turn. */
export class ReadListWriter {
  readonly runs: number[] = []
  readonly marks: number[] = []
  /** Each read begins where the one before it does, or later. */
  isOrdered = true
  #count = 0
  #lastFrom = -Infinity
  #lastUntil = -Infinity

  /** When the read is, and where it begins. */
  add({ from, until }: Period, at: number): void {
    const { runs } = this
    if (from === this.#lastUntil && until - from === runs[runs.length - 2]) return void this.addAnother(at)
    this.#mark(at)
    runs.push(from, until - from, 1)
    if (from < this.#lastFrom) this.isOrdered = false
    this.#lastFrom = from
    this.#lastUntil = until
  }

  /** A read that begins where the one before it ends, and lasts as long. @returns false where there is none before it */
  addAnother(at: number): boolean {
    const { runs } = this
    const last = runs.length - 1
    if (last < 0) return false
    this.#mark(at)
    runs[last] = (runs[last] ?? 0) + 1
    this.#lastFrom = this.#lastUntil
    this.#lastUntil += runs[last - 1] ?? 0
    return true
  }

  #mark(at: number): void {
    if (this.#count++ % stride === 0) this.marks.push(at)
  }
}

/** Whether a read of the list begins in one period and touches another. */
export function hasRead({ runs }: ReadList, begins: Period, touches: Period): boolean {
  return eachRun(runs).some(({ from, length, count }) => {
    const [first, end] = placesIn({ from, length, count }, { from: Math.max(begins.from, touches.from - length + 1), until: begins.until })
    return first < end && from + first * length < touches.until
  })
}

/** The reads that begin in one period and lie in another as a whole, as they stand in the text: stretches of reads with commas between them. */
export function readsIn(list: ReadList, bytes: Buffer, begins: Period, inside: Period): readonly Buffer[] {
  const from = Math.max(begins.from, inside.from)
  const stretches: [number, number][] = []
  let before = 0
  for (const run of eachRun(list.runs)) {
    const [first, end] = placesIn(run, { from, until: Math.min(begins.until, inside.until - run.length + 1) })
    const last = stretches.at(-1)
    if (first < end && last?.[1] === before + first) last[1] = before + end
    else if (first < end) stretches.push([before + first, before + end])
    before += run.count
  }
  const startOf = (place: number): number => (place === before ? list.end : placeOf(list, bytes, place))
  return stretches.map(([first, end]) => bytes.subarray(startOf(first), startOf(end) - 1))
}

/** When each read of the list is. */
export function timesOf({ runs }: ReadList): readonly Period[] {
  return eachRun(runs).flatMap(({ from, length, count }) =>
    Array.from({ length: count }, (_, at) => ({ from: from + at * length, until: from + (at + 1) * length })),
  )
}

interface Run {
  readonly from: number
  readonly length: number
  readonly count: number
}

function eachRun(runs: readonly number[]): readonly Run[] {
  const each: Run[] = []
  for (let at = 0; at < runs.length; at += 3) each.push({ from: runs[at] ?? 0, length: runs[at + 1] ?? 0, count: runs[at + 2] ?? 0 })
  return each
}

/** Which reads of a run begin in a period: the first, and the one behind the last. */
function placesIn({ from, length, count }: Run, period: Period): readonly [number, number] {
  const placeAt = (at: number): number => Math.min(count, Math.max(0, Math.ceil((at - from) / length)))
  return [placeAt(period.from), placeAt(period.until)]
}

/** Where a read begins. */
function placeOf({ marks }: ReadList, bytes: Buffer, place: number): number {
  const scanner = new Scanner(bytes)
  scanner.at = marks[Math.floor(place / stride)] ?? 0
  for (let passed = place % stride; passed > 0; passed--) {
    scanner.skipValue()
    scanner.at += 1
  }
  return scanner.at
}
