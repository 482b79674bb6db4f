import { describe, expect, it } from '@jest/globals'
import type { CookieSessions } from '../../src/session/cookie-session.js'
import { createCookieSessions } from '../../src/session/cookie-session.js'
import { createMemoryStore } from '../../src/store/memory-store.js'
import type { Store } from '../../src/store/store.js'
import { StoreUnavailableError } from '../../src/store/store.js'
import { sessionOf } from '../accounts/test-directory.js'
import { refusalOf } from '../accounts/refusal-of.js'

const issuer = 'https://issuer.example'
const inAnHour = Math.floor(Date.now() / 1000) + 3_600
const session = sessionOf('customer-1', {
  expiresAt: inAnHour,
  claims: { sub: 'customer-1', exp: inAnHour, preferred_username: 'alice', sid: 's' },
})

const create = (store: Store, more = {}): CookieSessions =>
  createCookieSessions({ store, issuer, utilityCode: 'nved', secure: true, ...more })

describe('a session cookie over https', () => {
  it('is bound to this very host and to https, and hidden from scripts', async () => {
    const cookies = create(createMemoryStore())
    const set = await cookies.open(session)
    expect(set).toMatch(/^__Host-substation=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax; Secure$/)
    expect(set).not.toMatch(/domain/i)
    expect(await cookies.find(set.split(';')[0] ?? '')).toMatchObject({
      subject: { issuer, sub: 'customer-1' },
      login: 'alice',
      expiresAt: inAnHour,
    })
  })

  it('is not taken under the name without the prefix, which a page over http could set', async () => {
    const cookies = create(createMemoryStore())
    const cookie = (await cookies.open(session)).split(';')[0] ?? ''
    expect(await cookies.find(cookie.replace('__Host-', ''))).toBeUndefined()
  })
})

