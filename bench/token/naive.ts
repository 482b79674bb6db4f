import type { Settings } from '../../src/settings.js'
import { readSecret } from '../../src/settings/secrets.js'
import type { Client } from './client.js'

export interface NaiveOptions {
  readonly settings: Settings['opower']
  readonly fetch: typeof fetch
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number
}

/**
 * The token source that most programs begin with, as the thing to compare with: the secret is read once, the token is
 * kept until the wall clock says that it is over, and whoever finds it over fetches another.
 */
export function createNaiveClient({ settings, fetch, wallClock }: NaiveOptions): Client {
  const basic = Buffer.from(`${readSecret(settings.clientId)}:${readSecret(settings.clientSecret)}`).toString('base64')
  let [token, expiresAt] = ['', 0]
  return {
    async token() {
      if (wallClock() < expiresAt) return token
      const response = await fetch(settings.tokenUrl, {
        method: 'POST',
        headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
        body: 'grant_type=client_credentials',
      })
      if (!response.ok) throw new Error(`status ${response.status}`)
      const answer = (await response.json()) as { access_token: string; expires_in: number }
      token = answer.access_token
      expiresAt = wallClock() + answer.expires_in * 1000
      return token
    },
    refused(refusedToken) {
      if (refusedToken === token) expiresAt = 0
      return true
    },
    close() {},
  }
}
