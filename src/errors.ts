import { GraphQLError } from 'graphql'
import type { GraphQLErrorExtensions } from 'graphql'

/**
 * Every error a client can meet: its HTTP status when the request is refused before execution, and a message
 * that is safe to show a customer. `docs/errors.md` explains each; a test keeps the two in step.
 *
 * After execution has begun the HTTP status is 200 and the error stands at its path.
 */
export const errorCodes = {
  BAD_REQUEST: { status: 400, message: 'The request is not valid GraphQL over HTTP.' },
  UNAUTHENTICATED: { status: 401, message: 'Sign in to continue: a valid session token is needed.' },
  SESSION_EXPIRED: { status: 401, message: 'The session has expired. Sign in again.' },
  ACCOUNT_NOT_IN_SCOPE: { status: 403, message: 'This session has no access to what was asked for.' },
  FIELD_NOT_AVAILABLE: { status: 400, message: 'This field is not available here.' },
  OPERATION_TOO_COSTLY: { status: 400, message: 'The operation asks for too much at once.' },
  OPERATION_NOT_TRUSTED: { status: 400, message: 'Only registered operations are accepted here.' },
  RANGE_NOT_AVAILABLE: { status: 400, message: 'The time range cannot be served.' },
  UPSTREAM_UNAVAILABLE: { status: 502, message: 'The data is not available right now. Try again later.' },
  UPSTREAM_TIMEOUT: { status: 504, message: 'The data took too long to arrive. Try again later.' },
  UPSTREAM_REFUSED: { status: 502, message: 'The data source refused the request. Try again later.' },
  UPSTREAM_BUDGET_EXHAUSTED: { status: 503, message: 'Too many requests for now. Try again shortly.' },
  INTERNAL: { status: 500, message: 'Something went wrong on our side.' },
} as const satisfies Record<string, { status: number; message: string }>

export type GatewayErrorCode = keyof typeof errorCodes

/**
 * `401` is sent whatever the media type; the other statuses are for `application/graphql-response+json`
 * only, since `application/json` answers 200 (GraphQL over HTTP, section 6.4).
 */
const alwaysByStatus: ReadonlySet<GatewayErrorCode> = new Set(['UNAUTHENTICATED', 'SESSION_EXPIRED'])

export interface GatewayErrorDetail {
  /** A fuller message; must be safe for any customer: no ids but the caller's own, no upstream text. */
  readonly message?: string
  readonly path?: readonly (string | number)[]
  /** The place in the caller's own document that the error is about. */
  readonly at?: Pick<GraphQLError, 'source' | 'positions'>
  readonly headers?: Readonly<Record<string, string>>
  readonly extensions?: GraphQLErrorExtensions
  /** What really happened. It is logged and never sent. */
  readonly cause?: unknown
}

/** An error meant for the client: the response guard lets only these through. */
export class GatewayError extends GraphQLError {
  readonly code: GatewayErrorCode
  /** Not enumerable, so that no serialiser finds it. */
  declare readonly reason: unknown

  constructor(code: GatewayErrorCode, detail: GatewayErrorDetail, extensions: GraphQLErrorExtensions) {
    super(detail.message ?? errorCodes[code].message, {
      ...(detail.path === undefined ? {} : { path: [...detail.path] }),
      source: detail.at?.source ?? null,
      positions: detail.at?.positions ?? null,
      extensions,
    })
    this.code = code
    Object.defineProperty(this, 'code', { enumerable: false })
    Object.defineProperty(this, 'reason', { value: detail.cause, enumerable: false })
  }
}

/** Refuses a request before anything is executed: the code decides the HTTP status. */
export function refusal(code: GatewayErrorCode, detail: GatewayErrorDetail = {}): GatewayError {
  const http = { status: errorCodes[code].status, spec: !alwaysByStatus.has(code), headers: { ...detail.headers } }
  return new GatewayError(code, detail, { ...detail.extensions, code, http })
}

/** A fault at one place of an answer: the rest of the answer stands, so there is no HTTP status. */
export function faultAt(path: readonly (string | number)[], code: GatewayErrorCode, detail: GatewayErrorDetail = {}): GatewayError {
  return new GatewayError(code, { ...detail, path }, { ...detail.extensions, code })
}
