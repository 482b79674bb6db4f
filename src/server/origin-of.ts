import { LRUCache } from 'lru-cache'

/** Beginnings of the addresses that are called, which are few, and their origins: each call passes several steps that ask. */
const known = new LRUCache<string, string>({ max: 500 })

/** Scheme and authority, where nothing about them is out of the ordinary: what follows has no part in the origin, nor can it be no address. */
const beginning = /^https?:\/\/[\w.-]+(?::\d+)?(?=[/?]|$)/

/** The origin of an address; empty for what is none. */
export function originOf(url: string): string {
  const begin = beginning.exec(url)?.[0] ?? url
  const before = known.get(begin)
  if (before !== undefined) return before
  const origin = URL.canParse(begin) ? new URL(begin).origin : ''
  known.set(begin, origin)
  return origin
}
