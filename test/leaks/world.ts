import { gatewayEnvironment } from '../../simulator/demo/gateway-environment.js'
import { startDemoDirectory } from '../../simulator/demo/directory-service.js'
import { requestToken } from '../../simulator/demo/demo-tokens.js'
import { startDemoIssuer } from '../../simulator/demo/issuer.js'
import { population } from '../../simulator/population/population.js'
import { startSimulator } from '../../simulator/server.js'
import { startSources } from '../../simulator/sources/start.js'
import type { Gateway } from '../../src/server/gateway.js'
import { startGateway } from '../../src/server/gateway.js'
import { createLog } from '../../src/server/log.js'
import { loadSettings } from '../../src/settings.js'
import type { SeenCall } from '../support/stack.js'
import { logins } from './policy.js'

/** The clock of the data: everybody in the population has moved by then. */
export const now = Date.parse('2026-11-10T17:00:00Z')

/** How a request comes in; by GET only where it is short enough. */
export type Way = 'post' | 'get' | 'inside'

export interface Sent {
  readonly body: { readonly query: string; readonly variables?: unknown; readonly operationName?: string }
  /** @default post */
  readonly way?: Way
  readonly headers: Readonly<Record<string, string>>
  /** Milliseconds after which the client hangs up; undefined for never. */
  readonly abortAfter: number | undefined
}

/** What came back; undefined where the client had left by then. */
export interface Received {
  readonly status: number
  readonly headers: string
  readonly text: string
}

