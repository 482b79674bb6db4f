import type { Made } from './freshness.js'

/** What is kept under a key: JSON as bytes, when it was made, and how long it is good for. */
export interface Entry extends Made {
  readonly body: Buffer
}

/** One text for the shared store: the times in the first line, the JSON after it. */
export function writeEntry({ at, times, body }: Entry): string {
  return `${[at, times.freshMs, times.staleWhileRevalidateMs, times.staleIfErrorMs].join(' ')}\n${body.toString('utf8')}`
}

/** Undefined for a text that was not written by `writeEntry`. */
export function readEntry(text: string): Entry | undefined {
  const end = text.indexOf('\n')
  const numbers = text.slice(0, end).split(' ').map(Number)
  const [at, freshMs, staleWhileRevalidateMs, staleIfErrorMs] = numbers
  if (end < 0 || numbers.length !== 4 || !numbers.every(each => Number.isFinite(each) && each >= 0)) return undefined
  if (at === undefined || freshMs === undefined || staleWhileRevalidateMs === undefined || staleIfErrorMs === undefined) return undefined
  return { at, times: { freshMs, staleWhileRevalidateMs, staleIfErrorMs }, body: Buffer.from(text.slice(end + 1)) }
}
