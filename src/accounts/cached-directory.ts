import { LRUCache } from 'lru-cache'
import type { Session } from '../session/session.js'
import { subjectKey } from '../session/session.js'
import type { AccountDirectory } from './directory.js'
import type { GrantSet } from './grant.js'

export interface CachedDirectoryOptions {
  /** How long an answer is used, milliseconds: the longest that a withdrawn grant can live on. @default 60000 */
  readonly maxLifeMs?: number
  /** How many subjects are remembered. @default 10000 */
  readonly maxSubjects?: number
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number
}

/**
 * Remembers a directory's answers per subject and lets concurrent requests of one subject share one question.
 * Failures are not remembered and nothing old stands in for them: without an answer there are no grants.
 */
export function createCachedDirectory(directory: AccountDirectory, options: CachedDirectoryOptions = {}): AccountDirectory {
  const { maxLifeMs = 60_000, maxSubjects = 10_000, now = Date.now } = options
  const answers = new LRUCache<string, CachedAnswer>({ max: maxSubjects })
  const inFlight = new Map<string, Promise<GrantSet>>()

  async function askAndKeep(key: string, session: Session): Promise<GrantSet> {
    const askedAt = now()
    const set = await directory.grantsOf(session)
    // Counted from the question: the answer may be as old as that.
    answers.set(key, { set, until: Math.min(session.expiresAt * 1000, askedAt + maxLifeMs) })
    return set
  }

  return {
    async grantsOf(session) {
      const key = JSON.stringify([session.utilityCode, subjectKey(session.subject)])
      const known = answers.get(key)
      if (known !== undefined && now() < known.until) return known.set
      const pending = inFlight.get(key) ?? askAndKeep(key, session).finally(() => inFlight.delete(key))
      inFlight.set(key, pending)
      return pending
    },
  }
}

interface CachedAnswer {
  readonly set: GrantSet
  /** Milliseconds since the epoch. */
  readonly until: number
}
