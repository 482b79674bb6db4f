import { readJson } from './judge-answer.js'

/** Judges an answer by its bytes alone: what was proven of them, or undefined where they must be read as a value. */
export type Prove = (bytes: Buffer) => unknown

/** An answer that was read to its end. Its bytes are held once, and parsed at most once, when somebody asks for the value. */
export class HeldResponse extends Response {
  readonly held: Buffer
  #proof: unknown
  #value: { readonly parsed: unknown } | undefined

  constructor(bytes: Buffer, { status, headers }: { status: number; headers: Record<string, string> }) {
    super(null, { status, headers })
    this.held = bytes
  }

  /** What `Prove` made of the bytes; undefined where nobody asked, or they proved nothing. */
  get proof(): unknown {
    return this.#proof
  }

  /** Has the bytes judged, and remembers what came of it. */
  provenBy(prove: Prove): this {
    this.#proof = prove(this.held)
    return this
  }

  /** The parsed text; undefined when it is not JSON. */
  get value(): unknown {
    this.#value ??= { parsed: readJson(this.held.toString('utf8')) }
    return this.#value.parsed
  }

  override json(): Promise<unknown> {
    return Promise.resolve(this.value)
  }

  override text(): Promise<string> {
    return Promise.resolve(this.held.toString('utf8'))
  }

  override clone(): HeldResponse {
    return this
  }
}
