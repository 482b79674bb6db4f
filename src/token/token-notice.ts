import { opowerTierOf } from '../settings/addresses.js'
import type { TokenEvent } from './token-calls.js'
import type { TokenFailure } from './token-failure.js'

/** One line for the operator's log. No secret is in it, and no part of an answer. */
export interface TokenNotice {
  readonly level: 'info' | 'warn'
  readonly message: string
  readonly failure?: TokenFailure
}

/** What an operator should read about one token call; undefined for one that went as usual. */
export function noticeOf(event: TokenEvent, tokenUrl: URL): TokenNotice | undefined {
  const { result, credentials, isRotated, isTriedOn, failure } = event
  if (isRotated) return info('the changed client id and secret work; the pair before is let go')
  if (result === 'ok') return credentials === 'current' ? undefined : warn('the token was given for the client id and secret of before')
  if (isTriedOn) return warn(`the client id and secret as they are now were refused; another pair is tried. ${tierHint(tokenUrl)}`, failure)
  return warn(result === 'invalid_client' ? `no utility token. ${tierHint(tokenUrl)}` : 'no utility token', failure)
}

export const unreadable: TokenNotice = warn('a file with the client id or the secret is away or empty; the pair read before goes on')

/** A refusal says nothing about its reason: all that can be told is whose credentials belong here. */
export function tierHint(tokenUrl: URL): string {
  const tier = opowerTierOf(tokenUrl)
  if (tier === undefined) return `Only credentials issued for ${tokenUrl.host} work there.`
  const other = tier === 'stage' ? 'production' : 'stage'
  return `This is Opower's ${tier}: a pair issued for ${other} is refused here like a wrong one.`
}

function info(message: string): TokenNotice {
  return { level: 'info', message }
}

function warn(message: string, failure?: TokenFailure): TokenNotice {
  return { level: 'warn', message, ...(failure === undefined ? {} : { failure }) }
}
