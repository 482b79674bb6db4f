/**
 * Stands for the `data` of an answer that is there as bytes and goes out as they are: whoever builds another result around it builds the same
 * answer. Whoever wants the value has it parsed.
 */
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

  /** The whole answer. */
  static bodyOf(data: unknown): Buffer | undefined {
    return data instanceof ProvenData ? data.#body : undefined
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
  return { data: new ProvenData(body), ...extensions }
}

/** The value of an answer that is there as bytes, for who wants to read in it. */
export function dataIn(body: Buffer | string): Record<string, unknown> {
  const { data } = JSON.parse(body.toString()) as { data: Record<string, unknown> }
  return data
}

/** The bytes of a whole answer that was made by `provenAnswer`; undefined for any other, and for one that was changed since. */
export function bodyOf(answer: object): Buffer | undefined {
  const { data, errors } = answer as { readonly data?: unknown; readonly errors?: unknown }
  return errors === undefined ? ProvenData.bodyOf(data) : undefined
}
