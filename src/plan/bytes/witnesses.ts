import type { Where } from '../proof.js'
import { proveAs } from '../proof.js'
import type { ByteField } from './byte-plan.js'
import { goTo } from './look-ahead.js'
import type { Scanner } from './scanner.js'
import { giveUp } from './scanner.js'

/** A witness that proved its object: where it stands, from quote to quote, and what it proved. */
interface Proof {
  readonly start: number
  readonly end: number
  readonly where: Where
  readonly inside: Where
}

/**
 * Proves the objects of one answer by the ids that stand in them. One after the other tells the same: what proved the object before, at the
 * same place, is known again by its bytes, and no text is made of them.
 */
export class Witnesses {
  readonly #scanner: Scanner
  readonly #before = new Map<ByteField, Proof>()

  constructor(scanner: Scanner) {
    this.#scanner = scanner
  }

  /** What is known inside the object that was just entered. */
  inside(node: ByteField, where: Where): Where {
    const { witness } = node.field
    if (witness === undefined) return where
    const scanner = this.#scanner
    const entered = scanner.at
    goTo(node.ahead.witness ?? giveUp(), scanner)
    const before = this.#before.get(node)
    const start = scanner.at
    if (before?.where === where && scanner.isSame(start, before.start, before.end - before.start)) {
      scanner.at = entered
      return before.inside
    }
    const inside = proveAs(witness.kind, scanner.plainString(), where) ?? giveUp()
    this.#before.set(node, { start, end: scanner.at, where, inside })
    scanner.at = entered
    return inside
  }
}
