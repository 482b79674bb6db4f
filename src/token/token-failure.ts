/**
 * Why a call for the utility token failed. The words are ours: an answer's own text may repeat what was sent, and
 * errors of the OAuth library carry whole answers, tokens included. So nothing of either is kept.
 */
export const tokenFailures = {
  timeout: 'the token endpoint took too long',
  network: 'the token endpoint could not be reached',
  redirect: 'the token endpoint answered with a redirect, which is never followed',
  unavailable: 'the token endpoint answered with an error of its own',
  invalid_client: 'the token endpoint refused the client id or the client secret',
  refused: 'the token endpoint refused the request',
  malformed: 'the answer of the token endpoint was not a token',
  credentials: 'the client id or the client secret could not be read from its file',
  closed: 'the gateway is shutting down',
} as const

export type TokenFailureCode = keyof typeof tokenFailures

export function isTokenFailureCode(code: string): code is TokenFailureCode {
  return Object.hasOwn(tokenFailures, code)
}

/** Logged and counted, never shown to a customer. Holds no secret and no part of an answer. */
export class TokenFailure extends Error {
  readonly code: TokenFailureCode
  /** A status or an error code of the system (`503`, `ECONNREFUSED`), where there is one. */
  readonly detail: string | undefined
  /** How long the endpoint asks to be left alone, in milliseconds; 0 where it does not say. */
  readonly retryAfterMs: number

  constructor(code: TokenFailureCode, detail?: string, retryAfterMs = 0) {
    super(detail === undefined ? tokenFailures[code] : `${tokenFailures[code]} (${detail})`)
    this.name = 'TokenFailure'
    this.code = code
    this.detail = detail
    this.retryAfterMs = retryAfterMs
  }
}
