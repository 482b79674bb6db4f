import type { Environment } from '../settings/environment-reader.js'
import { tokenPath } from '../settings/addresses.js'

/**
 * The environment of the demo that `npm start` runs on this machine, for commands that look at it from another
 * terminal: what the caller's environment says, and the demo's own values where it is silent. The gateway itself never
 * assumes any of this.
 */
export function demoSettings(env: Environment): Environment {
  const [simulator, issuer, directory] = [
    `http://127.0.0.1:${env['SIMULATOR_PORT'] || 4010}`,
    `http://127.0.0.1:${env['ISSUER_PORT'] || 4011}`,
    `http://127.0.0.1:${env['DIRECTORY_PORT'] || 4012}`,
  ]
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  return {
    OPOWER_ENVIRONMENT: 'simulator',
    OPOWER_GRAPHQL_URL: `${simulator}/graphql`,
    OPOWER_TOKEN_URL: `${simulator}${tokenPath}`,
    OPOWER_UTILITY_CODE: 'nved',
    ...printedCredentials(env),
    ...signIn(env, issuer),
    DIRECTORY: 'http',
    DIRECTORY_URL: `${directory}/grants`,
    DIRECTORY_CLAIM: 'accounts',
    ...sources(env),
    ...given,
  }
}

/** Those of Oracle's public guide: the simulator takes them, the settings refuse them anywhere else. */
function printedCredentials(env: Environment): Environment {
  return {
    ...(env['OPOWER_CLIENT_ID_FILE'] ? {} : { OPOWER_CLIENT_ID: '019ebf3c-bc9c-41fa-87aa-09b1ecc86012' }),
    ...(env['OPOWER_CLIENT_SECRET_FILE'] ? {} : { OPOWER_CLIENT_SECRET: 'bdf46a70-c553-44bd-846e-7bd4f9d98690' }),
  }
}

/** The utility's own systems, as the demo opens them. */
function sources(env: Environment): Environment {
  const at = (name: string, port: number): string => `127.0.0.1:${env[name] || port}`
  return {
    OUTAGES_URL: `http://${at('OUTAGES_PORT', 4021)}`,
    ...(env['BILLING_URL_FILE'] ? {} : { BILLING_URL: `postgres://gateway@${at('BILLING_PORT', 4022)}/postgres` }),
    ORDERS_URL: `http://${at('ORDERS_PORT', 4023)}/field-service`,
    TARIFFS_URL: `http://${at('TARIFFS_PORT', 4024)}/graphql`,
  }
}

function signIn(env: Environment, issuer: string): Environment {
  const common = { SESSION_ISSUER: issuer, SESSION_AUDIENCE: 'substation' }
  if (env['SESSION_JWKS_URL']) return common
  return { ...common, SESSION_JWKS_URL: `${issuer}/jwks.json`, SESSION_ALGORITHMS: 'ES256', SESSION_TYP: 'at+jwt' }
}
