import { setTimeout as sleep } from 'node:timers/promises'
import { refusal } from '../errors.js'
import type { AuditBatch } from './audit-file.js'
import { AuditFile } from './audit-file.js'
import type { AuditEvents, AuditLog, AuditPlace } from './audit-log.js'
import type { Cadence, OperationRecord } from './audit-record.js'

export interface FileAuditLogOptions extends Partial<AuditEvents> {
  readonly file: string
  /** At least 32 bytes. */
  readonly key: Buffer
  /** @default a checkpoint every 1000 records or 60 seconds */
  readonly cadence?: Cadence
  /** Records held in memory, places given to operations included. @default 5000 */
  readonly maxHeld?: number
  /** How long after a failed write the next one is tried, milliseconds. @default 1000 */
  readonly retryMs?: number
  /** The least time between two writes, milliseconds: what comes meanwhile goes to the disk together. @default 25 */
  readonly gatherMs?: number
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number
}

/**
 * The audit log in a file: one sealed line per operation, written in batches that are synchronised to the disk, with checkpoints. It begins
 * at once with the first line of its chain, so a file that cannot be written shows before the first customer does.
 */
export function createFileAuditLog(options: FileAuditLogOptions): AuditLog {
  return new FileAuditLog(options)
}

const defaultCadence: Cadence = { records: 1000, ms: 60_000 }
/** How long the last operations and the last write may take at the end, milliseconds. */
const closeMs = 5_000

class FileAuditLog implements AuditLog {
  readonly #options: FileAuditLogOptions
  readonly #file: AuditFile
  readonly #cadence: Cadence
  readonly #heartbeat: NodeJS.Timeout
  #waiting: OperationRecord[] = []
  /** Places given and not yet used. */
  #open = 0
  /** Taken to be written, and not yet known to be on the disk. */
  #held = 0
  #lost = 0
  #sinceCheckpoint = 0
  #isCheckpointDue = false
  #fault: string | undefined
  #writing: Promise<void> | undefined
  #retry: NodeJS.Timeout | undefined
  /** No more is let in; what was let in is still recorded. */
  #closing: Promise<void> | undefined
  #closed = false
  #onEmpty: (() => void) | undefined

  constructor(options: FileAuditLogOptions) {
    this.#options = options
    this.#cadence = options.cadence ?? defaultCadence
    this.#file = new AuditFile({ file: options.file, key: options.key, cadence: this.#cadence, now: options.now ?? Date.now })
    this.#heartbeat = setInterval(() => this.#beat(), this.#cadence.ms).unref()
    this.#write()
  }

  admit(): AuditPlace {
    if (this.#fault !== undefined || this.#closing !== undefined || !this.#hasRoom()) {
      throw refusal('INTERNAL', { cause: `no record could be kept in the audit log: ${this.#fault ?? 'its memory is full'}` })
    }
    this.#open += 1
    let used = false
    return {
      write: record => {
        if (used) return
        used = true
        this.#open -= 1
        this.#take(record)
        if (this.#open === 0) this.#onEmpty?.()
      },
    }
  }

  note(record: OperationRecord): void {
    if (this.#hasRoom()) this.#take(record)
    else this.#lose()
  }

  look(): Promise<string | undefined> {
    return Promise.resolve(this.#fault ?? (this.#hasRoom() ? undefined : 'its memory is full'))
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    clearInterval(this.#heartbeat)
    clearTimeout(this.#retry)
    // A disk that hangs must not keep the process from ending.
    await Promise.race([this.#end(), sleep(closeMs, undefined, { ref: false })])
    this.#closed = true
    clearTimeout(this.#retry)
  }

  async #end(): Promise<void> {
    if (this.#open > 0) await new Promise<void>(resolve => (this.#onEmpty = resolve))
    await this.#writing
    this.#closed = true
    try {
      await this.#once().finally(() => this.#file.end(this.#lost))
    } catch (fault) {
      this.#fail(fault)
    }
  }

  #hasRoom(): boolean {
    return this.#open + this.#waiting.length + this.#held < (this.#options.maxHeld ?? 5000)
  }

  #lose(): void {
    this.#lost += 1
    this.#isCheckpointDue = true
  }

  #take(record: OperationRecord): void {
    if (this.#closed) return
    this.#waiting.push(record)
    this.#write()
  }

  #beat(): void {
    this.#isCheckpointDue = true
    this.#write()
  }

  /** One write at a time; what arrives meanwhile goes into the next one together. */
  #write(): void {
    if (this.#writing !== undefined || this.#retry !== undefined) return
    this.#writing = this.#drain()
  }

  async #drain(): Promise<void> {
    try {
      do {
        await this.#once()
        if (this.#closing === undefined) await sleep(this.#options.gatherMs ?? 25)
      } while (this.#waiting.length > 0 || this.#isCheckpointDue)
    } catch (fault) {
      this.#fail(fault)
    } finally {
      // In the same turn as the last look at what waits: nothing can arrive in between and be forgotten.
      this.#writing = undefined
    }
  }

  async #once(): Promise<void> {
    let batch: AuditBatch | undefined
    await this.#file.write(() => (batch = this.#batch()))
    this.#held = 0
    if (this.#fault !== undefined) this.#options.onRecovered?.()
    this.#fault = undefined
    if (batch?.checkpoint === true) this.#options.onCheckpoint?.(this.#file.position, this.#file.count)
  }

  #batch(): AuditBatch {
    const records = this.#waiting
    this.#waiting = []
    this.#held += records.length
    this.#sinceCheckpoint += records.length
    const checkpoint = this.#isCheckpointDue || this.#sinceCheckpoint >= this.#cadence.records
    if (checkpoint) this.#sinceCheckpoint = 0
    this.#isCheckpointDue = false
    return { records, checkpoint, lost: this.#lost }
  }

  #fail(fault: unknown): void {
    const isNew = this.#fault === undefined
    this.#fault = faultOf(fault)
    if (isNew) this.#options.onFault?.(fault)
    this.#retry = setTimeout(() => {
      this.#retry = undefined
      this.#write()
    }, this.#options.retryMs ?? 1000).unref()
  }
}

/** The system's own short word, such as `ENOSPC`: a path is nobody's business outside. */
function faultOf(fault: unknown): string {
  const code = typeof fault === 'object' && fault !== null && 'code' in fault ? fault.code : undefined
  return typeof code === 'string' ? code : 'the file cannot be written'
}
