import { createHash } from 'node:crypto'
import type { Stats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { open, stat } from 'node:fs/promises'
import type { Cadence, ChainPosition, CheckpointRecord, OperationRecord, StartRecord } from './audit-record.js'
import type { Chain } from './chain.js'
import { createChain, readPosition } from './chain.js'

export interface AuditFileOptions {
  readonly file: string
  readonly key: Buffer
  readonly cadence: Cadence
  readonly now: () => number
}

/** What one write puts into the file. */
export interface AuditBatch {
  readonly records: readonly OperationRecord[]
  /** Whether a checkpoint ends the batch. */
  readonly checkpoint: boolean
  /** Records that could not be kept, for the checkpoint. */
  readonly lost: number
}

/** The most that is looked at of what another writer left at the end of the file, bytes. */
const tailBytes = 1_048_576

/**
 * One writer's chain in one file. It only appends, so several processes may share a file, and it goes on after a failed write with the very
 * next byte. When the file has been moved away the chain is ended there and another one is begun in a new file of the old name.
 */
export class AuditFile {
  readonly #options: AuditFileOptions
  #chain: Chain
  #handle: FileHandle | undefined
  /** Which file the handle is of: no renaming changes that. */
  #own: Pick<Stats, 'ino' | 'dev'> | undefined
  /** Where the chain ended that this writer left behind in a file that was moved away. */
  #follows: ChainPosition | undefined
  /** Sealed and not yet written. */
  #rest: Buffer = Buffer.alloc(0)

  constructor(options: AuditFileOptions) {
    this.#options = options
    this.#chain = createChain(options.key)
  }

  get position(): ChainPosition {
    return this.#chain.position
  }

  /** Operations sealed into the chain so far. */
  get count(): number {
    return this.#chain.count
  }

  /**
   * Writes what an earlier failure left over and then what `take` gives, down to the disk. What was taken is kept here whatever happens, so
   * nothing is taken twice; while the file cannot be opened nothing is taken.
   */
  async write(take: () => AuditBatch): Promise<void> {
    await this.#flush()
    if (await this.#isMoved()) await this.#leave(0)
    this.#handle ??= await this.#begin()
    const { records, checkpoint, lost } = take()
    this.#append(records.map(record => this.#chain.sealOperation(record)))
    if (checkpoint) this.#seal(this.#checkpoint('checkpoint', lost))
    await this.#flush()
  }

  /** Ends the chain with its last checkpoint. */
  async end(lost: number): Promise<void> {
    try {
      await this.#flush()
      if (this.#handle !== undefined) await this.#leave(lost)
    } finally {
      await this.#handle?.close()
      this.#handle = undefined
    }
  }

  #seal(entry: StartRecord | CheckpointRecord): void {
    this.#append([this.#chain.seal(entry)])
  }

  #append(lines: readonly string[]): void {
    const sealed = Buffer.from(lines.map(line => `${line}\n`).join(''))
    this.#rest = this.#rest.length === 0 ? sealed : Buffer.concat([this.#rest, sealed])
  }

  #checkpoint(kind: 'checkpoint' | 'end', lost: number): CheckpointRecord {
    return { kind, at: this.#time(), count: this.count, last: this.position.mac, lost }
  }

  async #flush(): Promise<void> {
    if (this.#rest.length === 0 || this.#handle === undefined) return
    while (this.#rest.length > 0) {
      const { bytesWritten } = await this.#handle.write(this.#rest)
      this.#rest = this.#rest.subarray(bytesWritten)
    }
    await this.#handle.datasync()
  }

  async #isMoved(): Promise<boolean> {
    if (this.#handle === undefined) return false
    const named = await stat(this.#options.file).catch(() => undefined)
    return named?.ino !== this.#own?.ino || named?.dev !== this.#own?.dev
  }

  async #leave(lost: number): Promise<void> {
    this.#seal(this.#checkpoint('end', lost))
    await this.#flush()
    await this.#handle?.close()
    this.#handle = undefined
    this.#follows = this.position
    this.#chain = createChain(this.#options.key)
  }

  async #begin(): Promise<FileHandle> {
    const handle = await open(this.#options.file, 'a+', 0o600)
    try {
      this.#own = await handle.stat()
      const before = await readTail(handle)
      const follows = this.#follows === undefined ? {} : { follows: this.#follows }
      this.#seal({ kind: 'start', at: this.#time(), version: 1, every: this.#options.cadence, ...before, ...follows })
      // An unfinished line stays as it is and is told of; ours begins on the next one.
      if (before.torn !== undefined) this.#rest = Buffer.concat([Buffer.from('\n'), this.#rest])
      return handle
    } catch (fault) {
      await handle.close()
      throw fault
    }
  }

  #time(): string {
    return new Date(this.#options.now()).toISOString()
  }
}

/** What stands at the end of the file: the last record, and the digest of a line that was never finished. */
async function readTail(handle: FileHandle): Promise<Pick<StartRecord, 'saw' | 'torn'>> {
  const { size } = await handle.stat()
  const tail = Buffer.alloc(Math.min(size, tailBytes))
  await handle.read(tail, 0, tail.length, size - tail.length)
  const end = tail.lastIndexOf(0x0a)
  const torn = tail.subarray(end + 1)
  const complete = tail.subarray(0, Math.max(end, 0))
  const saw = readPosition(complete.subarray(complete.lastIndexOf(0x0a) + 1))
  return {
    ...(saw === undefined ? {} : { saw }),
    ...(torn.length === 0 ? {} : { torn: createHash('sha256').update(torn).digest('hex') }),
  }
}
