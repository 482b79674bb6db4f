import { createHmac } from 'node:crypto'
import type { OperationRecord } from './audit-record.js'

/** A record for a log that many may read: persons and accounts are keyed digests, the same ones for the same key. */
export interface PseudonymousRecord extends Omit<OperationRecord, 'subject' | 'actor' | 'reason' | 'accounts'> {
  readonly subject?: string
  readonly actor?: string
  readonly accounts: readonly string[]
}

/** The record without anybody's name. A reason is a free text and may hold one, so it is left out. */
export function withoutNames({ subject, actor, reason: _reason, accounts, ...rest }: OperationRecord, key: Buffer): PseudonymousRecord {
  return {
    ...rest,
    ...(subject === undefined ? {} : { subject: pseudonym(key, 'subject', subject.issuer, subject.sub) }),
    ...(subject === undefined || actor === undefined ? {} : { actor: pseudonym(key, 'subject', subject.issuer, actor) }),
    accounts: accounts.map(urn => pseudonym(key, 'account', urn)),
  }
}

/**
 * The digest that stands for somebody: the first 32 hexadecimal digits of HMAC-SHA-256 over the parts as a JSON array. Without the key no list
 * of names can be tried against a log; with it, somebody's records can be found.
 */
export function pseudonym(key: Buffer, ...parts: readonly string[]): string {
  return createHmac('sha256', key).update(JSON.stringify(parts)).digest('hex').slice(0, 32)
}