describe('what the store holds of a browser session', () => {
  it('has neither the cookie in its names nor a token in its values, and is gone with the session', async () => {
    let now = Date.now()
    const written: string[] = []
    const inner = createMemoryStore({ now: () => now })
    const store: Store = { ...inner, set: (key, value, ttlMs) => (written.push(key, value, String(ttlMs)), inner.set(key, value, ttlMs)) }
    const cookies = create(store, { now: () => now })
    const cookie = (await cookies.open(session)).split(';')[0] ?? ''
    expect(written.join()).not.toContain(cookie.split('=')[1])
    expect(JSON.parse(written[1] ?? '')).toEqual(session.claims)
    now = inAnHour * 1_000
    expect(await refusalOf(cookies.find(cookie))).toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it('is bounded for each person: the oldest session makes room, and nobody else’s', async () => {
    const inner = createMemoryStore()
    const lists: string[] = []
    const set: Store['set'] = (key, value, ttlMs) => (
      key.startsWith('browser-sessions:') && lists.push(value),
      inner.set(key, value, ttlMs)
    )
    const cookies = create({ ...inner, set }, { perPerson: 3 })
    const open = async (of: typeof session): Promise<string> => (await cookies.open(of)).split(';')[0] ?? ''
    const neighbor = await open({ ...session, subject: { issuer, sub: 'customer-2' } })
    const own = [await open(session), await open(session), await open(session), await open(session)]
    expect(await refusalOf(cookies.find(own[0] ?? ''))).toMatchObject({ code: 'UNAUTHENTICATED' })
    for (const cookie of [neighbor, ...own.slice(1)]) expect(await cookies.find(cookie)).toBeDefined()
    expect(lists.map(list => (JSON.parse(list) as string[]).length)).toEqual([1, 1, 2, 3, 3])
  })

  it('is asked for each time: without the store nobody is let in by a cookie', async () => {
    const away = async (): Promise<never> => {
      throw new StoreUnavailableError(new Error('away'))
    }
    const inner = createMemoryStore()
    const cookie = (await create(inner).open(session)).split(';')[0] ?? ''
    const cookies = create({ ...inner, get: away, set: away, delete: away })
    for (const attempt of [cookies.find(cookie), cookies.open(session), cookies.close(cookie)]) {
      const { code, reason } = await refusalOf(attempt)
      expect([code, reason]).toEqual(['UPSTREAM_UNAVAILABLE', new StoreUnavailableError(new Error('away'))])
    }
  })
})

describe('a session cookie', () => {
  const cookieOf = async (cookies: CookieSessions, of = session): Promise<string> => (await cookies.open(of)).split(';')[0] ?? ''

  it('lives as long as its session, and by http in the demo has a plain name', async () => {
    const now = inAnHour * 1_000 - 90_500
    const cookies = create(createMemoryStore({ now: () => now }), { secure: false, now: () => now })
    expect(await cookies.open(session)).toMatch(/^substation=[\w-]{43}; Max-Age=90; Path=\/; HttpOnly; SameSite=Lax$/)
  })

  it('is found among others, and not where there is none of its name', async () => {
    const cookies = create(createMemoryStore())
    const cookie = await cookieOf(cookies)
    expect(await cookies.find(`theme=dark; ${cookie};lang=en`)).toMatchObject({ login: 'alice' })
    for (const header of [null, '', 'theme=dark', 'x__Host-substation=1', '__Host-substation2=1']) {
      expect(await cookies.find(header)).toBeUndefined()
      expect(await cookies.close(header)).toBeUndefined()
    }
  })

  it.each(['', 'short', `${'a'.repeat(44)}`, `${'a'.repeat(42)}.`, ` ${'a'.repeat(43)}`])(
    'is refused with the value %j, which is none of ours',
    async value => {
      const cookies = create(createMemoryStore())
      const error = await refusalOf(cookies.find(`__Host-substation=${value}`))
      expect([error.code, error.reason]).toEqual(['UNAUTHENTICATED', 'a session cookie that is not one of ours'])
    },
  )

  it('is refused where there are two of its name: one may be another site’s', async () => {
    const cookies = create(createMemoryStore())
    const cookie = await cookieOf(cookies)
    const error = await refusalOf(cookies.find(`${cookie}; ${cookie}`))
    expect(error.reason).toBe('a session cookie that is not one of ours')
    expect((await refusalOf(cookies.close(`${cookie}; ${cookie}`))).code).toBe('UNAUTHENTICATED')
  })

  it('stands for nothing once it was closed, and the browser is told to forget it', async () => {
    const cookies = create(createMemoryStore())
    const [cookie, other] = [await cookieOf(cookies), await cookieOf(cookies)]
    const [found, kept] = [await cookies.find(cookie), await cookies.find(other)]
    if (found === undefined || kept === undefined) throw new TypeError('expected two sessions')
    expect([await cookies.isOpen(found), await cookies.isOpen(kept), await cookies.isOpen(session)]).toEqual([true, true, true])
    expect(await cookies.close(cookie)).toBe('__Host-substation=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure')
    expect([await cookies.isOpen(found), await cookies.isOpen(kept)]).toEqual([false, true])
    const error = await refusalOf(cookies.find(cookie))
    expect(error.reason).toBe('a session cookie that stands for no session')
  })

  it('is one of twenty that a person may have open', async () => {
    const cookies = create(createMemoryStore())
    const own: string[] = []
    for (let count = 0; count < 21; count += 1) own.push(await cookieOf(cookies))
    expect((await refusalOf(cookies.find(own[0] ?? ''))).code).toBe('UNAUTHENTICATED')
    expect(await cookies.find(own[1] ?? '')).toBeDefined()
  })

  it('has what is wrong with us told as that, and not as a store that is away', async () => {
    const broken = async (): Promise<never> => {
      throw new RangeError('broken')
    }
    await expect(create({ ...createMemoryStore(), get: broken }).find(`__Host-substation=${'a'.repeat(43)}`)).rejects.toThrow(RangeError)
  })

  it('stands for the same session as long as what is kept of it is the same', async () => {
    const store = createMemoryStore()
    const cookies = create(store)
    const cookie = await cookieOf(cookies)
    const found = await cookies.find(cookie)
    expect(await cookies.find(cookie)).toBe(found)
    const changed = create({ ...store, get: async key => (await store.get(key))?.replace('alice', 'alina') })
    expect(await changed.find(cookie)).toMatchObject({ login: 'alina' })
  })
})
