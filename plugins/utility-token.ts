import type { MeshFetch, MeshFetchRequestInit } from '@graphql-mesh/types'
import { readJson } from '../src/opower/judge-answer.js'
import { UpstreamFailure, isTokenRefused, upstreamFault } from '../src/opower/upstream-errors.js'
import { isQueryBody } from '../src/opower/operation-kind.js'
import type { Session } from '../src/session/session.js'
import type { CallTokens } from '../src/token/account-tokens.js'
import type { Customer } from '../src/context.js'
import { originOf } from '../src/server/origin-of.js'
import type { GatewayPlugin } from './gateway-plugin.js'

/** Gives the token of the utility, or the customer's own, to calls that go to the utility's own origins, and to no other call. */
export interface UtilityTokenOptions {
  /** Where it has `of`, each call goes with a token of the customer that it is made for, and none with the utility's. */
  readonly tokens: CallTokens & { of?(session: Session | undefined): CallTokens }
  /** Exact origins, such as `https://api.us.opower.com`. */
  readonly origins: readonly string[]
  /** Whether an answer with a good status refuses the token in its body; Opower's known bodies are found without. @default never */
  readonly isRefusal?: (body: unknown) => boolean
}

/**
 * Wraps Mesh's fetch (`onFetch`). For a listed origin:
 * - `authorization` is set, and only harmless headers go with it: nothing that a caller sent can speak for somebody;
 * - a redirect is refused, so that the token never crosses one;
 * - when the upstream does not believe the token it is dropped, and a query is repeated once with a fresh one.
 *   A mutation is not repeated; its error says that nothing was started.
 *
 * It stands after `useUpstreamFetch` in the list, so that each of the two attempts is measured and counted.
 *
 * @throws {GatewayError} `UPSTREAM_UNAVAILABLE` without a token that is believed, `UPSTREAM_REFUSED` for a redirect; for a customer's own
 * token also what `AccountTokens` throws
 * @example
 * useUtilityToken({ tokens, origins: [settings.opower.graphqlUrl.origin] })
 */
export function useUtilityToken({ tokens, origins, isRefusal }: UtilityTokenOptions): GatewayPlugin {
  const listed = new Set(origins)
  return {
    onFetch({ fetchFn, setFetchFn }) {
      setFetchFn(async function fetchWithToken(url, options, context, info) {
        if (!listed.has(originOf(url))) return fetchFn(url, options, context, info)
        const attempt = (token: string) => send(fetchFn, token, [url, options, context, info], isRefusal)
        const own = tokens.of === undefined ? tokens : tokens.of(sessionOf(context))
        const token = await own.token()
        const response = await attempt(token)
        if (response !== 'refused') return response
        const isWorthwhile = own.refused(token)
        if (!isQueryBody(options?.body)) throw noToken('Nothing was started. Try again.')
        const second = isWorthwhile ? await attempt(await own.token()) : 'refused'
        if (second === 'refused') throw noToken()
        return second
      })
    },
  }
}

/** Whose call it is: said by the GraphQL context that it is made for, which nothing of the caller's can write to. */
function sessionOf(context: unknown): Session | undefined {
  const { customer } = readContext(context)
  return customer?.session
}

function readContext(context: unknown): { readonly customer?: Customer } {
  return typeof context === 'object' && context !== null ? (context as { readonly customer?: Customer }) : {}
}

type FetchArguments = Parameters<MeshFetch>

/** One attempt; `refused` when the upstream does not believe the token. */
async function send(
  fetchFn: MeshFetch,
  token: string,
  [url, options, ...rest]: FetchArguments,
  isRefusal: UtilityTokenOptions['isRefusal'],
): Promise<Response | 'refused'> {
  try {
    const response = await fetchFn(url, { ...options, headers: headersWith(token, options), redirect: 'manual' }, ...rest)
    if (response.status === 401) return 'refused'
    if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) throw redirected(response.status)
    return isRefusal?.(await bodyOf(response)) === true ? 'refused' : response
  } catch (error) {
    if (isTokenRefused(error)) return 'refused'
    throw error
  }
}

/** The parsed body of an answer that is still to be read; undefined for anything but JSON. */
async function bodyOf(response: Response): Promise<unknown> {
  return readJson(await response.clone().text())
}

/** What may go upstream besides the token. Everything else a caller sends could name a person or choose an account. */
const harmless: ReadonlySet<string> = new Set(['accept', 'accept-encoding', 'content-type', 'user-agent', 'x-request-id'])

/**
 * A fresh object for each call: Mesh's fetch writes `content-length` into the one it is given, and the next call with
 * the same object would be cut at that length.
 */
function headersWith(token: string, options: MeshFetchRequestInit | undefined): Record<string, string> {
  const given = options?.headers ?? {}
  const headers: Record<string, string> = {}
  for (const name in given) if (harmless.has(name.toLowerCase()) && given[name] !== undefined) headers[name] = given[name]
  headers['authorization'] = `Bearer ${token}`
  return headers
}

function redirected(status: number): Error {
  return upstreamFault('UPSTREAM_REFUSED', new UpstreamFailure('answered with a redirect, which is never followed', { status }))
}

function noToken(message?: string): Error {
  return upstreamFault('UPSTREAM_UNAVAILABLE', new UpstreamFailure('does not believe the utility token', { isTokenRefused: true }), message)
}
