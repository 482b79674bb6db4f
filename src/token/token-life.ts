/** What is assumed when the endpoint does not say how long its token lives (RFC 6749 section 5.1 lets it). */
const assumedSeconds = 300
const floorSeconds = 1
const ceilingSeconds = 24 * 60 * 60

/**
 * How long a token lives, in milliseconds, out of an `expires_in` that may be anything. Numbers in text are read;
 * what makes no sense (absent, zero, negative, not a number) counts as not said; the rest is held between one
 * second and a day. Whatever comes out wrong costs one 401 and a fresh token, never a customer's answer.
 */
export function readLifeMs(expiresIn: unknown): number {
  const seconds = typeof expiresIn === 'string' && expiresIn.trim() !== '' ? Number(expiresIn) : expiresIn
  if (typeof seconds !== 'number' || Number.isNaN(seconds) || seconds <= 0) return assumedSeconds * 1000
  return Math.min(Math.max(seconds, floorSeconds), ceilingSeconds) * 1000
}

/** The part of its life after which a token is replaced: 75 to 80 %, spread so that replicas do not ask together. */
export function refreshAfterMs(lifeMs: number, random: () => number): number {
  return earliestRefreshMs(lifeMs) + lifeMs * 0.05 * random()
}

/** Before this part of its life nobody replaces a token that another process holds, too. */
export function earliestRefreshMs(lifeMs: number): number {
  return lifeMs * 0.75
}

/** The part of its life in which a token is handed out: the call that carries it needs time to arrive. */
export function usableForMs(lifeMs: number): number {
  return lifeMs - Math.min(5_000, lifeMs * 0.05)
}

/** How long to leave the endpoint alone after `failures` failed calls in a row: 1 s doubled up to 30 s, less jitter. */
export function backOffMs(failures: number, random: () => number): number {
  return Math.min(30_000, 1_000 * 2 ** Math.min(failures - 1, 10)) * (0.5 + 0.5 * random())
}
