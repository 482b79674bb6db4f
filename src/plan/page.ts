import type { Grant } from '../accounts/grant.js'
import { refusal } from '../errors.js'

/** The Relay arguments of a connection; null and absent mean the same. */
export interface PageArguments {
  readonly first: unknown
  readonly last: unknown
  /** Positions in the list, already unsealed. */
  readonly after: number | undefined
  readonly before: number | undefined
}

export interface Page {
  /** Everything the connection holds. */
  readonly all: readonly Grant[]
  readonly grants: readonly Grant[]
  /** The position of the page's first grant in the list. */
  readonly offset: number
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
}

/**
 * Cuts one page out of the grant list (Relay cursor connections, section 4.4). No page is longer than `pageSize`.
 *
 * @throws GatewayError `BAD_REQUEST` for a negative `first` or `last`.
 */
export function pageOf(all: readonly Grant[], { first, last, after, before }: PageArguments, pageSize: number): Page {
  let start = after === undefined ? 0 : after + 1
  let end = before === undefined ? all.length : Math.min(before, all.length)
  const fromStart = countOf('first', first)
  const fromEnd = countOf('last', last)
  if (fromStart !== undefined) end = Math.min(end, start + fromStart)
  if (fromEnd !== undefined) start = Math.max(start, end - fromEnd)
  if (end - start > pageSize && fromStart === undefined && fromEnd !== undefined) start = end - pageSize
  end = Math.min(end, start + pageSize)
  return {
    all,
    grants: all.slice(start, Math.max(start, end)),
    offset: start,
    hasNextPage: Math.max(start, end) < all.length,
    hasPreviousPage: start > 0,
  }
}

function countOf(name: string, value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'number' && value >= 0) return value
  throw refusal('BAD_REQUEST', { message: `"${name}" must be zero or more.` })
}
