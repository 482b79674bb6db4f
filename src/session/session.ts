/** Who acts: always issuer, subject and actor together, never a bare `sub` (the same `sub` may exist at two issuers). */
export interface Subject {
  readonly issuer: string
  readonly sub: string
  /** The person who acts for `sub` (`act.sub` of the token, RFC 8693 section 4.1), when there is one. */
  readonly actor?: string
}

/** A verified customer session. Nothing in it comes from an unverified part of the request. */
export interface Session {
  readonly subject: Subject
  /** What the customer signs in with; shown back by `viewer.login`. */
  readonly login: string
  /** The utility whose customer this is, in lower case. Decided by the issuer; a claim can only narrow it. */
  readonly utilityCode: string
  /** Seconds since the epoch (the token's `exp`). */
  readonly expiresAt: number
  /** The verified claims, for a directory that reads grants from them. */
  readonly claims: Readonly<Record<string, unknown>>
}

/** No session is older, whatever its token says, milliseconds: a withdrawal that is kept as long outlives what it withdrew. */
export const longestSessionMs = 86_400_000

/** A stable text for one subject: JSON, so that no two subjects can collide. */
export function subjectKey({ issuer, sub, actor }: Subject): string {
  return JSON.stringify([issuer, sub, actor ?? null])
}
