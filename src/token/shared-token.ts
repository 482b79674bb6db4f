import { readJson } from '../opower/judge-answer.js'
import { readMembers } from '../opower/read-members.js'
import type { TokenAnswer } from './request-token.js'
import { isBearerToken } from './token-response.js'

/** A token as the store keeps it. */
export function writeSharedToken({ value, lifeMs, ageMs = 0 }: TokenAnswer): string {
  return JSON.stringify({ value, lifeMs, issuedAt: Date.now() - ageMs })
}

/**
 * A token out of the store; undefined for anything that is not one. Its age goes by two machines' clocks: one that is
 * wrong makes the token look older, which costs a call, or younger, which costs a 401 and a call.
 */
export function readSharedToken(text: string | undefined): TokenAnswer | undefined {
  const { value, lifeMs, issuedAt } = readMembers(text === undefined ? undefined : readJson(text))
  const isToken = typeof value === 'string' && isBearerToken(value)
  if (!isToken || typeof lifeMs !== 'number' || typeof issuedAt !== 'number' || !(lifeMs > 0)) return undefined
  return { value, lifeMs, ageMs: Math.max(0, Date.now() - issuedAt) }
}
