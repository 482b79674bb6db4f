import { Token } from './token.js'

/** Thrown where the bytes are not what was expected; the general path then judges the whole answer. It has no stack, so that it costs nothing. */
export class NotAsPlanned {
  readonly name = 'NotAsPlanned'
}

/** One for all: whoever catches it learns nothing from it but that the answer goes the general way. */
const notAsPlanned = new NotAsPlanned()

export function giveUp(): never {
  throw notAsPlanned
}

/** What the work gives, or undefined where it gave up. */
export function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work()
  } catch (thrown) {
    if (thrown instanceof NotAsPlanned) return undefined
    throw thrown
  }
}

const [quote, comma, colon, minus, plus, point, zero, nine] = [0x22, 0x2c, 0x3a, 0x2d, 0x2b, 0x2e, 0x30, 0x39]
const [openObject, closeObject, openList, closeList, backslash] = [0x7b, 0x7d, 0x5b, 0x5d, 0x5c]
const [lineFeed, carriageReturn] = [0x0a, 0x0d]
const [letterE, smallE, smallU, smallN, smallT, smallF] = [0x45, 0x65, 0x75, 0x6e, 0x74, 0x66]

export const bytesOf = { quote, comma, openObject, closeObject, openList, closeList, smallN } as const

/** What may stand behind a backslash, `u` and its four digits apart (RFC 8259, section 7). */
const escaped: ReadonlySet<number> = new Set([quote, backslash, 0x2f, 0x62, 0x66, 0x6e, 0x72, 0x74])

/** No list or object of an honest answer lies deeper than documents may be. */
const deepest = 64

/**
 * Walks through JSON without white space, as servers of GraphQL write it. It is stricter than `JSON.parse`: whatever it takes, that takes
 * too, and with the same meaning. Anything else makes it give up.
 */
export class Scanner {
  at = 0
  readonly bytes: Buffer
  readonly #view: DataView

