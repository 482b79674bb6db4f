import { readJson } from './judge-answer.js'

/** Judges an answer by its bytes alone: what was proven of them, or undefined where they must be read as a value. */
export type Prove = (bytes: Buffer) => unknown

/** Remembers what was made of the bytes that were seen last: whoever asks again asks about the very same. */
export function onceFor<Made>(make: (bytes: Buffer) => Made): (bytes: Buffer) => Made {
  let last: { readonly bytes: Buffer; readonly made: Made } | undefined
  return bytes => {
    if (last?.bytes !== bytes) last = { bytes, made: make(bytes) }
    return last.made
  }
}

interface Told {
  readonly status: number
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>
}

/** What is kept of an answer's headers: nobody reads another. */
export const keptHeaders = ['content-type', 'retry-after'] as const

/** Whether an answer's bytes proved themselves, so that nobody need read it as a value. */
export function isProven(response: Response): response is HeldResponse {
  return response instanceof HeldResponse && response.proof !== undefined
}

/**
 * An answer that was read to its end. Its bytes are held once, and parsed at most once, when somebody asks for the value.
 *
 * It is a `Response` by shape alone: one of the platform's costs as much as all that is read of it, and what nobody on our own way reads is
 * made when somebody does.
 */
export class HeldResponse implements Response {
  readonly held: Buffer
  readonly status: number
  readonly type = 'default'
  readonly url = ''
  readonly redirected = false
  readonly statusText = ''
  readonly #told: Told['headers']
  #proof: unknown
  #value: { readonly parsed: unknown } | undefined
  #whole: Response | undefined

  constructor(bytes: Buffer, { status, headers }: Told) {
    this.held = bytes
    this.status = status
    this.#told = headers
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

  /** The same answer with a part of its bytes for a body. */
  with(bytes: Buffer): HeldResponse {
    return new HeldResponse(bytes, { status: this.status, headers: this.#told })
  }

  /** The parsed text; undefined when it is not JSON. */
  get value(): unknown {
    this.#value ??= { parsed: readJson(this.#words) }
    return this.#value.parsed
  }

  /** A header of the answer by its name in lower case. */
  header(name: string): string | null {
    return this.#told[name] ?? null
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300
  }

  get headers(): Headers {
    return new Headers(this.#told)
  }

  get body(): Response['body'] {
    return this.#platform.body
  }

  get bodyUsed(): boolean {
    return this.#platform.bodyUsed
  }

  json(): Promise<unknown> {
    return Promise.resolve(this.value)
  }

  text(): Promise<string> {
    return Promise.resolve(this.#words)
  }

  bytes(): ReturnType<Response['bytes']> {
    return Promise.resolve(new Uint8Array(this.held))
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return this.#platform.arrayBuffer()
  }

  blob(): ReturnType<Response['blob']> {
    return this.#platform.blob()
  }

  formData(): ReturnType<Response['formData']> {
    return this.#platform.formData()
  }

  clone(): HeldResponse {
    return this
  }

  /** As the platform reads a body: without the mark of UTF-8 that may stand before it. */
  get #words(): string {
    const { held } = this
    return held.toString('utf8', held[0] === 0xef && held[1] === 0xbb && held[2] === 0xbf ? 3 : 0)
  }

  get #platform(): Response {
    const { status, held } = this
    this.#whole ??= new Response(held.length === 0 ? null : new Uint8Array(held), { status, headers: this.#told })
    return this.#whole
  }
}
