import type { SecretSource } from '../settings.js'
import { readSecret } from '../settings/secrets.js'

/**
 * What is wrong with the value of an `authorization` header; undefined when it can be sent: a scheme of RFC 6750 or RFC 7617, and one
 * word of the characters that both allow.
 */
export function faultOfAuthorization(value: string): string | undefined {
  return /^(?:Bearer|Basic) [A-Za-z0-9._~+/-]+=*$/.test(value) ? undefined : 'one line: Bearer or Basic, a space, and the credential'
}

/**
 * The value as it is now: a file is read anew, so that an exchanged credential needs no restart.
 *
 * @throws {Error} without a word of the value, when it cannot be read or sent
 */
export function readAuthorization(source: SecretSource): string {
  const value = readSecret(source)
  const expected = faultOfAuthorization(value)
  if (expected !== undefined) throw new Error(`a credential is not ${expected}`)
  return value
}
