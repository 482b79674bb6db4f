import type { CryptoKey, JWTHeaderParameters, JWTPayload } from 'jose'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface TestIssuer {
  readonly issuer: string
  readonly jwksUrl: URL
  /** How often the key set was fetched. */
  readonly fetches: number
  readonly publicJwk: Awaited<ReturnType<typeof exportJWK>>
  sign(claims?: Record<string, unknown>, header?: Partial<JWTHeaderParameters>, key?: CryptoKey): Promise<string>
  /** Replaces the signing key and its place in the key set. @param kid of the new one */
  rotate(kid?: string): Promise<void>
  /**
   * Until the next call, every fetch of the key set is answered with this status, or never where it is 0.
   *
   * @param body in place of the key set
   */
  answerWith(status: number, body?: string): void
  close(): Promise<void>
}

export const audience = 'substation-test'
export const utilityCode = 'nved'

/** An issuer that really listens. Claims set to `undefined` are left out of a token. */
export async function startTestIssuer(): Promise<TestIssuer> {
  let [status, fetches, current] = [200, 0, await createKey('key-1')]
  let body: string | undefined
  const server = createServer((_request, response) => {
    fetches += 1
    if (status === 0) return
    response.writeHead(status, { 'content-type': 'application/json' }).end(body ?? JSON.stringify({ keys: [current.jwk] }))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const issuer = originOf(server.address())
  return {
    issuer,
    jwksUrl: new URL('/jwks.json', issuer),
    get fetches() {
      return fetches
    },
    get publicJwk() {
      return current.jwk
    },
    sign: (claims = {}, header = {}, key = current.privateKey) =>
      new SignJWT({ ...goodClaims(issuer), ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: current.jwk.kid, typ: 'at+jwt', ...header })
        .sign(key),
    async rotate(kid = `key-${fetches + 2}`) {
      current = await createKey(kid)
    },
    answerWith(next, text) {
      status = next
      body = text
    },
    close() {
      server.closeAllConnections()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

function goodClaims(iss: string): JWTPayload {
  const now = Math.floor(Date.now() / 1000)
  return { iss, aud: audience, sub: 'customer-1', preferred_username: 'alice', utility: utilityCode, iat: now, exp: now + 3600 }
}

export async function createKey(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } }
}

function originOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') throw new Error('the test issuer has no port')
  return `http://127.0.0.1:${address.port}`
}
