import type { Settings } from '../settings.js'
import { isLoopback } from '../settings/addresses.js'
import type { TokenFailureCode } from '../token/token-failure.js'
import { TokenFailure, tokenFailures } from '../token/token-failure.js'
import { tierHint } from '../token/token-notice.js'
import { createTokenSource } from '../token/token-source.js'
import { GatewayError } from '../errors.js'
import type { Finding } from './finding.js'
import { fault, ok, warn } from './finding.js'

export interface TokenFound {
  readonly finding: Finding
  /** For the checks that follow, and so that the report can be searched for it. */
  readonly token: string | undefined
}

/** Asks for a token with the same source as the gateway, for itself: one that is shared would prove nothing about the credentials. */
export async function checkToken(settings: Settings['opower']): Promise<TokenFound> {
  const startedAt = performance.now()
  const source = createTokenSource({ settings, watchMs: 3_600_000 })
  try {
    const token = await source.token()
    const seconds = Math.round((source.status().secondsToExpiry ?? 0) + (performance.now() - startedAt) / 1000)
    const found = `given in ${Math.round(performance.now() - startedAt)} ms, good for ${seconds} s`
    const short = 'so short a life costs many calls: was it meant to be?'
    return { token, finding: seconds >= 60 ? ok('token', found) : warn('token', found, short) }
  } catch (error) {
    const failure = error instanceof GatewayError && error.reason instanceof TokenFailure ? error.reason : new TokenFailure('malformed')
    const detail = failure.detail === undefined ? '' : ` (${failure.detail})`
    return { token: undefined, finding: fault('token', `${tokenFailures[failure.code]}${detail}`, hintFor(failure.code, settings)) }
  } finally {
    source.close()
  }
}

function hintFor(code: TokenFailureCode, { tokenUrl, clientId, clientSecret }: Settings['opower']): string {
  if (code === 'network' && isLoopback(tokenUrl))
    return `nothing answers at ${tokenUrl.host} on this machine: is the demo running (npm start)?`
  if (code === 'invalid_client') return `${tierHint(tokenUrl)} ${whereFrom(clientId, clientSecret)}`
  return hints[code] ?? `is ${tokenUrl.origin}${tokenUrl.pathname} the right address?`
}

function whereFrom(clientId: Settings['opower']['clientId'], clientSecret: Settings['opower']['clientSecret']): string {
  const files = [clientId, clientSecret].flatMap(source => ('file' in source ? [source.file] : []))
  return files.length === 0 ? 'They come from the environment.' : `They come from ${files.join(' and ')}.`
}

const hints: Readonly<Partial<Record<TokenFailureCode, string>>> = {
  timeout: 'a firewall that drops instead of refusing looks like this',
  network: 'may this machine call out, or does it need a proxy?',
  redirect: 'a proxy or a sign-in page answers in place of Opower',
  unavailable: 'wait; when it lasts, ask Oracle for the state of the service',
  malformed: 'something else than the token endpoint answers there, such as a proxy with a page of its own',
  credentials: 'both files have to be there, readable by this user, with one line of text each',
}
