import { population } from '../../simulator/population/population.js'
import { startSimulator } from '../../simulator/server.js'
import type { Simulator, SimulatorOptions } from '../../simulator/server.js'

/** The clock of these tests: noon in New York on the first Sunday of November, the day of the clock change. */
export const noon = Date.parse('2026-11-01T17:00:00Z')

export const first = { clientId: '019ebf3c-bc9c-41fa-87aa-09b1ecc86012', clientSecret: 'bdf46a70-c553-44bd-846e-7bd4f9d98690' }
export const second = { clientId: '5c1f7a0e-3d64-4b8f-a2c7-6e0d84b1f235', clientSecret: 'e7b20c4d-8a15-46f3-b06e-21d5c8f7a340' }

export interface Answer {
  readonly status: number
  readonly text: string
  /** The body as JSON; its parts are read with `at`. */
  readonly body: unknown
}

export interface Caller {
  /** Asks the hub with the utility's token, or the edge with a customer's. */
  ask(query: string, variables?: object, headers?: Readonly<Record<string, string>>): Promise<Answer>
}

export interface TestSimulator extends AsyncDisposable {
  readonly url: string
  token(credential?: typeof first): Promise<string>
  hub(credential?: typeof first): Promise<Caller>
  edge(login: string): Promise<Caller>
  control(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<Answer>
}

/** A real simulator on a free port, with its clock at `noon` unless told otherwise. */
export async function simulator(options: SimulatorOptions = {}): Promise<TestSimulator> {
  const running = await startSimulator({ now: () => noon, ...options })
  const token = (credential = first) => tokenOf(running, credential)
  const control = (method: string, path: string, body?: unknown) => send(`${running.url}/__sim/${path}`, method, body)
  return {
    url: running.url,
    token,
    control,
    hub: async credential => callerOf(`${running.url}/graphql`, await token(credential)),
    edge: async login => {
      const answer = await control('POST', 'edge-tokens', { login })
      return callerOf(`${running.url}/ei/edge/apis/dsm-graphql-v1/cws/graphql`, String(at(answer.body, 'token')))
    },
    [Symbol.asyncDispose]: () => running.close(),
  }
}

export function tokenRequest(
  url: string,
  init: { readonly credential?: typeof first; readonly body?: string; readonly type?: string } = {},
) {
  const { credential = first, body = 'grant_type=client_credentials', type = 'application/x-www-form-urlencoded' } = init
  const basic = Buffer.from(`${credential.clientId}:${credential.clientSecret}`).toString('base64')
  const headers = { authorization: `Basic ${basic}`, 'content-type': type }
  return fetch(`${url}/apis/authorization-v1/oauth2/token`, { method: 'POST', headers, body })
}

/** What stands at a path of a JSON value; undefined where there is nothing. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((inner, key) => (isIndexable(inner) ? inner[key] : undefined), value)
}

/** The list at a path, empty where there is none. */
export function list(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

/** The first account of a login. */
export function accountOf(login: string) {
  const account = population.accounts.find(({ logins }) => logins.includes(login))
  if (account === undefined) throw new TypeError(`nobody signs in as ${login}`)
  return account
}

function isIndexable(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null
}

async function tokenOf({ url }: Simulator, credential: typeof first): Promise<string> {
  const response = await tokenRequest(url, { credential })
  return String(at(await response.json(), 'access_token'))
}

function callerOf(url: string, token: string): Caller {
  return { ask: (query, variables, headers) => send(url, 'POST', { query, variables }, { authorization: `Bearer ${token}`, ...headers }) }
}

async function send(url: string, method: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const init = { method, headers: { 'content-type': 'application/json', ...headers } }
  const response = await fetch(url, body === undefined ? init : { ...init, body: JSON.stringify(body) })
  const text = await response.text()
  return { status: response.status, text, body: response.headers.get('content-type')?.includes('json') ? parsed(text) : text }
}

/** Some answers are cut on purpose. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
