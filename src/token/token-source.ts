import type { Settings } from '../settings.js'
import { CredentialWatch } from './credentials.js'
import type { TokenSource } from './held-token-source.js'
import { HeldTokenSource } from './held-token-source.js'
import type { SharedTokensOptions } from './shared-tokens.js'
import { SharedTokens } from './shared-tokens.js'
import type { TokenAsker, TokenEvent } from './token-calls.js'
import { TokenCalls } from './token-calls.js'
import type { TokenNotice } from './token-notice.js'
import { noticeOf, unreadable } from './token-notice.js'

export type { TokenSource, TokenStatus } from './held-token-source.js'

export interface TokenSourceOptions {
  readonly settings: Settings['opower']
  /** @default the global fetch */
  readonly fetch?: typeof fetch
  /** A clock that never goes back, in milliseconds. @default performance.now */
  readonly now?: () => number
  /** For jitter: at least 0, below 1. @default Math.random */
  readonly random?: () => number
  /** Time limit of one token call, in milliseconds. @default 10000 */
  readonly timeoutMs?: number
  /** Shares the token with other processes. @default every process has its own */
  readonly sharing?: Pick<SharedTokensOptions, 'store' | 'environment'>
  /** How often files with credentials are looked at, in milliseconds. @default 5000 */
  readonly watchMs?: number
  /** Hears of every token call, for the metrics; must not throw. */
  readonly onEvent?: (event: TokenEvent) => void
  /** Hears what an operator should read in the log; must not throw. */
  readonly onNotice?: (notice: TokenNotice) => void
}

/**
 * Makes the source of the utility token for this process, out of three parts: `HeldTokenSource` keeps the token and
 * decides when to ask, `TokenCalls` asks the endpoint with the credentials as they are now, and `SharedTokens` looks
 * first whether another process has asked already.
 */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const { settings, fetch = globalThis.fetch, now = () => performance.now(), random = Math.random, timeoutMs = 10_000 } = options
  const { watchMs = 5_000, sharing, onEvent = () => {}, onNotice = () => {} } = options
  const credentials = new CredentialWatch({ settings, watchMs })
  const calls = new TokenCalls({ settings, credentials, fetch, now, timeoutMs, onEvent: tell })
  const isShared = sharing?.store.isShared === true
  const shared = { calls, credentials, settings, timeoutMs, onNotice, onForget }
  const asker: TokenAsker = isShared ? new SharedTokens({ ...shared, ...sharing }) : calls
  const source = new HeldTokenSource({ calls, asker, credentials, now, random })
  credentials.start({ onChange: () => source.credentialsChanged(), onUnreadable: () => onNotice(unreadable) })
  return source

  function onForget(): void {
    onNotice({ level: 'warn', message: 'another process dropped the utility token and the credentials of before; so does this one' })
    source.dropAll('any')
  }

  function tell(event: TokenEvent): void {
    onEvent(event)
    const notice = noticeOf(event, settings.tokenUrl)
    if (notice !== undefined) onNotice(notice)
  }
}
