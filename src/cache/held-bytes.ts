import type { Entry } from './entry.js'

/** Besides key, note and body an entry takes about so much memory, bytes. */
const overhead = 300

/** What an entry takes besides its body, bytes. */
export function sizeBeside({ note = '' }: Entry, key: string): number {
  return note.length + key.length + overhead
}

/** Small buffers are cut out of slabs of this size, which are nobody's own. */
const isSlab = ({ byteLength }: ArrayBufferLike): boolean => byteLength === Buffer.poolSize

/**
 * How much memory the entries hold that are there. A piece of memory in which several of them lie is counted once and as a whole, for as long
 * as one of them is there.
 */
export class HeldBytes {
  total = 0
  readonly #users = new Map<ArrayBufferLike, number>()

  add(key: string, entry: Entry): void {
    this.total += sizeBeside(entry, key)
    const { buffer, length } = entry.body
    if (isSlab(buffer)) this.total += length
    else if (this.#use(buffer, 1) === 1) this.total += buffer.byteLength
  }

  drop(key: string, entry: Entry): void {
    this.total -= sizeBeside(entry, key)
    const { buffer, length } = entry.body
    if (isSlab(buffer)) this.total -= length
    else if (this.#use(buffer, -1) === 0) this.total -= buffer.byteLength
  }

  #use(buffer: ArrayBufferLike, by: 1 | -1): number {
    const users = (this.#users.get(buffer) ?? 0) + by
    if (users === 0) this.#users.delete(buffer)
    else this.#users.set(buffer, users)
    return users
  }
}
