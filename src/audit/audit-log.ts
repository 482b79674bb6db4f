import type { ChainPosition, OperationRecord } from './audit-record.js'

/** Room for the record of one operation that was let in. It is used once; what comes after is passed over. */
export interface AuditPlace {
  write(record: OperationRecord): void
}

/** Keeps a record of every operation. */
export interface AuditLog {
  /**
   * Lets one operation in, with room for its record.
   *
   * @throws GatewayError `INTERNAL` while the log cannot be written or its memory is full: what leaves no trace is not done
   */
  admit(): AuditPlace
  /** Keeps the record of somebody who was not let in. While the log cannot be written and its memory is full, only the number is kept. */
  note(record: OperationRecord): void
  /** For readiness: what is wrong, in words for an operator; undefined while all is well. */
  look(): Promise<string | undefined>
  /**
   * Lets nobody in any more, waits for the records of those who were, writes them and ends the chain; in 5 seconds at most. Resolves also
   * when that fails; the fault was told then.
   */
  close(): Promise<void>
}

export interface AuditEvents {
  /** The log cannot be written; told once until it works again. */
  onFault(fault: unknown): void
  onRecovered(): void
  /** Where the chain stands at a checkpoint: kept elsewhere, it proves later that nothing was cut off before. */
  onCheckpoint(position: ChainPosition, count: number): void
}
