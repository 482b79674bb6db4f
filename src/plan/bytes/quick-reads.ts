import { grantPeriod } from '../../accounts/grant-period.js'
import type { Period } from '../interval.js'
import { intersect, isInside, never } from '../interval.js'
import type { Where } from '../proof.js'
import { isOwnTime } from '../proof.js'
import { wholeMinuteIn } from './instants.js'
import type { Scanner } from './scanner.js'
import type { Token } from './token.js'

/** What a read of a series looks like where it has all that was asked for: texts, and a plain value behind each of them but the last. */
export interface ReadTemplate {
  readonly texts: readonly Token[]
  /** Behind which of them stands its time. */
  readonly timeAt: number
  readonly by: 'occupancy' | 'grant'
}

const [quote, slash] = [0x22, 0x2f]
/** `2026-08-01T00:00:00Z`, the form in which nearly all times come. */
const instantLength = 20
const minute = 60_000

/**
 * Takes reads that look like the one before: a long chart is thousands of them. It takes nothing that the walk would not take, and with the
 * same proof; whatever looks different in any way is left to the walk. Times are whole minutes here: as milliseconds each would be an object
 * of its own, and those of one chart a tenth of all the garbage of its request.
 */
export class QuickReads {
  /** The read that was taken last begins where the one before it ends, and lasts as long; that one was taken here, too. */
  isAnother = false
  readonly #scanner: Scanner
  /** When it is, minutes since the epoch. */
  #from = 0
  #until = 0
  /** Where its end stands as a text; -1 where the read before was not taken here. */
  #endAt = -1
  /** A period of the account's own, as far as the grant shows it: of which place, by which rule, and which. */
  #where: Where | undefined
  #by: ReadTemplate['by'] | undefined
  #own: Period = never

  constructor(scanner: Scanner) {
    this.#scanner = scanner
  }

  /** When the read is that was taken last, milliseconds since the epoch. */
  get period(): Period {
    return { from: this.#from * minute, until: this.#until * minute }
  }

  /** @returns whether a read was passed over; nothing was where it is false */
  take({ texts, timeAt, by }: ReadTemplate, where: Where): boolean {
    const scanner = this.#scanner
    const start = scanner.at
    for (let index = 0; index < texts.length; index++) {
      if (index > 0 && index - 1 !== timeAt) scanner.skipScalar()
      else if (index > 0 && !this.#takeTime()) return this.#leave(start)
      const text = texts[index]
      if (text === undefined || !scanner.takeIf(text)) return this.#leave(start)
    }
    return this.#isOwn(by, where) || this.#leave(start)
  }

  #leave(start: number): false {
    this.#scanner.at = start
    this.#endAt = -1
    return false
  }

  /** A read mostly begins where the one before ends, and says so in the same words. */
  #takeTime(): boolean {
    const scanner = this.#scanner
    const { bytes, at } = scanner
    const first = at + 1
    const second = first + instantLength + 1
    const end = second + instantLength
    if (bytes[at] !== quote || bytes[second - 1] !== slash || bytes[end] !== quote) return false
    const isNext = this.#endAt >= 0 && scanner.isSame(first, this.#endAt, instantLength)
    const from = isNext ? this.#until : wholeMinuteIn(bytes, first)
    const until = wholeMinuteIn(bytes, second)
    if (from < 0 || from >= until) return false
    this.isAnother = isNext && until - from === this.#until - this.#from
    this.#endAt = second
    this.#from = from
    this.#until = until
    scanner.at = end + 1
    return true
  }

  #isOwn(by: ReadTemplate['by'], where: Where): boolean {
    const own = this.#own
    const isKnown = this.#where === where && this.#by === by && this.#from * minute >= own.from && this.#until * minute <= own.until
    return isKnown || this.#learnOwn(by, where)
  }

  /** Apart, as a function with a function in it makes an object of its own each time. */
  #learnOwn(by: ReadTemplate['by'], where: Where): boolean {
    const { period } = this
    if (!isOwnTime(period, by, where)) return false
    const held = by === 'grant' ? undefined : where.occupancy?.find(each => isInside(period, each))
    this.#where = where
    this.#by = by
    this.#own = held === undefined ? period : intersect(held, grantPeriod(where.grant))
    return true
  }
}
