/**
 * What the replicas of one gateway know together: small texts under names, a few append-only logs, and channels. In one process
 * it is memory, between several it is Redis. Names never hold personal data; what is secret in a name is digested first.
 *
 * Every method may throw `StoreUnavailableError`, within a short time: each caller decides what it can still do without.
 */
export interface Store {
  /** Whether other processes see the same. */
  readonly isShared: boolean
  get(key: string): Promise<string | undefined>
  /** @param ttlMs how long the value is kept, milliseconds */
  set(key: string, value: string, ttlMs: number): Promise<void>
  /** Sets the value only where there is none; whether it did. Of any number of callers exactly one is told `true`. */
  add(key: string, value: string, ttlMs: number): Promise<boolean>
  delete(key: string): Promise<void>
  /** Adds to the end of a log; entries are dropped some time after `ttlMs` milliseconds. */
  append(log: string, value: string, ttlMs: number): Promise<void>
  /** What was appended after a position, oldest first; from the beginning where none is given. */
  read(log: string, after?: string): Promise<LogPage>
  /** Tells all listeners that are there now, in every process; who is not there hears nothing of it later. */
  publish(channel: string, message: string): Promise<void>
  /** Hears of messages from now on, across lost connections; returns how to stop. */
  subscribe(channel: string, listener: (message: string) => void): () => void
  close(): Promise<void>
}

export interface LogPage {
  readonly values: readonly string[]
  /** Where to read on; undefined where nothing was ever read. */
  readonly position: string | undefined
}

/** The store did not answer in time, or not at all. Whether a change was made is then unknown. */
export class StoreUnavailableError extends Error {
  constructor(cause: unknown) {
    // The reason of a lost connection is an address and a system code; a command's arguments are never repeated.
    super(`the shared store is not available: ${cause instanceof Error ? cause.message : 'unknown reason'}`)
    this.name = 'StoreUnavailableError'
  }
}
