import type { CookieSessions } from '../session/cookie-session.js'
import type { Settings } from '../settings.js'

/** One session cookie of a request, split into the utility that it is for and the cookie as that utility knows it. */
export interface UtilityCookie {
  /** Undefined for a cookie that names no utility. */
  readonly code: string | undefined
  readonly cookie: string
}

/** Splits the session cookies of a `cookie` header; other cookies are passed over. */
export type SplitCookies = (header: string | undefined) => readonly UtilityCookie[]

/** Where several utilities are served the value of a session cookie begins with the utility's code: `substation=rvgl.<name>`. */
export function utilityCookies(environment: Settings['environment']): SplitCookies {
  const start = `${environment === 'simulator' ? '' : '__Host-'}substation=`
  return header =>
    (header ?? '').split(';').flatMap(each => {
      const pair = each.trim()
      if (!pair.startsWith(start)) return []
      const [, code, name] = /^(?:([a-z]{3,4})\.)?(.*)$/s.exec(pair.slice(start.length)) ?? []
      return [{ code, cookie: `${start}${name}` }]
    })
}

/** The same sessions, whose cookies name the utility when they are handed out. */
export function namingCookies(cookies: Pick<CookieSessions, 'open' | 'close'>, code: string): Pick<CookieSessions, 'open' | 'close'> {
  return {
    open: async session => (await cookies.open(session)).replace('=', `=${code}.`),
    close: cookie => cookies.close(cookie),
  }
}
