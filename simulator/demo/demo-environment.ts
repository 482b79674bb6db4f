import { printedCredentials } from './gateway-environment.js'
import type { Environment, Places } from './places.js'
import { DemoError, originOf } from './places.js'

/**
 * The environment of the demo's parts: what the caller's environment says, and the demo's own answer where it is silent.
 *
 * @throws DemoError when the caller's environment is for a real Opower
 */
export function demoEnvironment(env: Environment, places: Places, utilityCode: string): Record<string, string> {
  assertSimulated(env)
  const simulator = originOf(places.simulator)
  const given = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '')
  return {
    OPOWER_ENVIRONMENT: 'simulator',
    OPOWER_GRAPHQL_URL: `${simulator}/graphql`,
    OPOWER_TOKEN_URL: `${simulator}/apis/authorization-v1/oauth2/token`,
    OPOWER_UTILITY_CODE: utilityCode,
    ...unlessGiven(env, 'OPOWER_CLIENT_ID', printedCredentials.id),
    ...unlessGiven(env, 'OPOWER_CLIENT_SECRET', printedCredentials.secret),
    ...sessionSettings(env, originOf(places.issuer)),
    DIRECTORY: 'http',
    DIRECTORY_URL: `${originOf(places.directory)}/grants`,
    DIRECTORY_CLAIM: 'accounts',
    ...sourceSettings(env, places),
    LOG_LEVEL: 'warn',
    // The audit log is for those who keep it; at the keyboard it would be a line for every answer.
    ...((env['AUDIT_FILE'] ?? '') === '' ? { AUDIT: 'off' } : {}),
    ...Object.fromEntries(given),
  }
}

/** Whether the demo's own issuer signs the customers in. */
export function usesDemoIssuer(env: Environment): boolean {
  return (env['SESSION_JWKS_URL'] ?? '') === ''
}

function assertSimulated(env: Environment): void {
  const environment = env['OPOWER_ENVIRONMENT']
  if (environment === 'stage' || environment === 'production') {
    throw new DemoError(`OPOWER_ENVIRONMENT is ${environment}, and npm start is the demo with its simulator: use npm run gateway.`)
  }
}

/** A value in a file is a value given, too. */
function unlessGiven(env: Environment, name: string, value: string): Record<string, string> {
  return (env[`${name}_FILE`] ?? '') === '' ? { [name]: value } : {}
}

/** The addresses of the utility's own systems, as `simulator/sources/main.ts` opens them. */
function sourceSettings(env: Environment, { outages, billing, orders, tariffs }: Places): Record<string, string> {
  return {
    OUTAGES_URL: originOf(outages),
    ...unlessGiven(env, 'BILLING_URL', `postgres://gateway@${billing.host}:${billing.port}/postgres`),
    ORDERS_URL: `${originOf(orders)}/field-service`,
    TARIFFS_URL: `${originOf(tariffs)}/graphql`,
  }
}

/** The type and the algorithm are the demo issuer's own: another issuer brings its own. */
function sessionSettings(env: Environment, issuer: string): Record<string, string> {
  const common = { SESSION_ISSUER: issuer, SESSION_AUDIENCE: 'substation' }
  if (!usesDemoIssuer(env)) return common
  return { ...common, SESSION_JWKS_URL: `${issuer}/jwks.json`, SESSION_ALGORITHMS: 'ES256', SESSION_TYP: 'at+jwt' }
}
