import { LRUCache } from 'lru-cache'

/** Addresses that are called, which are few, and their origins: each call passes several steps that ask. */
const known = new LRUCache<string, string>({ max: 500 })

/** The origin of an address; empty for what is none. */
export function originOf(url: string): string {
  const before = known.get(url)
  if (before !== undefined) return before
  const origin = URL.canParse(url) ? new URL(url).origin : ''
  known.set(url, origin)
  return origin
}
