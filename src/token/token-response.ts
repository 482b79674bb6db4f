import { readJson } from '../opower/judge-answer.js'
import { readMembers } from '../opower/read-members.js'
import { BodyTooLongError, readText } from '../opower/read-text.js'
import { TokenFailure } from './token-failure.js'
import { readLifeMs } from './token-life.js'

const maxAnswerBytes = 65_536

export interface JudgedResponse {
  /** What the OAuth library may see: a success is cut down to the two members that it has to check. */
  readonly response: Response
  readonly lifeMs: number
}

/**
 * Judges an answer of the token endpoint before the OAuth library reads it: no redirect, no endless body, and a
 * lifetime that may be anything (the library would refuse a whole token for an odd `expires_in`).
 *
 * @throws {TokenFailure} `redirect`, `unavailable` or `malformed`
 */
export async function readTokenResponse(response: Response): Promise<JudgedResponse> {
  const { status } = response
  if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) throw await discard(response, 'redirect')
  if (status >= 500 || status === 429) throw await discard(response, 'unavailable')
  const text = await readAnswer(response)
  if (status !== 200) return { response: new Response(text, { status, headers: response.headers }), lifeMs: 0 }
  const { access_token, token_type, expires_in } = readMembers(readJson(text))
  return { response: Response.json({ access_token, token_type }), lifeMs: readLifeMs(expires_in) }
}

/**
 * A token that fits into a header and is a bearer token.
 *
 * @throws {TokenFailure} `malformed`
 */
export function assertBearer(token: string, type: string): string {
  // Visible ASCII only (RFC 6749 appendix A.12): a header would refuse the rest and repeat the token in its error.
  if (type.toLowerCase() !== 'bearer' || !isBearerToken(token)) throw new TokenFailure('malformed')
  return token
}

export function isBearerToken(token: string): boolean {
  return /^[\x21-\x7e]{1,8192}$/.test(token)
}

async function discard(response: Response, code: 'redirect' | 'unavailable'): Promise<TokenFailure> {
  await response.body?.cancel()
  return new TokenFailure(code, String(response.status), readRetryAfterMs(response.headers.get('retry-after')))
}

/** Seconds (RFC 9110 section 10.2.3), at most a minute: a longer wait could outlast the token that still serves. */
function readRetryAfterMs(retryAfter: string | null): number {
  return retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Math.min(Number(retryAfter), 60) * 1000 : 0
}

async function readAnswer(response: Response): Promise<string> {
  try {
    return await readText(response, maxAnswerBytes)
  } catch (error) {
    throw error instanceof BodyTooLongError ? new TokenFailure('malformed', 'too long') : error
  }
}
