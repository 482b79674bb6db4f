/** The bytes of answers that go out as they are, by their `data`: whoever builds another result around it builds the same answer. */
const bodies = new WeakMap<object, Buffer>()

/** Stands for the `data` of an answer that is there as bytes; whoever wants the value has it parsed. */
export class ProvenData {
  /** As any `data`; its names are told only by the value. */
  readonly [name: string]: unknown
  readonly #body: Buffer

  constructor(body: Buffer) {
    this.#body = body
  }

  toJSON(): unknown {
    return dataIn(this.#body)
  }
}

/**
 * An answer without errors out of its bytes.
 *
 * @param answer as JSON, `{"data":...}`; without extensions it goes out as it is
 */
export function provenAnswer<Extensions extends object>(
  answer: Buffer,
  extensions: Extensions,
): { readonly data: ProvenData } & Extensions {
  const rest = JSON.stringify(extensions)
  const body = rest === '{}' ? answer : Buffer.concat([answer.subarray(0, -1), Buffer.from(`,${rest.slice(1)}`)])
  const data = new ProvenData(body)
  bodies.set(data, body)
  return { data, ...extensions }
}

/** The value of an answer that is there as bytes, for who wants to read in it. */
export function dataIn(body: Buffer | string): Record<string, unknown> {
  const { data } = JSON.parse(body.toString()) as { data: Record<string, unknown> }
  return data
}

/** The bytes of a whole answer that was made by `provenAnswer`; undefined for any other, and for one that was changed since. */
export function bodyOf(answer: object): Buffer | undefined {
  const { data, errors } = answer as { readonly data?: unknown; readonly errors?: unknown }
  return errors === undefined && data instanceof ProvenData ? bodies.get(data) : undefined
}
