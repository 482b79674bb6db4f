import type { RawJson } from '../plan/bytes/json-writer.js'
import type { Period } from '../plan/interval.js'
import type { WindowLease } from './lease.js'
import type { Grain } from './periods.js'
import { touches } from './periods.js'
import type { ToldStretch } from './stretch.js'

/** The stretches of one execution that are kept when its answer is there: what stands in the answer is not kept a second time. */
export class ToKeep {
  readonly #windows: readonly Period[]
  readonly #grain: Grain
  readonly #lease: WindowLease | undefined
  readonly #told: (readonly [series: string, told: ToldStretch])[] = []
  readonly #places = new Map<ToldStretch, Buffer>()

  constructor(windows: readonly Period[], grain: Grain, lease: WindowLease | undefined) {
    this.#windows = windows
    this.#grain = grain
    this.#lease = lease
  }

  add(series: string, told: ToldStretch): void {
    if (this.#lease !== undefined) this.#told.push([series, told])
  }

  /** The answer is there as bytes, and these parts of it. */
  stands(body: Buffer, places: ReadonlyMap<RawJson, number>): void {
    for (const [, told] of this.#told) {
      const at = told.whole === undefined ? undefined : places.get(told.whole)
      if (at !== undefined) this.#places.set(told, body.subarray(at, at + told.bytes.length))
    }
  }

  keep(): void {
    if (this.#lease === undefined) return
    const { store, rule } = this.#lease
    const used = new Map<ArrayBufferLike, number>()
    const all = this.#told.map(([series, told]) => ({ series, told, bytes: this.#places.get(told) ?? told.bytes }))
    for (const { bytes } of all) used.set(bytes.buffer, (used.get(bytes.buffer) ?? 0) + bytes.length)
    for (const { series, told, bytes } of all) {
      // A few reads do not hold the memory of all that came with them.
      const isMost = (used.get(bytes.buffer) ?? 0) * 2 >= bytes.buffer.byteLength
      const windows = this.#windows.filter(window => touches(window, told.covers, this.#grain))
      store.keepStretch(series, { ...told, bytes: isMost ? bytes : Buffer.from(bytes) }, { windows, rule })
    }
  }
}
