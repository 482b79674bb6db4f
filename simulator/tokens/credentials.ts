import { timingSafeEqual } from 'node:crypto'

/** A client id and its secret, and the one utility that they open. */
export interface Credential {
  readonly clientId: string
  readonly clientSecret: string
  readonly utilityCode: string
  /** When the pair stops working, by the machine's clock; never where absent. */
  readonly until?: number
}

/** The pair printed in Oracle's guide, and a made-up one for the second utility. */
export const demoCredentials: readonly Credential[] = [
  { clientId: '019ebf3c-bc9c-41fa-87aa-09b1ecc86012', clientSecret: 'bdf46a70-c553-44bd-846e-7bd4f9d98690', utilityCode: 'nved' },
  { clientId: '5c1f7a0e-3d64-4b8f-a2c7-6e0d84b1f235', clientSecret: 'e7b20c4d-8a15-46f3-b06e-21d5c8f7a340', utilityCode: 'rvgl' },
]

export interface CredentialStore {
  /** The utility code that this pair opens now, or undefined. */
  utilityOf(clientId: string, clientSecret: string): string | undefined
  /** Replaces a utility's pair; the older ones go on for `overlapMs` milliseconds. */
  reissue(credential: Credential, overlapMs: number): void
}

export function createCredentialStore(): CredentialStore {
  let credentials = demoCredentials
  return {
    utilityOf(clientId, clientSecret) {
      const holds = ({ until }: Credential) => until === undefined || Date.now() < until
      return credentials.filter(holds).find(known => isSame(known.clientId, clientId) && isSame(known.clientSecret, clientSecret))
        ?.utilityCode
    },
    reissue(credential, overlapMs) {
      const until = Date.now() + overlapMs
      const older = credentials.map(known =>
        known.utilityCode === credential.utilityCode ? { ...known, until: Math.min(until, known.until ?? until) } : known,
      )
      credentials = [...older, credential].filter(known => known.until === undefined || known.until > Date.now())
    },
  }
}

function isSame(known: string, given: string): boolean {
  const [left, right] = [Buffer.from(known), Buffer.from(given)]
  return left.length === right.length && timingSafeEqual(left, right)
}
