/** How an operation ended: answered, refused by a rule, or not answered through a fault (ours or upstream's). */
export type Decision = 'allowed' | 'refused' | 'faulted'

/** What the audit log keeps of one operation: who, about whom, what and how it ended. No values, no names of people, no answers. */
export interface OperationRecord {
  /** When it ended, ISO 8601 in UTC with milliseconds. */
  readonly at: string
  readonly requestId?: string
  /** Absent where nobody was signed in. */
  readonly subject?: { readonly issuer: string; readonly sub: string }
  /** Who acted for the subject. */
  readonly actor?: string
  /** Why an agent acted, as the token or the directory gave it. */
  readonly reason?: string
  /** In what capacity the subject sees the accounts, each once. */
  readonly roles: readonly string[]
  /** The accounts that it was about; none where it was refused before that was known. */
  readonly accounts: readonly string[]
  readonly operation: {
    /** SHA-256 of the document as it was sent, in hexadecimal. */
    readonly hash?: string
    readonly name?: string
  }
  readonly decision: Decision
  /** The codes of the errors sent, each once; `OK` alone where there were none. */
  readonly codes: readonly string[]
  /** Real calls upstream. */
  readonly upstreamCalls: number
}

/** Where a chain stands: enough to find out later whether it was cut there. */
export interface ChainPosition {
  readonly chain: string
  readonly seq: number
  /** The keyed digest of that record, in hexadecimal. */
  readonly mac: string
}

/** How often a checkpoint is written, whichever comes first. */
export interface Cadence {
  readonly records: number
  readonly ms: number
}

/** The first record of a chain. One process writes one chain into one file. */
export interface StartRecord {
  readonly kind: 'start'
  readonly at: string
  readonly version: 1
  readonly every: Cadence
  /** The last record that stood in the file before. */
  readonly saw?: ChainPosition
  /** The same writer's chain in the file that was moved away. */
  readonly follows?: ChainPosition
  /** SHA-256 of an unfinished line at the end of the file: what a killed process had begun to write. */
  readonly torn?: string
}

/** Repeats where the chain stands, so that a missing end shows within the cadence. `end` is the last record of a clean stop. */
export interface CheckpointRecord {
  readonly kind: 'checkpoint' | 'end'
  readonly at: string
  /** Operations in this chain so far. */
  readonly count: number
  /** The keyed digest of the record before this one. */
  readonly last: string
  /** Sign-ins refused while the log could not be written and its memory was full; they are in no record. */
  readonly lost: number
}

export type AuditEntry = StartRecord | CheckpointRecord | (OperationRecord & { readonly kind: 'operation' })
