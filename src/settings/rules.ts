import { isLoopback, opowerTierOf } from './addresses.js'
import type { Rule } from './environment-reader.js'

/** The environment as far as it is known: with an unknown one, only the rules that hold everywhere are asked. */
export type KnownEnvironment = 'simulator' | 'stage' | 'production' | undefined

/** Printed in Oracle's public guide, so known to everybody: good for the simulator, an open door anywhere else. */
const printedCredentials: ReadonlySet<string> = new Set(['019ebf3c-bc9c-41fa-87aa-09b1ecc86012', 'bdf46a70-c553-44bd-846e-7bd4f9d98690'])

const demoOnly = "the simulator on this machine: the demo's sign-in must never open real data"

/** https, unless the demo talks to this very machine. */
export function secureIn(environment: KnownEnvironment): Rule<URL> {
  return url => {
    if (url.protocol === 'https:' || (environment === 'simulator' && isLoopback(url))) return undefined
    return environment === 'simulator' ? 'an https address, or http on this machine' : 'an https address'
  }
}

/** An address of this machine is the demo's; customers' data must not rest on what happens to listen there. */
export function notLocalIn(environment: KnownEnvironment): Rule<URL> {
  return url => {
    if (environment === 'simulator' || environment === undefined || !isLoopback(url)) return undefined
    return `an address outside this machine where OPOWER_ENVIRONMENT is ${environment}`
  }
}

/** Stage and production have credentials and data of their own: one never stands in for the other, nor for the demo. */
export function tierOf(environment: KnownEnvironment): Rule<URL> {
  return url => {
    const tier = opowerTierOf(url)
    if (environment === undefined || tier === environment) return undefined
    if (environment === 'simulator' && !isLoopback(url)) return demoOnly
    return tier === undefined ? undefined : `an address of Opower's ${environment}, not of its ${tier}`
  }
}

export function notPrintedIn(environment: KnownEnvironment): Rule<string> {
  return secret => {
    if (environment === 'simulator' || environment === undefined || !printedCredentials.has(secret.toLowerCase())) return undefined
    return `your utility's own credential where OPOWER_ENVIRONMENT is ${environment}, not the one printed in Oracle's guide`
  }
}

/** A Redis over TLS; without it only for the demo, on this machine. */
export function redisIn(environment: KnownEnvironment): Rule<string> {
  return value => {
    const url = URL.canParse(value) ? new URL(value) : undefined
    if (url?.protocol === 'rediss:' && url.hostname !== '') return undefined
    if (environment !== 'simulator') return 'a rediss address'
    return url?.protocol === 'redis:' && isLoopback(url) ? undefined : 'a rediss address, or a redis address on this machine'
  }
}

/**
 * Whether browsers may call from `origin`: spelled exactly as a browser spells it (RFC 6454 section 6.2),
 * https, or http on the developer's own machine outside production.
 */
export function isOriginAllowed(origin: string, environment: KnownEnvironment): boolean {
  // A star is a lawful letter of a host name, but no browser sends one.
  if (origin.includes('*') || !URL.canParse(origin)) return false
  const url = new URL(origin)
  if (url.origin !== origin) return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && environment !== 'production' && isLoopback(url))
}
