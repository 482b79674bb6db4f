import { LRUCache } from 'lru-cache'
import type { Session } from '../session/session.js'
import type { Subject } from '../session/session.js'
import { subjectKey } from '../session/session.js'
import type { AccountDirectory } from './directory.js'
import type { GrantSet } from './grant.js'

export interface CachedDirectoryOptions {
  /** How long an answer is used, milliseconds, as of now: the longest that a withdrawn grant can live on. @default 60000 */
  readonly maxLifeMs?: number | (() => number)
  /** How many subjects are remembered. @default 10000 */
  readonly maxSubjects?: number
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number
}

export interface CachedDirectory extends AccountDirectory {
  /** Forgets every answer of which the test is true; questions on their way are then asked again. */
  forget(isConcerned: (subject: Subject, set: GrantSet) => boolean): void
}

/**
 * Remembers a directory's answers per subject and lets concurrent requests of one subject share one question.
 * Failures are not remembered and nothing old stands in for them: without an answer there are no grants.
 */
export function createCachedDirectory(directory: AccountDirectory, options: CachedDirectoryOptions = {}): CachedDirectory {
  const { maxLifeMs = 60_000, maxSubjects = 10_000, now = Date.now } = options
  const answers = new LRUCache<string, CachedAnswer>({ max: maxSubjects })
  const inFlight = new Map<string, Promise<GrantSet>>()

  const maxLife = typeof maxLifeMs === 'number' ? () => maxLifeMs : maxLifeMs
  const isFresh = ({ until, askedAt }: CachedAnswer): boolean => now() < Math.min(until, askedAt + maxLife())
  let forgotten = 0

  async function askAndKeep(key: string, session: Session): Promise<GrantSet> {
    const [askedAt, before] = [now(), forgotten]
    const set = await directory.grantsOf(session)
    // What was answered before something was to be forgotten may be just that.
    if (forgotten !== before) return askAndKeep(key, session)
    // Counted from the question: the answer may be as old as that.
    answers.set(key, { subject: session.subject, set, askedAt, until: session.expiresAt * 1000 })
    return set
  }

  const known = (key: string): GrantSet | undefined => {
    const answer = answers.get(key)
    return answer !== undefined && isFresh(answer) ? answer.set : undefined
  }

  return {
    known: session => known(keyOf(session)),
    async grantsOf(session) {
      const key = keyOf(session)
      const set = known(key)
      if (set !== undefined) return set
      const pending = inFlight.get(key) ?? askAndKeep(key, session).finally(() => inFlight.delete(key))
      inFlight.set(key, pending)
      return pending
    },
    forget(isConcerned) {
      forgotten += 1
      for (const [key, { subject, set }] of answers) if (isConcerned(subject, set)) answers.delete(key)
    },
  }
}

const keys = new WeakMap<Session, string>()

function keyOf(session: Session): string {
  const key = keys.get(session) ?? JSON.stringify([session.utilityCode, subjectKey(session.subject)])
  keys.set(session, key)
  return key
}

interface CachedAnswer {
  readonly subject: Subject
  readonly set: GrantSet
  /** Milliseconds since the epoch, like `until`, the end of the session that it was asked for. */
  readonly askedAt: number
  readonly until: number
}
