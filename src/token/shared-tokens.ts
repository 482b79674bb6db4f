import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Settings } from '../settings.js'
import type { Store } from '../store/store.js'
import { StoreUnavailableError } from '../store/store.js'
import type { CredentialWatch } from './credentials.js'
import type { Credentials } from './client-auth.js'
import type { TokenAnswer } from './request-token.js'
import { readSharedToken, writeSharedToken } from './shared-token.js'
import type { TokenAsker, TokenCalls, TokenWant } from './token-calls.js'
import { TokenFailure, isTokenFailureCode } from './token-failure.js'
import { earliestRefreshMs, usableForMs } from './token-life.js'
import type { TokenNotice } from './token-notice.js'

export interface SharedTokensOptions {
  readonly calls: TokenCalls
  readonly credentials: CredentialWatch
  readonly settings: Settings['opower']
  readonly environment: Settings['environment']
  /** Shared with other processes, values sealed. */
  readonly store: Store
  /** Time limit of one token call, in milliseconds. */
  readonly timeoutMs: number
  readonly onNotice: (notice: TokenNotice) => void
  /** Another process said that the token and the credentials before are to be dropped. */
  readonly onForget: () => void
}

/** How long waiting processes pause between two looks into the store, in milliseconds, give or take a half. */
const lookMs = 60
/** How long a failed call speaks for the endpoint to all processes, in milliseconds. */
const failureMs = 1_000
/** How long after the start the store may take to be there, in milliseconds. */
const connectMs = 2_000
/** Refused tokens that are remembered, so that none is taken from the store again. */
const maxRefused = 8

/**
 * One token for all processes of a utility: whoever needs one looks into the store first, and asks the endpoint only
 * while holding a short lock. Whatever the store does, the worst case is a token of one's own.
 *
 * What the store is given under which name: the name is a digest of where, for whom and by which client id, never of
 * the secret; the value is the token with its age and life, sealed by the store.
 */
export class SharedTokens implements TokenAsker {
  readonly #options: SharedTokensOptions
  readonly #id = randomUUID()
  readonly #channel: string
  readonly #unsubscribe: () => void
  #refused: readonly string[] = []
  #isStoreLost = false
  /** A process that has only just started waits for its connection: else all of them would ask for themselves. */
  readonly #connectedBy = performance.now() + connectMs
  #closed = false

  constructor(options: SharedTokensOptions) {
    this.#options = options
    const { settings, environment, store, onForget } = options
    this.#channel = `token-forget:${digestOf([settings.tokenUrl.href, settings.utilityCode, environment])}`
    this.#unsubscribe = store.subscribe(this.#channel, from => (from === this.#id ? undefined : onForget()))
  }

  async ask(want: TokenWant): Promise<TokenAnswer> {
    for (;;) {
      try {
        const answer = await this.#askTogether(want)
        this.#isStoreLost = false
        return answer
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) throw error
        if (performance.now() > this.#connectedBy) return this.#askAlone()
        await pause(lookMs)
      }
    }
  }

  refused(token: string): void {
    this.#refused = [token, ...this.#refused].slice(0, maxRefused)
  }

  async forget(): Promise<void> {
    const { store, credentials } = this.#options
    const pair = credentials.latest()
    if (pair !== undefined) await store.delete(this.#keyOf(pair))
    await store.publish(this.#channel, this.#id)
  }

  close(): void {
    this.#closed = true
    this.#unsubscribe()
  }

  #askAlone(): Promise<TokenAnswer> {
    this.#noticeLoss()
    return this.#options.calls.ask()
  }

  async #askTogether(want: TokenWant): Promise<TokenAnswer> {
    const { store, timeoutMs } = this.#options
    const [{ credentials }] = this.#options.credentials.candidates()
    const [key, lockMs] = [this.#keyOf(credentials), timeoutMs + 1_000]
    for (let waitedMs = 0; waitedMs < lockMs;) {
      const found = await this.#find(key, want)
      if (found !== undefined) return found
      const isMine = await store.add(`${key}:lock`, this.#id, lockMs)
      if (isMine || want === 'own') return this.#findOrCall(key, want)
      await this.#passOnFailure(key)
      const ms = lookMs * (0.5 + Math.random())
      await pause(ms)
      if (this.#closed) throw new TokenFailure('closed')
      waitedMs += ms
    }
    return this.#call(key)
  }

  /** With the lock in hand: somebody may have put a token there between the look and the lock. */
  async #findOrCall(key: string, want: TokenWant): Promise<TokenAnswer> {
    const found = await this.#find(key, want)
    if (found === undefined) return this.#call(key)
    await this.#options.store.delete(`${key}:lock`)
    return found
  }

  async #find(key: string, want: TokenWant): Promise<TokenAnswer | undefined> {
    if (want === 'own') return undefined
    const found = readSharedToken(await this.#options.store.get(key))
    if (found === undefined || this.#refused.includes(found.value)) return undefined
    const ageLimit = want === 'any' ? usableForMs(found.lifeMs) : earliestRefreshMs(found.lifeMs)
    return (found.ageMs ?? 0) < ageLimit ? found : undefined
  }

  /** The lock is held. A failure stays in its place for a moment: else every waiting process would ask in turn. */
  async #call(key: string): Promise<TokenAnswer> {
    const { calls, store } = this.#options
    try {
      const answer = await calls.ask()
      await this.#unlessLost(async () => {
        await store.set(key, writeSharedToken(answer), usableForMs(answer.lifeMs))
        await store.delete(`${key}:lock`)
      })
      return answer
    } catch (error) {
      const failure = error instanceof TokenFailure ? error : new TokenFailure('malformed')
      await this.#unlessLost(() => this.#leaveFailure(key, failure))
      throw failure
    }
  }

  /** Refused credentials are this process's own affair: another may have better ones. */
  async #leaveFailure(key: string, { code, detail, retryAfterMs }: TokenFailure): Promise<void> {
    const { store } = this.#options
    if (code === 'invalid_client' || code === 'credentials') return store.delete(`${key}:lock`)
    return store.set(`${key}:lock`, `failed ${code} ${detail ?? ''}`, failureMs + retryAfterMs)
  }

  async #passOnFailure(key: string): Promise<void> {
    const [word, code = '', detail = ''] = ((await this.#options.store.get(`${key}:lock`)) ?? '').split(' ')
    if (word === 'failed' && isTokenFailureCode(code)) throw new TokenFailure(code, detail === '' ? undefined : detail)
  }

  async #unlessLost(command: () => Promise<void>): Promise<void> {
    try {
      await command()
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error
      this.#noticeLoss()
    }
  }

  #noticeLoss(): void {
    if (!this.#isStoreLost)
      this.#options.onNotice({ level: 'warn', message: 'the store is away: the utility token is this process’s own for now' })
    this.#isStoreLost = true
  }

  #keyOf({ clientId }: Credentials): string {
    const { settings, environment } = this.#options
    return `token:${digestOf([settings.tokenUrl.href, clientId, settings.utilityCode, environment])}`
  }
}

/** JSON keeps the parts apart: no two lists have one text. */
function digestOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
