import { LRUCache } from 'lru-cache'
import Negotiator from 'negotiator'

/** In which form the bytes of an answer may go out. */
export type ContentEncoding = 'br' | 'gzip' | 'identity'

const available = ['br', 'gzip', 'identity'] as const
/** Clients are few in kind: nearly each header was seen before. */
const known = new LRUCache<string, ContentEncoding>({ max: 500 })
const maxKnownLength = 200

/** The best form for an `accept-encoding` header (RFC 9110, section 12.5.3): what is refused altogether is sent as it is. */
export function encodingFor(header: string | undefined): ContentEncoding {
  if (header === undefined) return 'identity'
  const seen = known.get(header)
  if (seen !== undefined) return seen
  const chosen = new Negotiator({ headers: { 'accept-encoding': header } }).encoding(available, { preferred: available }) ?? 'identity'
  if (header.length <= maxKnownLength) known.set(header, chosen)
  return chosen
}
