import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { requestToken } from '../../simulator/demo/demo-tokens.js'
import { startDemoDirectory } from '../../simulator/demo/directory-service.js'
import { startDemoIssuer } from '../../simulator/demo/issuer.js'
import { population } from '../../simulator/population/population.js'
import { reportOf } from '../../simulator/population/report.js'
import type { Population } from '../../simulator/population/types.js'
import { startSimulator } from '../../simulator/server.js'
import { demoCredentials } from '../../simulator/tokens/credentials.js'
import type { Gateway } from '../../src/server/gateway.js'
import { startGateway } from '../../src/server/gateway.js'
import { createLog } from '../../src/server/log.js'
import type { GatewaySettings } from '../../src/settings.js'
import { loadGatewaySettings } from '../../src/settings.js'

export const codes = ['nved', 'rvgl'] as const
export type Code = (typeof codes)[number]

/**
 * Who signs in where. The second utility has an alice and a bruno as well: the same `sub`, other people, other accounts.
 */
export const people: Readonly<Record<Code, Population>> = { nved: population, rvgl: peopleOfSecond() }

function peopleOfSecond(): Population {
  const accounts = population.accounts.filter(({ utility }) => utility.code === 'rvgl')
  const vera = population.customers.find(({ login }) => login === 'vera')
  if (vera === undefined) throw new TypeError('expected vera among the customers of the demo')
  const namesakes = ['alice', 'bruno'].map((login, index) => {
    const account = accounts.filter(({ urn }) => !vera.accountUrns.includes(urn))[index]
    return { ...vera, login, name: login, accountUrns: account === undefined ? [] : [account.urn] }
  })
  return { ...population, utilities: population.utilities.slice(1), customers: [vera, ...namesakes] }
}

/** One utility's own surroundings, each really listening. */
export interface Surroundings {
  readonly simulatorUrl: string
  readonly issuerUrl: string
  tokenOf(login: string): Promise<string>
  /** What reached the simulator: documents, variables and headers. */
  seen(): Promise<readonly SeenCall[]>
  control(path: string, body: unknown): Promise<void>
  /** Ends one of them, for good. */
  end(part: 'simulator' | 'issuer' | 'directory'): Promise<void>
  close(): Promise<void>
}

export interface SeenCall {
  readonly kind: 'graphql' | 'token'
  readonly query: string
  readonly variables: unknown
  readonly headers: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  readonly text: string
  readonly headers: Headers
}

export interface TwoUtilities extends AsyncDisposable {
  readonly gateway: Gateway
  readonly folder: string
  readonly around: Readonly<Record<Code, Surroundings>>
  /** What the gateway logged, line by line. */
  readonly lines: string[]
  ask(code: Code, login: string, query?: string, headers?: Record<string, string>): Promise<Answer>
  send(headers: Record<string, string>, query?: string): Promise<Answer>
  /** The admin listener, as the operator. */
  order(path: string, body: unknown): Promise<Answer>
  metrics(): Promise<string>
  ready(): Promise<{ readonly status: number; readonly body: Readiness }>
}

export interface Readiness {
  readonly status: string
  readonly reasons: readonly string[]
  readonly utilities: Readonly<Record<string, { readonly status: string; readonly reasons: readonly string[] }>>
}

export const accountsQuery = '{ billingAccountsConnection { totalCount edges { node { urn name } } } }'

