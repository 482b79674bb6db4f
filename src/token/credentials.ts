import type { SecretSource, Settings } from '../settings.js'
import { readSecret } from '../settings/secrets.js'
import type { Credentials } from './client-auth.js'
import { faultOfClientKey } from './client-key.js'
import { TokenFailure } from './token-failure.js'

export interface CredentialWatchOptions {
  readonly settings: Pick<Settings['opower'], 'clientId' | 'clientSecret' | 'clientAuth'>
  /** How often the files are looked at, in milliseconds. @default 5000 */
  readonly watchMs?: number
}

/** A pair to try, and whether it is what the settings hold now or what worked before that changed. */
export interface Candidate {
  readonly credentials: Credentials
  readonly which: 'current' | 'previous'
}

export interface CredentialChanges {
  /** The files hold another pair, and have been still for a moment. */
  onChange(): void
  /** A half is missing or empty; told once until both are there again. */
  onUnreadable(): void
}

/** A file that was found changed is looked at again this soon: the other half of the pair is usually being written. */
const settleMs = 1_000

/**
 * Client id and secret as one pair. Files are compared by content, because a mounted secret is swapped by a symbolic
 * link whose target may well carry an older date. A changed pair counts once it was read twice alike, so that a new
 * id does not go out with the old secret; until it has worked, the pair before stays at hand.
 */
export class CredentialWatch {
  readonly #sources: CredentialWatchOptions['settings']
  readonly #watchMs: number
  /** What the files held when they were last still. */
  #settled: Credentials | undefined
  /** What they hold now, when that is something else. */
  #moving: Credentials | undefined
  #working: Credentials | undefined
  #timer: NodeJS.Timeout | undefined

  constructor({ settings, watchMs = 5_000 }: CredentialWatchOptions) {
    this.#sources = settings
    this.#watchMs = watchMs
  }

  /** Looks at the files from time to time, without keeping the process alive. Values of the environment never change. */
  start({ onChange, onUnreadable }: CredentialChanges): void {
    if (!('file' in this.#sources.clientId) && !('file' in this.#sources.clientSecret)) return
    let wasReadable = true
    const look = (): void => {
      const read = this.#read()
      const isChanged = this.#look(read)
      this.#lookIn(this.#moving === undefined ? this.#watchMs : Math.min(settleMs, this.#watchMs), look)
      if (isChanged) onChange()
      if (read === undefined && wasReadable) onUnreadable()
      wasReadable = read !== undefined
    }
    this.#lookIn(this.#watchMs, look)
  }

  /**
   * The pairs worth trying, best first. The last of them may be one that is still being written: it is tried only
   * where all others are refused.
   *
   * @throws {TokenFailure} `credentials` when there is not one
   */
  candidates(): readonly [Candidate, ...Candidate[]] {
    const read = this.#read()
    this.#settled ??= read
    const found = new Map<string, Candidate>()
    const add = (credentials: Credentials | undefined, which: Candidate['which']): void => {
      if (credentials !== undefined && !found.has(keyOf(credentials))) found.set(keyOf(credentials), { credentials, which })
    }
    add(this.#settled, 'current')
    add(this.#working, 'previous')
    add(read, 'current')
    const [first, ...others] = found.values()
    if (first === undefined) throw new TokenFailure('credentials')
    return [first, ...others]
  }

  /** The pair that was used, or would be used; undefined while there is none. */
  latest(): Credentials | undefined {
    return this.#settled ?? this.#working ?? this.#read()
  }

  /** Remembers the pair that gave a token, and lets go of the one before. Tells whether it is another than the last. */
  worked(credentials: Credentials): boolean {
    const isOther = this.#working !== undefined && keyOf(this.#working) !== keyOf(credentials)
    this.#working = credentials
    if (isOther && keyOf(credentials) === keyOf(this.#moving ?? credentials)) [this.#settled, this.#moving] = [credentials, undefined]
    return isOther
  }

  /** Lets go of every pair in memory: what the files hold now is all there is. */
  forget(): void {
    this.#settled = this.#moving = this.#working = undefined
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #lookIn(ms: number, look: () => void): void {
    this.#timer = setTimeout(look, ms)
    this.#timer.unref()
  }

  #look(read: Credentials | undefined): boolean {
    if (read === undefined || this.#settled === undefined || keyOf(read) === keyOf(this.#settled)) {
      this.#moving = undefined
      return false
    }
    const isStill = this.#moving !== undefined && keyOf(read) === keyOf(this.#moving)
    if (isStill) [this.#settled, this.#moving] = [read, undefined]
    else this.#moving = read
    return isStill
  }

  #read(): Credentials | undefined {
    const isSecret = this.#sources.clientAuth?.method === 'private_key_jwt' ? isPrivateKey : isCredential
    const [clientId, clientSecret] = [readPart(this.#sources.clientId, isCredential), readPart(this.#sources.clientSecret, isSecret)]
    return clientId === undefined || clientSecret === undefined ? undefined : { clientId, clientSecret }
  }
}

/** One half of the pair; undefined while its file is away, empty, or holds something else. */
function readPart(source: SecretSource, isPart: (text: string) => boolean): string | undefined {
  try {
    const text = readSecret(source)
    return 'value' in source || isPart(text) ? text : undefined
  } catch {
    return undefined
  }
}

/** RFC 6749 appendix A. */
function isCredential(text: string): boolean {
  return /^[\x20-\x7e]{1,4096}$/.test(text)
}

function isPrivateKey(text: string): boolean {
  return faultOfClientKey(text) === undefined
}

function keyOf({ clientId, clientSecret }: Credentials): string {
  return JSON.stringify([clientId, clientSecret])
}
