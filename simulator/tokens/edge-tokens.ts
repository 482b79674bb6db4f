import { randomBytes, randomUUID } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'

/** How long an edge token lives: about as long as one utility's site gives. */
const lifeSeconds = 20 * 60

export type EdgeVerdict = { readonly login: string } | { readonly fault: 'invalid' | 'expired' }

/** Tokens as the utility's own site would give them to a signed-in customer; signed with a key of this process. */
export interface EdgeTokens {
  mint(login: string, seconds?: number): Promise<string>
  verify(token: string): Promise<EdgeVerdict>
}

export function createEdgeTokens(): EdgeTokens {
  const key = randomBytes(32)
  return {
    mint(login, seconds = lifeSeconds) {
      const claims = new SignJWT({ jwtAuthority: 'simulator' }).setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      const now = Math.floor(Date.now() / 1000)
      return claims
        .setSubject(login)
        .setJti(randomUUID())
        .setIssuedAt(now)
        .setExpirationTime(now + seconds)
        .sign(key)
    },
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, key, { algorithms: ['HS256'] })
        return typeof payload.sub === 'string' ? { login: payload.sub } : { fault: 'invalid' }
      } catch (error) {
        return { fault: error instanceof errors.JWTExpired ? 'expired' : 'invalid' }
      }
    },
  }
}