/** What one of the utility's own systems was asked. */
export interface SourceCall {
  readonly source: string
  readonly what: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** Everything that really listens: the gateway with all its sources, and what can be seen from outside of each. */
export interface World extends AsyncDisposable {
  tokenOf(login: string): string
  ask(login: string, sent: Sent): Promise<Received | undefined>
  /** A path of the gateway by GET, such as a file. */
  get(login: string, path: string): Promise<Received>
  metrics(): Promise<string>
  /** The lines that the gateway has logged since the last look. */
  takeLog(): readonly string[]
  /** The calls since the last look. */
  takeCalls(): Promise<{ readonly opower: readonly SeenCall[]; readonly sources: readonly SourceCall[] }>
  /** The simulator's own faults, and those of one of the other systems. */
  setFaults(faults: object, sources: Readonly<Record<string, object>>): Promise<void>
  revokeTokens(): Promise<void>
}

/** @param knowsPlaces whether the directory says where each account's premises are */
export async function startWorld(knowsPlaces: boolean): Promise<World> {
  const simulator = await startSimulator({ profile: 'test', now: () => now })
  const issuer = await startDemoIssuer({ host: '127.0.0.1', port: 0, audience: 'substation', population })
  const directory = await startDemoDirectory({ host: '127.0.0.1', port: 0, issuer: issuer.url, population, namesPremises: knowsPlaces })
  const sources = await startSources({ now: () => now })
  const settings = loadSettings({
    ...environmentOf(simulator.url, issuer.url, directory.url),
    OUTAGES_URL: sources.outagesUrl,
    BILLING_URL: sources.billingUrl,
    ORDERS_URL: sources.ordersUrl,
    TARIFFS_URL: sources.tariffsUrl,
  })
  const free = { host: '127.0.0.1', port: 0 }
  let lines: string[] = []
  const log = createLog('trace', { write: line => void lines.push(line) })
  const gateway = await startGateway({ ...settings, listen: free, admin: { ...settings.admin, ...free } }, { log })
  const tokens = new Map(await Promise.all(logins.map(async login => [login, await requestToken(issuer.url, login)] as const)))
  const tokenOf = (login: string): string => tokens.get(login) ?? ''
  const authorization = (login: string) => ({ authorization: `Bearer ${tokenOf(login)}` })
  const controls = { ...sources.origins, billing: sources.controlUrl }
  return {
    tokenOf,
    ask: (login, sent) => askGateway(gateway, { ...sent, headers: { ...authorization(login), ...sent.headers } }),
    get: async (login, path) => received(await fetch(`${gateway.url}${path}`, { headers: authorization(login) })),
    metrics: async () => (await fetch(`${gateway.adminUrl}/metrics`)).text(),
    takeLog() {
      const taken = lines
      lines = []
      return taken
    },
    async takeCalls() {
      const opower = await takeLog<SeenCall>(simulator.url)
      const others = Object.entries(controls).map(async ([source, url]) =>
        (await takeLog<SourceCall>(url)).map(call => ({ ...call, source })),
      )
      return { opower: opower.filter(call => call.kind === 'graphql'), sources: (await Promise.all(others)).flat() }
    },
    async setFaults(faults, own) {
      await control(`${simulator.url}/__sim/faults`, faults)
      await Promise.all(Object.entries(controls).map(([source, url]) => control(`${url}/__sim/faults`, own[source] ?? {})))
    },
    revokeTokens: () => control(`${simulator.url}/__sim/tokens/revoke`, {}),
    async [Symbol.asyncDispose]() {
      await gateway.close()
      await Promise.all([simulator.close(), issuer.close(), directory.close(), sources.close()])
    },
  }
}

/** Limits as in production where they shape what is shared and kept; calls are not what is measured here. */
function environmentOf(simulator: string, issuer: string, directory: string): Record<string, string> {
  return {
    ...gatewayEnvironment(simulator, issuer),
    DIRECTORY: 'http',
    DIRECTORY_URL: `${directory}/grants`,
    QUOTA_PER_SECOND: '1000',
    QUOTA_PER_DAY: '100000000',
    QUOTA_CUSTOMER_PER_MINUTE: '60000',
    UPSTREAM_TIMEOUT_MS: '4000',
    // The watch asks the sources of its own accord, for nobody: every other call must be somebody's.
    DRIFT_CHECK_MINUTES: '0',
  }
}

async function askGateway(gateway: Gateway, sent: Sent): Promise<Received | undefined> {
  const { abortAfter } = sent
  const request = requestFor(gateway.url, sent)
  // Code in the same process does not hang up.
  if (sent.way === 'inside') return received(await gateway.fetch(request))
  if (abortAfter === undefined) return received(await fetchOnFreshSocket(request))
  try {
    return await received(await fetch(request, { signal: AbortSignal.timeout(abortAfter) }))
  } catch (error) {
    if (error instanceof DOMException) return undefined
    throw error
  }
}

/** Node takes so many characters of a request's line and headers, and some to spare. */
const longestSearch = 12_000

function requestFor(origin: string, { body, headers, way }: Sent): Request {
  const accept = { accept: 'application/graphql-response+json', ...headers }
  const { query, operationName, variables } = body
  const search = new URLSearchParams({
    query,
    variables: JSON.stringify(variables ?? {}),
    ...(operationName === undefined ? {} : { operationName }),
  })
  if (way === 'get' && search.toString().length < longestSearch) return new Request(`${origin}/graphql?${search}`, { headers: accept })
  const init = { method: 'POST', headers: { ...accept, 'content-type': 'application/json' }, body: JSON.stringify(body) }
  return new Request(`${origin}/graphql`, init)
}

/** On a machine that is busy, an idle connection may be closed just as it is used again: that is no answer, and it is asked once more. */
async function fetchOnFreshSocket(request: Request): Promise<Response> {
  const again = request.clone()
  return fetch(request).catch((error: unknown) => {
    if (!(error instanceof TypeError) || Object(error.cause).code !== 'ECONNRESET') throw error
    return fetch(again)
  })
}

async function received(response: Response): Promise<Received> {
  return { status: response.status, headers: JSON.stringify([...response.headers]), text: await response.text() }
}

async function takeLog<Call>(origin: string): Promise<readonly Call[]> {
  const { log } = (await (await fetch(`${origin}/__sim/calls`)).json()) as { log: Call[] }
  await fetch(`${origin}/__sim/calls`, { method: 'DELETE' })
  return log
}

async function control(url: string, body: unknown): Promise<void> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`expected ${url} to take ${JSON.stringify(body)}, but got: ${await response.text()}`)
}
