import { z } from 'zod'
import { lineOf } from '../faults/read-faults.js'

/** What a stand-in does wrong on purpose. */
export interface SourceFaults {
  /** It does not answer: connections are cut. */
  readonly down: boolean
  /** It answers late, by so many milliseconds. */
  readonly slow: { readonly ms: number } | undefined
  /** It answers with a page of HTML. */
  readonly html: boolean
  /** A row of somebody else stands among the answer. */
  readonly foreign: boolean
  /** Rows come in another order, one is missing and one comes twice. */
  readonly reversed: boolean
}

/** The faults in force, replaced as a whole. */
export interface FaultSwitch {
  readonly current: SourceFaults
  replace(faults: SourceFaults): void | Promise<void>
}

const shape = z.strictObject({
  down: z.boolean().default(false),
  slow: z.strictObject({ ms: z.int().min(0).max(600_000) }).optional(),
  html: z.boolean().default(false),
  foreign: z.boolean().default(false),
  reversed: z.boolean().default(false),
})

export const noFaults: SourceFaults = { down: false, slow: undefined, html: false, foreign: false, reversed: false }

/** The faults that a JSON value names, the rest off; or what is wrong with it, as one line. */
export function readSourceFaults(value: unknown): SourceFaults | { readonly error: string } {
  const { data, error } = shape.safeParse(value)
  return data === undefined ? { error: lineOf(error) } : { ...data, slow: data.slow }
}

export function createFaultSwitch(): FaultSwitch {
  let current = noFaults
  return {
    get current() {
      return current
    },
    replace(faults) {
      current = faults
    },
  }
}

/** The rows as the faults in force would have them; `stranger` is a row that nobody asked for. */
export function disturbed<Row>(rows: readonly Row[], faults: SourceFaults, stranger: Row | undefined): readonly Row[] {
  const some = faults.foreign && stranger !== undefined ? [...rows, stranger] : rows
  return faults.reversed ? withGapAndTwin([...some].reverse()) : some
}

/** The second of several rows is left out, and the first comes again at the end. */
function withGapAndTwin<Row>(rows: readonly Row[]): readonly Row[] {
  const kept = rows.length > 2 ? rows.filter((_, index) => index !== 1) : rows
  return [...kept, ...kept.slice(0, 1)]
}
