import type { Settings } from '../settings.js'
import { readSecret } from '../settings/secrets.js'
import type { Credentials } from './request-token.js'
import { TokenFailure } from './token-failure.js'

/**
 * The credentials as they are now: files are read at each call, so a rotated secret is used from the next refresh on.
 *
 * @throws {TokenFailure} `credentials`
 */
export function readCredentials({ clientId, clientSecret }: Settings['opower']): Credentials {
  try {
    return { clientId: readSecret(clientId), clientSecret: readSecret(clientSecret) }
  } catch {
    throw new TokenFailure('credentials')
  }
}

export function areSame(one: Credentials, other: Credentials | undefined): boolean {
  return one.clientId === other?.clientId && one.clientSecret === other.clientSecret
}
