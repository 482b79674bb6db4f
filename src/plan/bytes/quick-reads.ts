import { grantPeriod } from '../../accounts/grant-period.js'
import type { Period } from '../interval.js'
import { intersect, isInside, never } from '../interval.js'
import type { Where } from '../proof.js'
import { isOwnTime } from '../proof.js'
import { instantIn } from './instants.js'
import type { Scanner } from './scanner.js'

/** What a read of a series looks like where it has all that was asked for: texts, and a plain value behind each of them but the last. */
export interface ReadTemplate {
  readonly texts: readonly Uint8Array[]
  /** Behind which of them stands its time. */
  readonly timeAt: number
  readonly by: 'occupancy' | 'grant'
}

const [quote, slash] = [0x22, 0x2f]
/** `2026-08-01T00:00:00Z`, the form in which nearly all times come. */
const instantLength = 20

/**
 * Takes reads that look like the one before: a long chart is thousands of them. It takes nothing that the walk would not take, and with the
 * same proof; whatever looks different in any way is left to the walk.
 */
export class QuickReads {
  readonly #scanner: Scanner
  /** Where the end of the read before stands as a text, and which moment that is. */
  #endAt = -1
  #end = NaN
  /** A period of the account's own, as far as the grant shows it: of which place, and which. */
  #where: Where | undefined
  #own: Period = never

  constructor(scanner: Scanner) {
    this.#scanner = scanner
  }

  /** @returns when the read is that was passed over; undefined where nothing was */
  take({ texts, timeAt, by }: ReadTemplate, where: Where): Period | undefined {
    const scanner = this.#scanner
    const start = scanner.at
    let period: Period | undefined
    for (let index = 0; index < texts.length; index++) {
      if (index > 0 && index - 1 !== timeAt) scanner.skipScalar()
      else if (index > 0) period = this.#time()
      const text = texts[index]
      if (text === undefined || (index > timeAt && period === undefined) || !this.#passes(text)) return this.#leave(start)
    }
    return period !== undefined && this.#isOwn(period, by, where) ? period : this.#leave(start)
  }

  #leave(start: number): undefined {
    this.#scanner.at = start
    return undefined
  }

  #passes(text: Uint8Array): boolean {
    const { bytes, at } = this.#scanner
    for (let index = 0; index < text.length; index++) if (bytes[at + index] !== text[index]) return false
    this.#scanner.at = at + text.length
    return true
  }

  /** A read mostly begins where the one before ends, and says so in the same words. */
  #time(): Period | undefined {
    const { bytes, at } = this.#scanner
    const [first, second, end] = [at + 1, at + instantLength + 2, at + 2 * instantLength + 2]
    if (bytes[at] !== quote || bytes[second - 1] !== slash || bytes[end] !== quote) return undefined
    const from = this.#isEnd(bytes, first) ? this.#end : instantIn(bytes, first, second - 1)
    const until = instantIn(bytes, second, end)
    if (!(from < until)) return undefined
    this.#endAt = second
    this.#end = until
    this.#scanner.at = end + 1
    return { from, until }
  }

  #isEnd(bytes: Uint8Array, at: number): boolean {
    if (this.#endAt < 0) return false
    for (let index = instantLength - 1; index >= 0; index--) if (bytes[at + index] !== bytes[this.#endAt + index]) return false
    return true
  }

  #isOwn(period: Period, by: ReadTemplate['by'], where: Where): boolean {
    if (this.#where === where && isInside(period, this.#own)) return true
    if (!isOwnTime(period, by, where)) return false
    const held = by === 'grant' ? undefined : where.occupancy?.find(each => isInside(period, each))
    this.#where = where
    this.#own = held === undefined ? period : intersect(held, grantPeriod(where.grant))
    return true
  }
}
