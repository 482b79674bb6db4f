import type { MeshFetch } from '@graphql-mesh/types'
import { upstreamFault, UpstreamFailure } from '../src/opower/upstream-errors.js'
import { originOf } from '../src/server/origin-of.js'
import type { GatewayPlugin } from './gateway-plugin.js'

/** One of the utility's own systems, and what proves to it that the gateway calls. */
export interface SourceCredential {
  /** The exact origin that it is for, such as `https://outages.utility.example`. */
  readonly origin: string
  /**
   * The value of `authorization`, such as `Bearer ...`; asked for each call, so that a changed file holds at once. Whatever it throws
   * fails the call. @default none is sent
   */
  readonly authorization?: () => string
}

/**
 * Wraps Mesh's fetch (`onFetch`) and gives each of the utility's own systems the credential that is set for its origin. No other origin is
 * ever sent it, a redirect is refused instead of followed, and what a caller put into `authorization` or `cookie` does not go along.
 *
 * It stands after `useUpstreamFetch` in the list, so that a redirect and a credential that cannot be read are told like any
 * other call that failed.
 *
 * @throws {TypeError} at once, when one origin has two credentials: one of them would be sent to whom it is not for
 * @throws {GatewayError} `UPSTREAM_UNAVAILABLE` when the credential cannot be read, `UPSTREAM_REFUSED` for a redirect
 * @example
 * useSourceCredentials([{ origin: 'https://outages.utility.example', authorization: () => readAuthorization({ file }) }])
 */
export function useSourceCredentials(credentials: readonly SourceCredential[]): GatewayPlugin {
  const byOrigin = oneForEach(credentials)
  return {
    onFetch({ fetchFn, setFetchFn }) {
      setFetchFn(async function fetchWithCredential(url, init, context, info) {
        const credential = byOrigin.get(originOf(url))
        if (credential === undefined) return fetchFn(url, init, context, info)
        const headers = { ...withoutProofs(init?.headers), ...proofOf(credential) }
        return refuseRedirect(await fetchFn(url, { ...init, headers, redirect: 'manual' }, context, info))
      })
    },
  }
}

function oneForEach(credentials: readonly SourceCredential[]): ReadonlyMap<string, SourceCredential> {
  const byOrigin = new Map<string, SourceCredential>()
  for (const credential of credentials) {
    const other = byOrigin.get(credential.origin)
    if (other !== undefined && (other.authorization ?? credential.authorization) !== undefined)
      throw new TypeError(`Two sources are at ${credential.origin}, and one of them has a credential: the other would be sent it too.`)
    byOrigin.set(credential.origin, credential)
  }
  return byOrigin
}

/** What was read goes into the header and nowhere else: not into an error either. */
function proofOf({ authorization }: SourceCredential): Record<string, string> {
  if (authorization === undefined) return {}
  try {
    return { authorization: authorization() }
  } catch {
    throw upstreamFault('UPSTREAM_UNAVAILABLE', new UpstreamFailure('was not called: its credential cannot be read'))
  }
}

/** Two spellings of one name would be sent as one header with both values. */
function withoutProofs(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  const others: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers))
    if (!/^(?:authorization|proxy-authorization|cookie)$/i.test(name)) others[name] = value
  return others
}

function refuseRedirect(response: Awaited<ReturnType<MeshFetch>>): Response {
  const { status, type } = response
  if (type !== 'opaqueredirect' && (status < 300 || status > 399)) return response
  throw upstreamFault('UPSTREAM_REFUSED', new UpstreamFailure('answered with a redirect, which is never followed', { status }))
}
