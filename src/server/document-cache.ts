import { LRUCache } from 'lru-cache'

/**
 * What is known of documents, by their text. Bounded in characters as well: a thousand of the longest documents would not fit into memory once
 * parsed.
 *
 * @param max documents. @default 1000
 */
export function createDocumentCache<Value extends object>(max = 1_000): LRUCache<string, Value> {
  return new LRUCache({ max, maxSize: 1_000_000, sizeCalculation: (_value, document) => document.length + 1 })
}
