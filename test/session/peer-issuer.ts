import { jest } from '@jest/globals'
import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair } from 'jose'
import type Provider from 'oidc-provider'
import type { RequestContext } from 'oidc-provider'
import { population } from '../../simulator/population/population.js'

/** What the token is for: `audience` in the format of `format`. */
export interface Wanted {
  readonly format: 'jwt' | 'opaque'
  readonly audience?: string
}

export interface IssuedTokens {
  readonly access_token: string
  readonly id_token: string
  readonly refresh_token: string
}

/** An issuer that somebody else wrote, with the people of the demo. */
export interface PeerIssuer extends AsyncDisposable {
  /** What a gateway that trusts it is told. */
  readonly env: Readonly<Record<string, string>>
  /** Signs in as a browser would: authorization code with PKCE (RFC 7636). */
  signIn(login: string, wanted: Wanted): Promise<IssuedTokens>
  /** RFC 7009 */
  revoke(token: string): Promise<void>
}

const redirectUri = 'http://127.0.0.1/signed-in'
const frontEnd = { id: 'front-end', secret: 'front-end-secret' }
const gateway = { id: 'gateway', secret: 'gateway-secret' }

export async function startPeerIssuer(): Promise<PeerIssuer> {
  // It warns of this version of Node, and of defaults that are right for a test.
  const silenced = [jest.spyOn(console, 'warn'), jest.spyOn(console, 'info')].map(spy => spy.mockImplementation(() => undefined))
  const { default: ProviderClass } = await import('oidc-provider')
  let handle = (_request: IncomingMessage, response: ServerResponse): void => void response.writeHead(503).end()
  const server = createServer((request, response) => handle(request, response))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new ProviderClass(issuer, await configuration())
  const serve = provider.callback()
  handle = (request, response) =>
    request.url?.startsWith('/login/') === true ? void finishSignIn(provider, request, response) : serve(request, response)
  return {
    env: {
      SESSION_ISSUER: issuer,
      SESSION_AUDIENCE: 'substation',
      SESSION_JWKS_URL: `${issuer}/jwks`,
      SESSION_ALGORITHMS: 'ES256',
      SESSION_TYP: 'at+jwt',
      SESSION_INTROSPECTION_URL: `${issuer}/token/introspection`,
      SESSION_CLIENT_ID: gateway.id,
      SESSION_CLIENT_SECRET: gateway.secret,
      DIRECTORY: 'claims',
      DIRECTORY_CLAIM: 'accounts',
    },
    signIn: (login, wanted) => signIn(issuer, login, wanted),
    revoke: async token => void (await post(`${issuer}/token/revocation`, { token })),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      for (const spy of silenced) spy.mockRestore()
    },
  }
}

async function configuration(): Promise<object> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const client = { redirect_uris: [], response_types: [], grant_types: [], id_token_signed_response_alg: 'ES256' }
  return {
    clients: [
      {
        ...client,
        client_id: frontEnd.id,
        client_secret: frontEnd.secret,
        redirect_uris: [redirectUri],
        response_types: ['code'],
        grant_types: ['authorization_code', 'refresh_token'],
      },
      { ...client, client_id: gateway.id, client_secret: gateway.secret },
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'peer' }] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    scopes: ['openid'],
    findAccount: (_context: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
    extraTokenClaims: (_context: unknown, { accountId }: { accountId: string }) => claimsOf(accountId),
    issueRefreshToken: () => true,
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/login/${uid}` },
    loadExistingGrant: grantAll,
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true },
      introspection: {
        enabled: true,
        allowedPolicy: (_context: unknown, { clientId }: { clientId: string }) => clientId === gateway.id,
      },
      resourceIndicators: { enabled: true, useGrantedResource: () => true, getResourceServerInfo: resourceServer },
    },
  }
}

function claimsOf(login: string): object {
  const customer = population.customers.find(each => each.login === login)
  return { preferred_username: login, accounts: customer?.accountUrns ?? [] }
}

/** A resource is spelled `https://<audience>.example/<format>` here. */
function resourceServer(_context: unknown, resource: string): object {
  const [, audience, format] = /^https:\/\/([\w-]+)\.example\/(jwt|opaque)$/.exec(resource) ?? []
  return { scope: 'bills', audience, accessTokenFormat: format, jwt: { sign: { alg: 'ES256' } } }
}

const resourceOf = ({ audience = 'substation', format }: Wanted): string => `https://${audience}.example/${format}`

async function grantAll({ oidc: { client, session, provider } }: RequestContext) {
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
  grant.addOIDCScope('openid')
  for (const audience of ['substation', 'another-app']) {
    for (const format of ['jwt', 'opaque'] as const) grant.addResourceScope(resourceOf({ audience, format }), 'bills')
  }
  await grant.save()
  return grant
}

async function finishSignIn(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { params } = await provider.interactionDetails(request, response)
  await provider.interactionFinished(request, response, { login: { accountId: params.login_hint } })
}

async function signIn(issuer: string, login: string, wanted: Wanted): Promise<IssuedTokens> {
  const verifier = randomBytes(32).toString('base64url')
  const question = new URLSearchParams({
    client_id: frontEnd.id,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid bills',
    resource: resourceOf(wanted),
    login_hint: login,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const code = (await followToEnd(new URL(`${issuer}/auth?${question}`))).searchParams.get('code') ?? ''
  const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier, resource: resourceOf(wanted) }
  return (await (await post(`${issuer}/token`, form)).json()) as IssuedTokens
}

/** Follows redirects with a jar of cookies, until they leave the issuer. */
async function followToEnd(start: URL): Promise<URL> {
  const cookies = new Map<string, string>()
  let url = start
  for (let hops = 0; url.origin === start.origin; hops += 1) {
    if (hops > 10) throw new Error(`the sign-in goes in circles at ${url.pathname}`)
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } })
    for (const line of response.headers.getSetCookie()) cookies.set(line.slice(0, line.indexOf('=')), /=([^;]*)/.exec(line)?.[1] ?? '')
    const next = response.headers.get('location')
    if (next === null) throw new Error(`the sign-in ended at ${url.pathname} with ${response.status}: ${await response.text()}`)
    url = new URL(next, url)
  }
  return url
}

async function post(url: string, form: Record<string, string>): Promise<Response> {
  const authorization = `Basic ${Buffer.from(`${frontEnd.id}:${frontEnd.secret}`).toString('base64')}`
  const response = await fetch(url, { method: 'POST', headers: { authorization }, body: new URLSearchParams(form) })
  if (!response.ok) throw new Error(`the issuer refused: ${response.status} ${await response.text()}`)
  return response
}
