/** An answer put together from stretches of another one and texts in between; nothing is copied before it is complete. */
export class Splice {
  readonly #bytes: Buffer
  /** In turn: begin and end of a stretch, or -1 and the number of a text. */
  readonly #parts: number[] = []
  readonly #texts: string[] = []
  /** Where the stretch that is being kept began; -1 while nothing is. */
  #from = -1
  #length = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** From here on the bytes are kept. */
  keepFrom(at: number): void {
    this.#from = at
  }

  /** From here on they are not. */
  leaveFrom(at: number): void {
    if (this.#from >= 0 && at > this.#from) {
      this.#parts.push(this.#from, at)
      this.#length += at - this.#from
    }
    this.#from = -1
  }

  /** Leaves a stretch out of what is being kept. */
  cut(from: number, until: number): void {
    this.leaveFrom(from)
    this.#from = until
  }

  /** Puts a text in at this place of what is being kept. */
  insert(at: number, text: string): void {
    this.cut(at, at)
    this.add(text)
  }

  /** Adds a text behind all that was kept so far. */
  add(text: string): void {
    this.#length += Buffer.byteLength(text)
    const [parts, texts] = [this.#parts, this.#texts]
    if (parts[parts.length - 2] === -1) texts[texts.length - 1] += text
    else parts.push(-1, texts.push(text) - 1)
  }

  /** How many bytes the answer has up to this place of what is being kept. */
  lengthAt(at: number): number {
    return this.#length + (this.#from < 0 ? 0 : at - this.#from)
  }

  get bytes(): Buffer {
    const whole = Buffer.allocUnsafeSlow(this.#length)
    let end = 0
    for (let index = 0; index < this.#parts.length; index += 2) {
      const [from = 0, until = 0] = [this.#parts[index], this.#parts[index + 1]]
      end += from < 0 ? whole.write(this.#texts[until] ?? '', end) : this.#bytes.copy(whole, end, from, until)
    }
    return whole
  }
}
