import type { DocumentNode } from 'graphql'
import { getOperationAST, Kind } from 'graphql'
import { readMembers } from '../opower/read-members.js'
import { parsedOnce } from '../plan/parsed-once.js'
import type { Priority } from './fair-queue.js'

interface AskedOperation {
  readonly query: string | undefined
  readonly operationName: string | undefined
}

/** What is known of a call before it is made. */
export interface CallFacts {
  /** What it asks, where that is known without its body. */
  readonly asked?: AskedOperation | undefined
  /** The body as it goes upstream. */
  readonly body: unknown
  /** Whether a customer's request stands behind it. */
  readonly isForCustomer: boolean
  /** The request says itself that it is made ahead of need (`Sec-Purpose: prefetch`, Fetch standard section 2.2.4). */
  readonly isPrefetch: boolean
}

export interface CallClass {
  readonly priority: Priority
  /** Sending it twice does no harm. */
  readonly isQuery: boolean
}

/** Roots of work that takes seconds anyway: a file that is made, and the questions whether it is ready. */
const exportRoots: ReadonlySet<string> = new Set(['exportJob', 'generateUsageExportFile'])

/**
 * A query that a customer waits for is interactive; changes and exports are ordinary; what nobody waits for is background. A call that cannot
 * be read is ordinary, and is never sent twice.
 */
export function classOf({ asked, body, isForCustomer, isPrefetch }: CallFacts): CallClass {
  const operation = operationOf(asked ?? readRequest(body))
  const isQuery = operation?.operation === 'query'
  if (!isForCustomer || (isQuery && isPrefetch)) return { priority: 'background', isQuery }
  const isExport = operation?.selectionSet.selections.some(each => each.kind === Kind.FIELD && exportRoots.has(each.name.value))
  return { priority: isQuery && isExport !== true ? 'interactive' : 'ordinary', isQuery }
}

function operationOf({ query, operationName }: AskedOperation): ReturnType<typeof getOperationAST> {
  const document = query === undefined ? undefined : readDocument(query)
  return document === undefined ? undefined : getOperationAST(document, operationName)
}

function readRequest(body: unknown): AskedOperation {
  // To find out by parsing that XML is no JSON would cost more than all the rest here.
  if (typeof body !== 'string' || body.startsWith('<')) return { query: undefined, operationName: undefined }
  try {
    const { query, operationName } = readMembers(JSON.parse(body))
    return { query: readString(query), operationName: readString(operationName) }
  } catch {
    return { query: undefined, operationName: undefined }
  }
}

function readString(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function readDocument(query: string): DocumentNode | undefined {
  try {
    return parsedOnce(query)
  } catch {
    return undefined
  }
}
