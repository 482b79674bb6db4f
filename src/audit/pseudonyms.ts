import { createHmac } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { OperationRecord } from './audit-record.js'

/** A record for a log that many may read: persons and accounts are keyed digests, the same ones for the same key. */
export interface PseudonymousRecord extends Omit<OperationRecord, 'subject' | 'actor' | 'reason' | 'accounts'> {
  readonly subject?: string
  readonly actor?: string
  readonly accounts: readonly string[]
}

/**
 * Makes records without anybody's name. A reason is a free text and may hold one, so it is left out. Names that were digested lately are not
 * digested again: the same customers ask about the same accounts.
 */
export function createPseudonyms(key: Buffer): (record: OperationRecord) => PseudonymousRecord {
  const known = new LRUCache<string, string>({ max: 20_000 })
  const digestOf = (...parts: readonly string[]): string => {
    const name = JSON.stringify(parts)
    const digest = known.get(name) ?? pseudonym(key, ...parts)
    known.set(name, digest)
    return digest
  }
  return ({ subject, actor, reason: _reason, accounts, ...rest }) => ({
    ...rest,
    ...(subject === undefined ? {} : { subject: digestOf('subject', subject.issuer, subject.sub) }),
    ...(subject === undefined || actor === undefined ? {} : { actor: digestOf('subject', subject.issuer, actor) }),
    accounts: accounts.map(urn => digestOf('account', urn)),
  })
}

/**
 * The digest that stands for somebody: the first 32 hexadecimal digits of HMAC-SHA-256 over the parts as a JSON array. Without the key no list
 * of names can be tried against a log; with it, somebody's records can be found.
 */
export function pseudonym(key: Buffer, ...parts: readonly string[]): string {
  return createHmac('sha256', key).update(JSON.stringify(parts)).digest('hex').slice(0, 32)
}
