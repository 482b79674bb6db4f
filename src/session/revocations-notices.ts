import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { digest } from '../accounts/scope.js'
import type { Session } from './session.js'

const name = z.string().min(1).max(500)
const withdrawn = z.union([
  z.strictObject({ issuer: name, sub: name }),
  z.strictObject({ issuer: name, sid: name }),
  z.strictObject({ account: name }),
])
const forgotten = z.union([
  z.strictObject({ account: name, tag: name.optional() }),
  z.strictObject({ tag: name }),
  z.strictObject({ all: z.literal(true) }),
])

/** What is withdrawn: all sessions of a person (also those acting for others), one session, or access to an account. */
export type Withdrawal = z.infer<typeof withdrawn>

/** What is to be forgotten: everything about an account or what it keeps under a tag, everything under a tag, or all there is. */
export type Purge = z.infer<typeof forgotten>

const noticeSchema = z.strictObject({
  id: z.string().min(1).max(64),
  kind: z.enum(['withdrawal', 'purge']),
  /** From when on, milliseconds since the epoch. */
  at: z.number(),
  about: z.union([withdrawn, forgotten]),
})

/** One thing that an operator said, as the replicas tell it to each other. */
export type Notice = z.infer<typeof noticeSchema>

export function writeNotice(notice: Notice): string {
  return JSON.stringify(notice)
}

/** Undefined for a text that is no notice, such as one of a later version. */
export function readNotice(text: string): Notice | undefined {
  try {
    return noticeSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** All notices that this process knows, by what they are about. */
export interface Notices {
  create(kind: Notice['kind'], about: Notice['about']): Notice
  /** Whether it was new. */
  add(notice: Notice): boolean
  /** The notice stands in the store. */
  spread(notice: Notice): void
  /** What does not stand in the store yet. */
  unspread(): readonly Notice[]
  /** What is known here and not among the given ones. */
  missingIn(known: readonly Notice[]): readonly Notice[]
  isRevoked(session: Session): boolean
  isWithdrawn(account: string, session: Session): boolean
  stampOf(accounts: readonly string[], tags?: readonly string[]): string
}

export interface NoticesOptions {
  /** How long a notice is kept, milliseconds: no session is older, and nothing that it has had forgotten. */
  readonly keepMs: number
  readonly now: () => number
}

export function createNotices({ keepMs, now }: NoticesOptions): Notices {
  const all = new Map<string, Notice>()
  const waiting = new Map<string, Notice>()
  /** The latest withdrawal of each person, session and account. */
  const since = new Map<string, number>()
  /** All notices that have something forgotten, mixed together by what that is. */
  const stamps = new Map<string, bigint>()

  function prune(): void {
    for (const [id, { at, about }] of all) {
      if (now() - at < keepMs) return
      all.delete(id)
      waiting.delete(id)
      mix({ id, about })
      if (since.get(keyOf(about)) === at) since.delete(keyOf(about))
    }
  }

  /** What is mixed in twice is out again. */
  function mix({ id, about }: Pick<Notice, 'id' | 'about'>): void {
    if ('issuer' in about) return
    const key = keyOf(about)
    const mixed = (stamps.get(key) ?? 0n) ^ mark(id)
    if (mixed === 0n) stamps.delete(key)
    else stamps.set(key, mixed)
  }

  function isOlder(key: string, session: Session): boolean {
    const from = since.get(key)
    return from !== undefined && !(issuedAt(session) > from)
  }

  return {
    create: (kind, about) => ({ id: randomUUID(), kind, at: now(), about }),
    add(notice) {
      prune()
      if (all.has(notice.id) || now() - notice.at >= keepMs) return false
      all.set(notice.id, notice)
      waiting.set(notice.id, notice)
      mix(notice)
      const key = keyOf(notice.about)
      if (notice.kind === 'withdrawal') since.set(key, Math.max(notice.at, since.get(key) ?? -Infinity))
      return true
    },
    spread: ({ id }) => void waiting.delete(id),
    unspread: () => [...waiting.values()],
    missingIn(known) {
      const there = new Set(known.map(({ id }) => id))
      return [...all.values()].filter(({ id }) => !there.has(id))
    },
    isRevoked(session) {
      if (since.size === 0) return false
      const { issuer } = session.subject
      const { sid } = session.claims
      // A session that was ended stays ended, however new its token: its `sid` names this one session only.
      if (typeof sid === 'string' && since.has(keyOf({ issuer, sid }))) return true
      return peopleOf(session).some(sub => isOlder(keyOf({ issuer, sub }), session))
    },
    isWithdrawn: (account, session) => since.size > 0 && isOlder(account, session),
    stampOf(accounts, tags = []) {
      if (stamps.size === 0) return ''
      const concerned = [
        everything,
        ...tags.map(tag => tagged(tag)),
        ...accounts.flatMap(account => [account, ...tags.map(tag => tagged(tag, account))]),
      ]
      return concerned.flatMap(key => (stamps.has(key) ? `${key}=${stamps.get(key)?.toString(36)}` : [])).join()
    },
  }
}

const everything = '*'

/** Neither an account nor a tag has a space in it. */
function tagged(tag: string, account = ''): string {
  return `${account} ${tag}`
}

function keyOf(about: Notice['about']): string {
  if ('all' in about) return everything
  if ('account' in about) return 'tag' in about && about.tag !== undefined ? tagged(about.tag, about.account) : about.account
  if ('tag' in about) return tagged(about.tag)
  return 'sid' in about ? JSON.stringify(['sid', about.issuer, about.sid]) : JSON.stringify(['sub', about.issuer, about.sub])
}

function peopleOf({ subject }: Session): readonly string[] {
  return subject.actor === undefined ? [subject.sub] : [subject.sub, subject.actor]
}

/** Milliseconds since the epoch; before everything for a token that does not say. The claim counts in whole seconds. */
function issuedAt({ claims }: Session): number {
  const { iat } = claims
  return typeof iat === 'number' && Number.isFinite(iat) ? iat * 1_000 : -Infinity
}

/** Mixed by exclusive or, so that replicas which hear the same in another order come to the same stamp. */
function mark(id: string): bigint {
  return BigInt(`0x${digest([id]).slice(0, 32)}`)
}