  constructor(bytes: Buffer) {
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  /** The byte here; undefined behind the end. */
  get byte(): number | undefined {
    return this.bytes[this.at]
  }

  take(byte: number): void {
    if (this.bytes[this.at] !== byte) giveUp()
    this.at += 1
  }

  /** Takes a text that must stand here. */
  takeAll(expected: Token): void {
    if (!this.takeIf(expected)) giveUp()
  }

  /** Takes a text if it stands here. */
  takeIf(expected: Token): boolean {
    const { at } = this
    if (!this.#isAt(at, expected)) return false
    this.at = at + expected.bytes.length
    return true
  }

  #isAt(at: number, { bytes, words }: Token): boolean {
    if (at + bytes.length > this.bytes.length) return false
    for (let word = 0; word < words.length; word++) if (this.#view.getInt32(at + word * 4, true) !== words[word]) return false
    for (let index = words.length * 4; index < bytes.length; index++) if (this.bytes[at + index] !== bytes[index]) return false
    return true
  }

  /** Whether the same stands in two places; what differs mostly does so in its end. */
  isSame(one: number, other: number, length: number): boolean {
    if (Math.max(one, other) + length > this.bytes.length) return false
    let index = length
    for (; index >= 4; index -= 4)
      if (this.#view.getInt32(one + index - 4, true) !== this.#view.getInt32(other + index - 4, true)) return false
    while (--index >= 0) if (this.bytes[one + index] !== this.bytes[other + index]) return false
    return true
  }

  /** Nothing more stands behind this, but for the line break with which some servers end their answers. */
  takeEnd(): void {
    while (this.byte === lineFeed || this.byte === carriageReturn) this.at += 1
    if (this.byte !== undefined) giveUp()
  }

  /** Takes `null` if it stands here. */
  takeNull(): boolean {
    if (this.bytes[this.at] !== smallN) return false
    this.takeAll(nullWord)
    return true
  }

  /** Passes over a string, number, `true` or `false`, or `null`. */
  skipScalar(): void {
    const first = this.bytes[this.at]
    if (first === quote) this.skipString()
    else if (first === smallN) this.takeAll(nullWord)
    else if (first === smallT) this.takeAll(trueWord)
    else if (first === smallF) this.takeAll(falseWord)
    else this.#skipNumber()
  }

  skipString(): void {
    const { bytes } = this
    let at = this.at + 1
    for (;;) {
      const byte = bytes[at]
      if (byte === undefined || byte < 0x20) giveUp()
      if (byte === quote) break
      at = byte === backslash ? this.#afterEscape(at + 1) : at + 1
    }
    this.at = at + 1
  }

  /** Passes over a string that means what it says, and gives where its text begins; the text ends before the last byte passed. */
  skipPlainString(): number {
    const { bytes } = this
    if (bytes[this.at] !== quote) giveUp()
    const start = this.at + 1
    let at = start
    for (let byte = bytes[at]; byte !== quote; byte = bytes[++at]) {
      if (byte === undefined || byte < 0x20 || byte === backslash || byte > 0x7e) giveUp()
    }
    this.at = at + 1
    return start
  }

  /** The text of a string that has no escapes and nothing but ASCII: ids and times have neither. */
  plainString(): string {
    const start = this.skipPlainString()
    return this.text(start, this.at - 1)
  }

  text(start: number, end: number, encoding: 'latin1' | 'utf8' = 'latin1'): string {
    return this.bytes.toString(encoding, start, end)
  }

  /** Passes over a value of any kind. */
  skipValue(depth = 0): void {
    const first = this.bytes[this.at]
    if (first === openObject) this.#skipMembers(depth)
    else if (first === openList) this.#skipItems(depth)
    else this.skipScalar()
  }

  #skipMembers(depth: number): void {
    if (depth > deepest) giveUp()
    this.at += 1
    if (this.bytes[this.at] === closeObject) return void this.at++
    for (;;) {
      if (this.bytes[this.at] !== quote) giveUp()
      this.skipString()
      this.take(colon)
      this.skipValue(depth + 1)
      if (this.bytes[this.at] !== comma) return this.take(closeObject)
      this.at += 1
    }
  }

  #skipItems(depth: number): void {
    if (depth > deepest) giveUp()
    this.at += 1
    if (this.bytes[this.at] === closeList) return void this.at++
    for (;;) {
      this.skipValue(depth + 1)
      if (this.bytes[this.at] !== comma) return this.take(closeList)
      this.at += 1
    }
  }

  #afterEscape(at: number): number {
    const byte = this.bytes[at]
    if (byte !== smallU) return byte !== undefined && escaped.has(byte) ? at + 1 : giveUp()
    for (let digit = at + 1; digit < at + 5; digit++) if (!isHexadecimal(this.bytes[digit])) giveUp()
    return at + 5
  }

  /** Numbers that every parser reads as the same value: not longer than a double can tell, and never out of its range. */
  #skipNumber(): void {
    const { bytes } = this
    let { at } = this
    if (bytes[at] === minus) at++
    const whole = at
    while (isDigit(bytes[at])) at++
    if (at === whole || at - whole > 15 || (bytes[whole] === zero && at - whole > 1)) giveUp()
    if (bytes[at] === point) {
      const fraction = ++at
      while (isDigit(bytes[at])) at++
      if (at === fraction || at - fraction > 20) giveUp()
    }
    if (bytes[at] === smallE || bytes[at] === letterE) {
      at++
      if (bytes[at] === plus || bytes[at] === minus) at++
      const exponent = at
      while (isDigit(bytes[at])) at++
      if (at === exponent || at - exponent > 2) giveUp()
    }
    this.at = at
  }
}

const nullWord = new Token('null')
const trueWord = new Token('true')
const falseWord = new Token('false')

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= nine
}

function isHexadecimal(byte: number | undefined): boolean {
  return isDigit(byte) || (byte !== undefined && ((byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66)))
}
