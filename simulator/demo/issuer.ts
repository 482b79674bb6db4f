import { randomUUID } from 'node:crypto'
import type { CryptoKey, JWK } from 'jose'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { Customer, Population } from '../population/types.js'
import type { DemoGrant } from './grants.js'
import { claimOf, grantsOf, grantsOfVisitor, visitors } from './grants.js'
import type { RunningServer } from './json-server.js'
import { startJsonServer } from './json-server.js'

export interface DemoIssuerOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** The `iss` of its tokens. @default its own address */
  readonly issuer?: string
  readonly audience: string
  /** The token's `typ` header. @default 'at+jwt' (RFC 9068 section 2.1) */
  readonly typ?: string
  /** The claim that lists the accounts, for a gateway that reads grants from the token. @default 'accounts' */
  readonly claim?: string
  /** Whether every utility of the demo has its customers sign in here: then the claim `utility` says whose each of them is. @default false */
  readonly isCommon?: boolean
  readonly population: Population
}

/**
 * Signs in anybody from the demo population without asking for a password, so it listens on this machine only and
 * its key lives no longer than it does: no copied setting can make a real gateway trust it.
 *
 * `GET /jwks.json` is its key set, `GET /customers` lists who can sign in, `POST /tokens` of `{ "login" }` signs in.
 */
export async function startDemoIssuer(options: DemoIssuerOptions): Promise<RunningServer> {
  const { population } = options
  const key = await createSigningKey()
  const server = await startJsonServer({
    ...options,
    routes: {
      'GET /jwks.json': () => ({ body: { keys: [key.jwk] } }),
      'GET /customers': () => ({ body: { customers: population.customers.map(toListed) } }),
      'POST /tokens': async body => {
        const person = findPerson(body, population)
        if (person === undefined) return unknownLogin(population)
        return { body: { token: await sign(person, key, { ...options, issuer: options.issuer ?? server.url }) } }
      },
    },
  })
  return server
}

interface SigningKey {
  readonly privateKey: CryptoKey
  readonly jwk: JWK
  readonly kid: string
}

async function createSigningKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const kid = randomUUID()
  return { privateKey, kid, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } }
}

function toListed({ login, name, accountUrns }: Customer): Record<string, unknown> {
  return { login, name, accounts: accountUrns.length }
}

/** Whom a token is about, who acts, and the accounts that it lists. */
interface Person {
  readonly login: string
  readonly sub: string
  readonly act?: { readonly sub: string; readonly reason: string }
  readonly grants: readonly DemoGrant[]
}

function findPerson(body: unknown, population: Population): Person | undefined {
  const login = typeof body === 'object' && body !== null && 'login' in body ? body.login : undefined
  const customer = population.customers.find(each => each.login === login)
  if (customer !== undefined) return { login: customer.login, sub: subjectOf(customer.login), grants: grantsOf(customer, population) }
  const visitor = visitors.find(each => each.login === login)
  if (visitor === undefined) return undefined
  const grants = grantsOfVisitor(visitor, population)
  if (visitor.role === 'third_party') return { login: visitor.login, sub: subjectOf(visitor.login), grants }
  return { login: visitor.of, sub: subjectOf(visitor.of), act: { sub: subjectOf(visitor.login), reason: visitor.reason ?? '' }, grants }
}

function unknownLogin({ customers }: Population) {
  const logins = [...customers, ...visitors].map(({ login }) => login)
  return { status: 404, body: { error: 'nobody in the demo signs in with this name', logins } }
}

type SignOptions = DemoIssuerOptions & { readonly issuer: string }

function sign({ login, sub, act, grants }: Person, { privateKey, kid }: SigningKey, options: SignOptions): Promise<string> {
  const { issuer, audience, typ = 'at+jwt', claim = 'accounts' } = options
  const utility = utilityOf(grants, options)
  const acting = act === undefined ? {} : { act }
  return new SignJWT({ preferred_username: login, utility, ...acting, [claim]: claimOf(grants) })
    .setProtectedHeader({ alg: 'ES256', typ, kid })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(sub)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime('8h')
    .sign(privateKey)
}

/** Alone with one utility the issuer is the first one's own, and whose accounts a customer has is for the directory to say. */
function utilityOf([first]: readonly DemoGrant[], { population, isCommon = false }: DemoIssuerOptions): string | undefined {
  const account = isCommon ? population.accounts.find(({ urn }) => urn === first?.urn) : undefined
  return (account?.utility ?? population.utilities[0])?.code
}

/** The `sub` of a demo customer. It differs from the login, as it does at most issuers. */
export function subjectOf(login: string): string {
  return `demo-${login}`
}
