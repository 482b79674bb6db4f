import type { EnvironmentReader } from './environment-reader.js'

/** Ceilings on what one request may ask; each with a safe default. */
export interface Limits {
  /** Bytes of one request body. @default 262144 */
  readonly bodyBytes: number
  /** Tokens of one document. @default 5000 */
  readonly tokens: number
  /** Depth of nested selections. @default 20 */
  readonly depth: number
  /** Fields under an alias in one operation. @default 30 */
  readonly aliases: number
  /** Root fields of one operation. @default 10 */
  readonly rootFields: number
  /** Elements of one list given as an argument or variable. @default 500 */
  readonly listLength: number
  /** Accounts in one upstream call, and on one page. @default 100 */
  readonly pageSize: number
  /** Calls to Opower that a registered operation may cost in the worst case. @default 20 */
  readonly operationCalls: number
}

export function readLimits(reader: EnvironmentReader): Limits {
  const limit = (name: string, fallback: number, max: number) => reader.integer(name, { min: 1, max, fallback })
  return {
    bodyBytes: limit('LIMIT_BODY_BYTES', 262_144, 16_777_216),
    tokens: limit('LIMIT_TOKENS', 5_000, 100_000),
    depth: limit('LIMIT_DEPTH', 20, 100),
    aliases: limit('LIMIT_ALIASES', 30, 1_000),
    rootFields: limit('LIMIT_ROOT_FIELDS', 10, 100),
    listLength: limit('LIMIT_LIST_LENGTH', 500, 10_000),
    pageSize: limit('LIMIT_PAGE_SIZE', 100, 1_000),
    operationCalls: limit('LIMIT_OPERATION_CALLS', 20, 1_000),
  }
}
