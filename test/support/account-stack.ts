import { startDemoDirectory } from '../../simulator/demo/directory-service.js'
import { requestToken } from '../../simulator/demo/demo-tokens.js'
import { startDemoIssuer } from '../../simulator/demo/issuer.js'
import { population } from '../../simulator/population/population.js'
import type { Population } from '../../simulator/population/types.js'
import { startSimulator } from '../../simulator/server.js'
import type { Gateway } from '../../src/server/gateway.js'
import { startGateway } from '../../src/server/gateway.js'
import type { Log } from '../../src/server/log.js'
import { createLog } from '../../src/server/log.js'
import type { Settings } from '../../src/settings.js'
import { loadSettings } from '../../src/settings.js'
import type { ExchangeServer } from './exchange-server.js'
import { startExchangeServer } from './exchange-server.js'
import { credentials } from './stack.js'

export interface EdgeCall {
  readonly kind: 'graphql' | 'token'
  readonly face: string
  readonly query: string
  readonly variables: Record<string, unknown> | null
  readonly headers: Record<string, string>
  readonly status: number
}

/** The gateway before the simulator's edge, with a token exchange that really listens. */
export interface AccountStack extends AsyncDisposable {
  readonly gateway: Gateway
  readonly exchange: ExchangeServer
  readonly simulatorUrl: string
  tokenOf(login: string): Promise<string>
  /** A new session token of the same person's. */
  newTokenOf(login: string): Promise<string>
  send(query: string, headers: Record<string, string>, variables?: object): Promise<AccountAnswer>
  ask(login: string, query: string, variables?: object): Promise<AccountAnswer>
  calls(): Promise<readonly EdgeCall[]>
  forgetCalls(): Promise<void>
  control(path: string, body: unknown): Promise<void>
}

export interface AccountAnswer {
  readonly status: number
  readonly text: string
  readonly data?: Record<string, unknown> | null
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[]
}

/** Joint holders who may see exactly the same: nothing but the person tells them apart. */
const equals: Population = {
  ...population,
  customers: population.customers.map(customer => (customer.login === 'hanna' ? { ...customer, role: 'holder' } : customer)),
}

const edgePath = '/ei/edge/apis/dsm-graphql-v1/cws/graphql'

export async function startAccountStack({ log = createLog('silent') }: { readonly log?: Log } = {}): Promise<AccountStack> {
  const simulator = await startSimulator({ profile: 'test' })
  const issuer = await startDemoIssuer({ host: '127.0.0.1', port: 0, audience: 'substation', population })
  const directory = await startDemoDirectory({ host: '127.0.0.1', port: 0, issuer: issuer.url, population: equals })
  const client = `${credentials.id}:${credentials.secret}`
  const exchange = await startExchangeServer({ simulatorUrl: simulator.url, issuerUrl: issuer.url, client })
  const settings = accountSettings({
    simulatorUrl: simulator.url,
    issuerUrl: issuer.url,
    directoryUrl: directory.url,
    exchangeUrl: exchange.url,
  })
  const gateway = await startGateway(settings, { log })
  const tokens = new Map<string, Promise<string>>()
  const newTokenOf = (login: string): Promise<string> => requestToken(issuer.url, login)
  const tokenOf = (login: string): Promise<string> => {
    const token = tokens.get(login) ?? newTokenOf(login)
    tokens.set(login, token)
    return token
  }
  const send = async (query: string, headers: Record<string, string>, variables: object = {}): Promise<AccountAnswer> => {
    const all = { 'content-type': 'application/json', accept: 'application/graphql-response+json', ...headers }
    const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers: all, body: JSON.stringify({ query, variables }) })
    const text = await response.text()
    return { status: response.status, text, ...(JSON.parse(text) as object) }
  }
  return {
    gateway,
    exchange,
    simulatorUrl: simulator.url,
    tokenOf,
    newTokenOf,
    send,
    ask: async (login, query, variables) => send(query, { authorization: `Bearer ${await tokenOf(login)}` }, variables),
    async calls() {
      const { log: seen } = (await (await fetch(`${simulator.url}/__sim/calls`)).json()) as { log: EdgeCall[] }
      return seen.filter(({ kind }) => kind === 'graphql')
    },
    forgetCalls: async () => void (await fetch(`${simulator.url}/__sim/calls`, { method: 'DELETE' })),
    async control(path, body) {
      const headers = { 'content-type': 'application/json' }
      await fetch(`${simulator.url}/__sim/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    },
    async [Symbol.asyncDispose]() {
      await gateway.close()
      await Promise.all([simulator.close(), issuer.close(), directory.close(), exchange[Symbol.asyncDispose]()])
    },
  }
}

interface Addresses {
  readonly simulatorUrl: string
  readonly issuerUrl: string
  readonly directoryUrl: string
  readonly exchangeUrl: URL
}

function accountSettings({ simulatorUrl, issuerUrl, directoryUrl, exchangeUrl }: Addresses): Settings {
  return loadSettings({
    OPOWER_TOKEN_STRATEGY: 'account',
    OPOWER_EXCHANGE_URL: exchangeUrl.href,
    OPOWER_EXCHANGE_AUDIENCE: 'opower-accounts',
    OPOWER_EXCHANGE_SCOPE: 'usage bills',
    OPOWER_ENVIRONMENT: 'simulator',
    OPOWER_GRAPHQL_URL: `${simulatorUrl}${edgePath}`,
    OPOWER_TOKEN_URL: `${simulatorUrl}/apis/authorization-v1/oauth2/token`,
    OPOWER_CLIENT_ID: credentials.id,
    OPOWER_CLIENT_SECRET: credentials.secret,
    OPOWER_UTILITY_CODE: 'nved',
    SESSION_ISSUER: issuerUrl,
    SESSION_AUDIENCE: 'substation',
    SESSION_JWKS_URL: `${issuerUrl}/jwks.json`,
    SESSION_ALGORITHMS: 'ES256',
    DIRECTORY: 'http',
    DIRECTORY_URL: `${directoryUrl}/grants`,
    QUOTA_PER_SECOND: '1000',
    QUOTA_CUSTOMER_PER_MINUTE: '60000',
    PORT: '0',
    ADMIN_PORT: '0',
  })
}
