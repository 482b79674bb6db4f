import { hash } from 'node:crypto'

/** An operation as logs and records name it: nothing in it but a digest and what is a plain name. */
export interface NamedOperation {
  /** SHA-256 of the document as it was sent, in hexadecimal. */
  readonly hash?: string
  readonly name?: string
}

/** What a caller sent, as far as it was read by then. */
export interface SentOperation {
  readonly query?: string
  readonly operationName?: string | null
}

const nothing: NamedOperation = {}
const known = new WeakMap<SentOperation, NamedOperation>()

/** An operation name is chosen by the caller: only what is a GraphQL name of sensible length is repeated. */
export function nameOperation(sent: SentOperation | undefined): NamedOperation {
  if (sent === undefined) return nothing
  const named = known.get(sent) ?? nameSent(sent)
  known.set(sent, named)
  return named
}

function nameSent({ query, operationName }: SentOperation): NamedOperation {
  return {
    ...(typeof query === 'string' ? { hash: hash('sha256', query) } : {}),
    ...(typeof operationName === 'string' && /^[A-Za-z_]\w{0,63}$/.test(operationName) ? { name: operationName } : {}),
  }
}
