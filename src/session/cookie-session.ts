import { randomBytes } from 'node:crypto'
import type { JWTPayload } from 'jose'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { digest } from '../accounts/scope.js'
import type { AtOnce } from '../at-once.js'
import { refusal } from '../errors.js'
import type { Store } from '../store/store.js'
import { StoreUnavailableError } from '../store/store.js'
import { unauthenticated } from './bearer.js'
import { readSession } from './read-session.js'
import type { Session } from './session.js'
import { longestSessionMs, subjectKey } from './session.js'

export interface CookieSessionsOptions {
  readonly store: Store
  /** The issuer and the utility of every session here. */
  readonly issuer: string
  readonly utilityCode: string
  /** Whether browsers reach the gateway over https; not so only in the demo. */
  readonly secure: boolean
  /** Open at once for one person; the oldest makes room, so that nobody can crowd out the others. @default 20 */
  readonly perPerson?: number
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number
}

/**
 * Sessions of browsers: the browser has a random name, and what it stands for is kept in the store. The token itself is
 * not kept at all, only the claims that were verified.
 *
 * Each method throws GatewayError `UPSTREAM_UNAVAILABLE` while the store is away: a copy could outlive the session.
 */
export interface CookieSessions {
  /** Keeps the session until its token expires; the value of `set-cookie`. */
  open(session: Session): Promise<string>
  /**
   * The session that the cookie of a request stands for; undefined where there is no such cookie.
   *
   * @param cookie the `cookie` header
   * @throws GatewayError `UNAUTHENTICATED` for a cookie that stands for nothing
   */
  find(cookie: string | null): Promise<Session | undefined>
  /** Whether a session that `find` gave is still open; true, at once, for any other session. */
  isOpen(session: Session): AtOnce<boolean>
  /** Ends the session of the cookie; the `set-cookie` that has the browser forget it, or undefined where there is no cookie. */
  close(cookie: string | null): Promise<string | undefined>
}

export function createCookieSessions(options: CookieSessionsOptions): CookieSessions {
  const { store, issuer, utilityCode, secure, perPerson = 20, now = Date.now } = options
  const name = secure ? '__Host-substation' : 'substation'
  // RFC 6265bis section 4.1.3.2: the prefix is honoured only with exactly these attributes, and no Domain.
  const attributes = `Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
  const keys = new WeakMap<Session, string>()
  /** What was read of the texts in the store, so that a page of requests reads it once; whether it stands there is asked each time. */
  const readings = new LRUCache<string, { readonly text: string; readonly session: Session }>({ max: 10_000 })

  function readKept(key: string, text: string): Session {
    const known = readings.get(key)
    if (known?.text === text) return known.session
    const session = readSession(readClaims(text), issuer, utilityCode)
    readings.set(key, { text, session })
    keys.set(session, key)
    return session
  }

  /** Notes the new session among the person's; whatever is beyond the limit ends. */
  async function makeRoom(session: Session, key: string): Promise<void> {
    const list = `browser-sessions:${digest([subjectKey(session.subject)])}`
    const open = [...readKeys(await store.get(list)), key]
    await Promise.all(open.slice(0, -perPerson).map(old => store.delete(old)))
    await store.set(list, JSON.stringify(open.slice(-perPerson)), longestSessionMs)
  }

  return {
    async open(session) {
      const id = randomBytes(32).toString('base64url')
      const lifeMs = session.expiresAt * 1000 - now()
      await reach(() => store.set(keyOf(id), JSON.stringify(session.claims), lifeMs))
      await reach(() => makeRoom(session, keyOf(id)))
      return `${name}=${id}; Max-Age=${Math.floor(lifeMs / 1000)}; ${attributes}`
    },
    async find(cookie) {
      const id = readCookie(cookie, name)
      if (id === undefined) return undefined
      const key = keyOf(id)
      const kept = await reach(() => store.get(key))
      if (kept === undefined) throw unauthenticated('a session cookie that stands for no session')
      return readKept(key, kept)
    },
    isOpen(session) {
      const key = keys.get(session)
      return key === undefined || reach(async () => (await store.get(key)) !== undefined)
    },
    async close(cookie) {
      const id = readCookie(cookie, name)
      if (id === undefined) return undefined
      await reach(() => store.delete(keyOf(id)))
      return `${name}=; Max-Age=0; ${attributes}`
    },
  }
}

/** The store knows a digest only: whoever reads its names cannot make a cookie of them. */
function keyOf(id: string): string {
  return `browser-session:${digest([id])}`
}

async function reach<T>(command: () => Promise<T>): Promise<T> {
  try {
    return await command()
  } catch (error) {
    if (error instanceof StoreUnavailableError) throw refusal('UPSTREAM_UNAVAILABLE', { cause: error })
    throw error
  }
}

/** Two cookies of one name may have come from another site below the same domain: then neither is believed. */
function readCookie(header: string | null, name: string): string | undefined {
  const given = (header ?? '')
    .split(';')
    .map(pair => pair.trim())
    .filter(pair => pair.startsWith(`${name}=`))
  if (given.length === 0) return undefined
  const [pair = ''] = given
  const id = pair.slice(name.length + 1)
  if (given.length > 1 || !/^[\w-]{43}$/.test(id)) throw unauthenticated('a session cookie that is not one of ours')
  return id
}

function readKeys(text: string | undefined): readonly string[] {
  return text === undefined ? [] : z.array(z.string()).parse(JSON.parse(text))
}

function readClaims(text: string): JWTPayload {
  return z.record(z.string(), z.unknown()).parse(JSON.parse(text))
}
