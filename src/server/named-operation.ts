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
  return nameHashed(typeof query === 'string' ? hashOf(query) : undefined, operationName)
}

/** SHA-256 of a document, in hexadecimal. */
export function hashOf(document: string): string {
  return hash('sha256', document)
}

/** The same of a document whose digest is at hand. */
export function nameHashed(documentHash: string | undefined, operationName: string | null | undefined): NamedOperation {
  const isName = typeof operationName === 'string' && plainName.test(operationName)
  return { ...(documentHash === undefined ? {} : { hash: documentHash }), ...(isName ? { name: operationName } : {}) }
}

const plainName = /^[A-Za-z_]\w{0,63}$/
