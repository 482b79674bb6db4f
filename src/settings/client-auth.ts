import type { SecretSource } from '../settings.js'
import { faultOfClientKey } from '../token/client-key.js'
import type { EnvironmentReader, Rule } from './environment-reader.js'

/** How the gateway proves to the token endpoint that it is the client (RFC 6749 section 2.3, RFC 7523 section 2.2). */
export interface ClientAuthSettings {
  /** With `private_key_jwt` a private key stands for the secret. */
  readonly method: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt'
  /** With a private key: what the endpoint calls itself. @default its address */
  readonly audience?: string
}

export interface ClientAuthFound {
  readonly clientSecret: SecretSource
  /** Undefined for HTTP Basic, which is Opower's way. */
  readonly clientAuth?: ClientAuthSettings
}

const names = {
  method: 'OPOWER_TOKEN_AUTH',
  secret: 'OPOWER_CLIENT_SECRET',
  key: 'OPOWER_CLIENT_KEY',
  audience: 'OPOWER_TOKEN_AUDIENCE',
} as const

/**
 * The secret or the private key of the client, and how it is used. What belongs to another way than the one that is set is a fault:
 * somebody believes that it is used.
 */
export function readClientAuth(reader: EnvironmentReader, rule: Rule<string>): ClientAuthFound {
  const methods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const
  const method = reader.oneOf(names.method, methods, 'client_secret_basic') ?? 'client_secret_basic'
  const audience = reader.get(names.audience)
  if (method === 'private_key_jwt') {
    refuse(reader, [names.secret, `${names.secret}_FILE`], `nothing where ${names.method} is private_key_jwt`)
    const clientSecret = reader.secret(names.key, faultOfClientKey)
    return { clientSecret, clientAuth: { method, ...(audience === undefined ? {} : { audience }) } }
  }
  refuse(reader, [names.key, `${names.key}_FILE`, names.audience], `nothing unless ${names.method} is private_key_jwt`)
  const clientSecret = reader.secret(names.secret, rule)
  return method === 'client_secret_basic' ? { clientSecret } : { clientSecret, clientAuth: { method } }
}

function refuse(reader: EnvironmentReader, strays: readonly string[], expected: string): void {
  for (const name of strays) if (reader.get(name) !== undefined) reader.fault(name, expected)
}
