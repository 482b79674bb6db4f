import type { KeyObject } from 'node:crypto'
import { createPrivateKey } from 'node:crypto'
import type { JWK } from 'jose'

/** A private key that a client proves itself with (RFC 7523 section 2.2), and how it signs. */
export interface ClientKey {
  readonly jwk: JWK
  readonly algorithm: string
  /** The name under which the other side knows the public half; only a JWK says it. */
  readonly keyId?: string
}

const curveAlgorithms: Readonly<Record<string, string>> = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' }

/**
 * Reads a private key in PEM (PKCS 8, PKCS 1 or SEC 1, no passphrase) or as a JWK: RSA of 2048 bits or more, signing by RS256 unless the JWK
 * says PS256; P-256, P-384 or P-521; Ed25519.
 *
 * @throws {TypeError} without any part of the key
 */
export function readClientKey(text: string): ClientKey {
  const given = text.trimStart().startsWith('{') ? readJwk(text) : undefined
  const jwk = exportedFrom(given, text)
  const algorithm = algorithmOf(jwk, given?.alg)
  return { jwk, algorithm, ...(given?.kid === undefined ? {} : { keyId: given.kid }) }
}

/** What a key has to be, where the text holds none; undefined where it does. */
export function faultOfClientKey(text: string): string | undefined {
  try {
    readClientKey(text)
    return undefined
  } catch {
    return 'a private key in PEM without a passphrase, or as a JWK: RSA of 2048 bits or more, P-256, P-384, P-521 or Ed25519'
  }
}

function readJwk(text: string): JWK {
  try {
    return JSON.parse(text) as JWK
  } catch {
    throw noKey()
  }
}

function exportedFrom(given: JWK | undefined, text: string): JWK {
  const key = keyFrom(given, text)
  const bits = key.asymmetricKeyDetails?.modulusLength
  if (bits !== undefined && bits < 2048) throw noKey()
  return key.export({ format: 'jwk' })
}

function keyFrom(given: JWK | undefined, text: string): KeyObject {
  try {
    return given === undefined ? createPrivateKey(text) : createPrivateKey({ key: given, format: 'jwk' })
  } catch {
    throw noKey()
  }
}

/** A JWK may narrow what its kind of key can do, never change it. */
function algorithmOf({ kty, crv = '' }: JWK, said: string | undefined): string {
  if (kty === 'RSA') return oneOf(['RS256', 'PS256'], said)
  if (kty === 'OKP' && crv === 'Ed25519') return oneOf(['Ed25519', 'EdDSA'], said)
  return oneOf([curveAlgorithms[crv] ?? ''], said)
}

function oneOf([first = '', ...others]: readonly string[], said = first): string {
  if (first === '' || ![first, ...others].includes(said)) throw noKey()
  return said
}

function noKey(): TypeError {
  return new TypeError('what should be a private key is none, or of another kind')
}
