import { gatewayEnvironment, printedCredentials } from '../../simulator/demo/gateway-environment.js'
import { startDemoDirectory } from '../../simulator/demo/directory-service.js'
import { requestToken } from '../../simulator/demo/demo-tokens.js'
import { startDemoIssuer } from '../../simulator/demo/issuer.js'
import { population } from '../../simulator/population/population.js'
import type { Population } from '../../simulator/population/types.js'
import { startSimulator } from '../../simulator/server.js'
import type { RunningSources } from '../../simulator/sources/start.js'
import { startSources } from '../../simulator/sources/start.js'
import type { Gateway } from '../../src/server/gateway.js'
import { startGateway } from '../../src/server/gateway.js'
import type { Pipeline } from '../../src/server/engines.js'
import type { Log } from '../../src/server/log.js'
import { createLog } from '../../src/server/log.js'
import { loadSettings } from '../../src/settings.js'

export { printedCredentials as credentials }

export interface GraphqlAnswer {
  readonly status: number
  readonly headers: Headers
  /** The bytes, as text. */
  readonly text: string
  readonly data: Record<string, unknown> | null | undefined
  readonly errors: readonly GraphqlErrorShape[] | undefined
}

export interface GraphqlErrorShape {
  readonly message: string
  readonly path?: readonly (string | number)[]
  readonly extensions: { readonly code: string }
}

export interface Question {
  readonly query: string
  readonly variables?: Record<string, unknown>
  readonly operationName?: string
}

export interface SeenCall {
  readonly kind: 'graphql' | 'token'
  readonly operationName: string | null
  readonly query: string
  readonly variables: Record<string, unknown> | null
  readonly headers: Record<string, string>
  readonly status: number
}

/** The real parts, each behind a port of its own: simulator, issuer, directory and gateway. */
export interface Stack extends AsyncDisposable {
  readonly gateway: Gateway
  readonly simulatorUrl: string
  /** The utility's own systems, where they were asked for. */
  readonly sources: RunningSources | undefined
  /** The answer of the gateway to a customer. */
  ask(login: string, question: Question | string, headers?: Record<string, string>): Promise<GraphqlAnswer>
  /** The same with any headers, for those who are nobody. */
  send(question: unknown, headers?: Record<string, string>): Promise<GraphqlAnswer>
  tokenOf(login: string): Promise<string>
  /** What the simulator's hub itself answers, under a utility token. */
  askUpstream(question: Question | string): Promise<GraphqlAnswer>
  /** GraphQL calls since the last `forgetCalls`; those of `askUpstream` are among them. */
  calls(): Promise<readonly SeenCall[]>
  forgetCalls(): Promise<void>
  control(path: string, body: unknown): Promise<void>
  /** One more gateway before the same sources, with its own memory. */
  startReplica(env?: Readonly<Record<string, string>>): Promise<Replica>
}

/** Another process of the same gateway would look like this from outside. */
export interface Replica extends AsyncDisposable {
  readonly gateway: Gateway
  ask: Stack['ask']
}

export interface StackOptions {
  /** The utility's own sources as well. @default false */
  readonly withSources?: boolean
  /** Settings that differ from the demo's. */
  readonly env?: Readonly<Record<string, string>>
  readonly now?: () => number
  /** The people as the account directory knows them. @default the demo's */
  readonly directory?: Population
  /** Whether the directory says where each account's premises are. @default true */
  readonly namesPremises?: boolean
  /** Where log lines go. @default nowhere, or standard output where LOG_LEVEL says so */
  readonly log?: Log
  /** The steps of the gateway. @default the real ones */
  readonly pipeline?: Pipeline
}