/** The gateway before two utilities; `own` is what the settings file says for each beyond the demo's settings. */
export async function startTwoUtilities(
  own: Partial<Record<Code, Record<string, string | number>>> = {},
  common: Record<string, string | number> = {},
): Promise<TwoUtilities> {
  const folder = await mkdtemp(join(tmpdir(), 'substation-utilities-'))
  const [nved, rvgl] = await Promise.all([startSurroundings('nved'), startSurroundings('rvgl')])
  const around = { nved, rvgl }
  await writeFile(join(folder, 'operator'), 'operators-token')
  const config = {
    ...common,
    ADMIN_TOKEN_FILE: join(folder, 'operator'),
    utilities: Object.fromEntries(codes.map(code => [code, { ...settingsOf(code, around[code]), ...own[code] }])),
  }
  await writeFile(join(folder, 'utilities.json'), JSON.stringify(config))
  const lines: string[] = []
  const settings = readList(loadGatewaySettings({ ...base, SUBSTATION_CONFIG: join(folder, 'utilities.json') }))
  const gateway = await startGateway(settings, { log: createLog('info', { write: line => void lines.push(line) }) })
  const send = (headers: Record<string, string>, query = accountsQuery) =>
    answerTo(`${gateway.url}/graphql`, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify({ query }) })
  return {
    gateway,
    folder,
    around,
    lines,
    send,
    ask: async (code, login, query, headers = {}) =>
      send({ authorization: `Bearer ${await around[code].tokenOf(login)}`, ...headers }, query),
    order: (path, body) =>
      answerTo(`${gateway.adminUrl}${path}`, {
        method: 'POST',
        headers: { ...json, authorization: 'Bearer operators-token' },
        body: JSON.stringify(body),
      }),
    metrics: async () => (await answerTo(`${gateway.adminUrl}/metrics`)).text,
    async ready() {
      const { status, text } = await answerTo(`${gateway.url}/readyz`)
      return { status, body: JSON.parse(text) as Readiness }
    },
    async [Symbol.asyncDispose]() {
      await gateway.close()
      await Promise.all([nved.close(), rvgl.close()])
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const json = { 'content-type': 'application/json', accept: 'application/graphql-response+json' }

/** What all utilities have in common, from the environment. */
const base = {
  OPOWER_ENVIRONMENT: 'simulator',
  PORT: '0',
  ADMIN_PORT: '0',
  SESSION_AUDIENCE: 'substation',
  SESSION_ALGORITHMS: 'ES256',
  DIRECTORY: 'http',
  QUEUE_WAIT_MS: '300',
}

function settingsOf(code: Code, { simulatorUrl, issuerUrl, directoryUrl }: Surroundings & { readonly directoryUrl: string }) {
  const credential = demoCredentials.find(({ utilityCode }) => utilityCode === code)
  return {
    OPOWER_GRAPHQL_URL: `${simulatorUrl}/graphql`,
    OPOWER_CLIENT_ID: credential?.clientId,
    OPOWER_CLIENT_SECRET: credential?.clientSecret,
    SESSION_ISSUER: issuerUrl,
    SESSION_JWKS_URL: `${issuerUrl}/jwks.json`,
    DIRECTORY_URL: `${directoryUrl}/grants`,
  }
}

async function startSurroundings(code: Code): Promise<Surroundings & { readonly directoryUrl: string }> {
  const simulator = await startSimulator({ profile: 'test' })
  const issuer = await startDemoIssuer({ host: '127.0.0.1', port: 0, audience: 'substation', population: people[code] })
  const directory = await startDemoDirectory({ host: '127.0.0.1', port: 0, issuer: issuer.url, population: people[code] })
  const parts = { simulator, issuer, directory }
  const open = new Set<keyof typeof parts>(['simulator', 'issuer', 'directory'])
  const end = async (part: keyof typeof parts): Promise<void> => {
    if (open.delete(part)) await parts[part].close()
  }
  const tokens = new Map<string, Promise<string>>()
  return {
    simulatorUrl: simulator.url,
    issuerUrl: issuer.url,
    directoryUrl: directory.url,
    tokenOf(login) {
      const token = tokens.get(login) ?? requestToken(issuer.url, login)
      tokens.set(login, token)
      return token
    },
    async seen() {
      const { log } = (await (await fetch(`${simulator.url}/__sim/calls`)).json()) as { log: SeenCall[] }
      return log
    },
    async control(path, body) {
      const { ok } = await fetch(`${simulator.url}/__sim/${path}`, { method: 'POST', headers: json, body: JSON.stringify(body) })
      if (!ok) throw new Error(`expected the simulator to take ${path}`)
    },
    end,
    close: async () => void (await Promise.all(Object.keys(parts).map(part => end(part as keyof typeof parts)))),
  }
}

function readList(settings: GatewaySettings): GatewaySettings {
  if ('environment' in settings) throw new TypeError('expected the settings of several utilities')
  return settings
}

async function answerTo(url: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(url, init)
  return { status: response.status, headers: response.headers, text: await response.text() }
}

/** The account URNs of a customer, as the population has them. */
export function urnsOf(code: Code, login: string): readonly string[] {
  return people[code].customers.find(each => each.login === login)?.accountUrns ?? []
}

/** Words that occur in accounts of this utility and nowhere else. */
export function canariesOf(code: Code): readonly string[] {
  const accounts = reportOf(population).accounts.filter(({ utilityCode }) => utilityCode === code)
  // Four digits may stand in any number.
  return accounts.flatMap(({ urn, uuid, canaries }) => [urn, uuid, ...canaries]).filter(text => text.length > 4)
}
