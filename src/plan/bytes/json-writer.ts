/** JSON that is there as bytes and is put into other JSON as it is. */
export class RawJson {
  /** They follow each other without anything in between. */
  readonly parts: readonly Buffer[]

  constructor(parts: readonly Buffer[]) {
    this.parts = parts
  }
}

/** Writes JSON out of texts and of bytes; nothing is copied before it is complete. */
export class JsonWriter {
  readonly #parts: Buffer[] = []
  readonly #places = new Map<RawJson, number>()
  #length = 0
  #text = ''

  text(text: string): void {
    this.#text += text
  }

  bytes(bytes: Buffer): void {
    this.#flush()
    this.#parts.push(bytes)
    this.#length += bytes.length
  }

  /** Plain JSON in which `RawJson` may stand. */
  value(value: unknown): void {
    if (value instanceof RawJson) this.#raw(value)
    else if (Array.isArray(value)) this.list(value, each => this.value(each))
    else if (typeof value === 'object' && value !== null) this.object(Object.entries(value), each => this.value(each))
    else this.text(JSON.stringify(value) ?? 'null')
  }

  list<Item>(items: readonly Item[], write: (item: Item) => void): void {
    this.text('[')
    items.forEach((item, at) => {
      if (at > 0) this.text(',')
      write(item)
    })
    this.text(']')
  }

  object<Member>(members: readonly (readonly [string, Member])[], write: (member: Member) => void): void {
    this.text('{')
    members.forEach(([key, member], at) => {
      this.text(`${at > 0 ? ',' : ''}${JSON.stringify(key)}:`)
      write(member)
    })
    this.text('}')
  }

  /** What was written, not yet copied. */
  get raw(): RawJson {
    this.#flush()
    return new RawJson([...this.#parts])
  }

  /** What was written, in memory of its own. */
  get whole(): Buffer {
    this.#flush()
    const whole = Buffer.allocUnsafeSlow(this.#length)
    this.#parts.reduce((end, part) => end + part.copy(whole, end), 0)
    return whole
  }

  /** Where each `RawJson` stands in the whole. */
  get places(): ReadonlyMap<RawJson, number> {
    return this.#places
  }

  #raw(json: RawJson): void {
    this.#flush()
    this.#places.set(json, this.#length)
    for (const part of json.parts) this.bytes(part)
  }

  #flush(): void {
    if (this.#text === '') return
    const bytes = Buffer.from(this.#text)
    this.#text = ''
    this.#parts.push(bytes)
    this.#length += bytes.length
  }
}
