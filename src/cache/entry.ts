import type { Made } from './freshness.js'

/** What is kept under a key, when it was made, and how long it is good for. */
export interface Entry extends Made {
  /** UTF-8. Several entries may lie in the same memory, which nobody writes into. */
  readonly body: Buffer
  /** What must be known of the body to find one's way in it: an object as JSON, in one line. */
  readonly note?: string
}

/** The same text in memory of its own: one that was put together of others, or cut out of another, holds on to them for as long as it is kept. */
export function ownText(text: string): string {
  return Buffer.from(text).toString()
}

/** One text for the shared store: times and note in the first line, the body after it. */
export function writeEntry({ at, times, body, note = '' }: Entry): string {
  return `${[at, times.freshMs, times.staleWhileRevalidateMs, times.staleIfErrorMs].join(' ')}${note}\n${body.toString('utf8')}`
}

/** Undefined for a text that was not written by `writeEntry`. */
export function readEntry(text: string): Entry | undefined {
  const end = text.indexOf('\n')
  const [, numbers = '', note = ''] = /^([^{]*)(.*)$/.exec(text.slice(0, end)) ?? []
  const each = numbers.split(' ').map(Number)
  const [at = NaN, freshMs = NaN, staleWhileRevalidateMs = NaN, staleIfErrorMs = NaN] = each
  const all = [at, freshMs, staleWhileRevalidateMs, staleIfErrorMs]
  if (end < 0 || each.length > all.length || !all.every(number => Number.isFinite(number) && number >= 0)) return undefined
  const times = { freshMs, staleWhileRevalidateMs, staleIfErrorMs }
  return { at, times, body: Buffer.from(text.slice(end + 1)), ...(note === '' ? {} : { note: ownText(note) }) }
}
