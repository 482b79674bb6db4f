import type { EnvironmentReader, Rule } from './environment-reader.js'

/** Where a customer's session is exchanged for a token of the customer's own, and what that token is to be good for. */
export interface AccountTokenSettings {
  readonly exchangeUrl: URL
  /** The service that the token is for, as the exchange knows it (RFC 8693 section 2.1). */
  readonly audience?: string
  /** What the token is to allow, with spaces between. */
  readonly scope?: string
}

const names = {
  strategy: 'OPOWER_TOKEN_STRATEGY',
  url: 'OPOWER_EXCHANGE_URL',
  audience: 'OPOWER_EXCHANGE_AUDIENCE',
  scope: 'OPOWER_EXCHANGE_SCOPE',
} as const

/**
 * Whose token goes to Opower: undefined for `utility`, the default, where it is the utility's own.
 *
 * A setting of the exchange that is given beside `utility` is a fault: somebody believes that customers have tokens of their own.
 */
export function readAccountToken(reader: EnvironmentReader, rules: readonly Rule<URL>[]): AccountTokenSettings | undefined {
  const strategy = reader.oneOf(names.strategy, ['utility', 'account'], 'utility')
  const [audience, scope] = [reader.get(names.audience), reader.get(names.scope)]
  if (strategy !== 'account') {
    const stray = [names.url, names.audience, names.scope].filter(name => reader.get(name) !== undefined)
    for (const name of stray) reader.fault(name, `nothing unless ${names.strategy} is account`)
    return undefined
  }
  return {
    exchangeUrl: reader.url(names.url, rules),
    ...(audience === undefined ? {} : { audience }),
    ...(scope === undefined ? {} : { scope }),
  }
}