export async function startStack({
  env = {},
  now,
  directory: people = population,
  withSources = false,
  namesPremises = true,
  log = createLog(env['LOG_LEVEL'] ?? 'silent'),
  pipeline,
}: StackOptions = {}): Promise<Stack> {
  const simulator = await startSimulator({ profile: 'test', ...(now === undefined ? {} : { now }) })
  const issuer = await startDemoIssuer({ host: '127.0.0.1', port: 0, audience: 'substation', population })
  const directory = await startDemoDirectory({ host: '127.0.0.1', port: 0, issuer: issuer.url, population: people, namesPremises })
  const sources = withSources ? await startSources(now === undefined ? {} : { now }) : undefined
  const environment = {
    ...gatewayEnvironment(simulator.url, issuer.url),
    DIRECTORY: 'http',
    DIRECTORY_URL: `${directory.url}/grants`,
    ...(sources === undefined
      ? {}
      : {
          OUTAGES_URL: sources.outagesUrl,
          BILLING_URL: sources.billingUrl,
          ORDERS_URL: sources.ordersUrl,
          TARIFFS_URL: sources.tariffsUrl,
        }),
    // What is not about the quota should not wait for it.
    QUOTA_PER_SECOND: '1000',
    QUOTA_CUSTOMER_PER_MINUTE: '60000',
    ...env,
  }
  const startOne = (more: Readonly<Record<string, string>> = {}): Promise<Gateway> => {
    const settings = loadSettings({ ...environment, ...more })
    const free = { host: '127.0.0.1', port: 0 }
    return startGateway(
      { ...settings, listen: free, admin: { ...settings.admin, ...free } },
      { log, ...(pipeline === undefined ? {} : { pipeline }) },
    )
  }
  const gateway = await startOne()
  const tokens = new Map<string, Promise<string>>()
  const tokenOf = (login: string): Promise<string> => {
    const token = tokens.get(login) ?? requestToken(issuer.url, login)
    tokens.set(login, token)
    return token
  }
  const send = (question: unknown, headers: Record<string, string> = {}): Promise<GraphqlAnswer> =>
    post(`${gateway.url}/graphql`, question, headers)
  return {
    gateway,
    simulatorUrl: simulator.url,
    sources,
    send,
    tokenOf,
    ask: async (login, question, headers = {}) =>
      send(toQuestion(question), { authorization: `Bearer ${await tokenOf(login)}`, ...headers }),
    askUpstream: async question => {
      const authorization = `Bearer ${await utilityToken(simulator.url)}`
      return post(`${simulator.url}/graphql`, toQuestion(question), { authorization, 'x-asked-by': 'test' })
    },
    calls: async () => seenCalls(simulator.url),
    forgetCalls: async () => void (await fetch(`${simulator.url}/__sim/calls`, { method: 'DELETE' })),
    control: (path, body) => control(`${simulator.url}/__sim/${path}`, body),
    async startReplica(more) {
      const replica = await startOne(more)
      return {
        gateway: replica,
        ask: async (login, question, headers = {}) =>
          post(`${replica.url}/graphql`, toQuestion(question), { authorization: `Bearer ${await tokenOf(login)}`, ...headers }),
        [Symbol.asyncDispose]: () => replica.close(),
      }
    },
    async [Symbol.asyncDispose]() {
      await gateway.close()
      await Promise.all([simulator.close(), issuer.close(), directory.close(), sources?.close()])
    },
  }
}

function toQuestion(question: Question | string): Question {
  return typeof question === 'string' ? { query: question } : question
}

async function post(url: string, question: unknown, headers: Record<string, string>): Promise<GraphqlAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json', ...headers },
    body: typeof question === 'string' ? question : JSON.stringify(question),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, ...readGraphql(text) }
}

function readGraphql(text: string): Pick<GraphqlAnswer, 'data' | 'errors'> {
  try {
    const { data, errors } = JSON.parse(text) as Partial<GraphqlAnswer>
    return { data, errors }
  } catch {
    return { data: undefined, errors: undefined }
  }
}

async function utilityToken(simulatorUrl: string): Promise<string> {
  const response = await fetch(`${simulatorUrl}/apis/authorization-v1/oauth2/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${printedCredentials.id}:${printedCredentials.secret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'grant_type=client_credentials',
  })
  return ((await response.json()) as { access_token: string }).access_token
}

/** The gateway's own calls: those that a test made itself carry a mark. */
async function seenCalls(simulatorUrl: string): Promise<readonly SeenCall[]> {
  const { log } = (await (await fetch(`${simulatorUrl}/__sim/calls`)).json()) as { log: SeenCall[] }
  return log.filter(call => call.kind === 'graphql' && call.headers['x-asked-by'] === undefined)
}

async function control(url: string, body: unknown): Promise<void> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`expected the simulator to take ${JSON.stringify(body)}, but got: ${await response.text()}`)
}
