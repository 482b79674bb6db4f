import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import { OAuth2Server } from 'oauth2-mock-server'
import { startSimulator } from '../../simulator/server.js'
import type { Settings } from '../../src/settings.js'

/** A token endpoint that somebody else wrote, or the simulator's, and the client it knows. */
export interface Endpoint extends AsyncDisposable {
  readonly name: string
  /** The origin, without a slash at the end. */
  readonly url: string
  readonly settings: Settings['opower']
}

const printed = { id: '019ebf3c-bc9c-41fa-87aa-09b1ecc86012', secret: 'bdf46a70-c553-44bd-846e-7bd4f9d98690' }

export async function startOpowerEndpoint(): Promise<Endpoint> {
  const simulator = await startSimulator({ profile: 'test' })
  const settings = settingsOf(`${simulator.url}/apis/authorization-v1/oauth2/token`)
  return { name: 'the simulator', url: simulator.url, settings, [Symbol.asyncDispose]: () => simulator.close() }
}

export async function startMockServer(): Promise<Endpoint> {
  const server = new OAuth2Server()
  await server.issuer.keys.generate('RS256')
  await server.start(0, '127.0.0.1')
  const url = `http://127.0.0.1:${server.address().port}`
  return { name: '`oauth2-mock-server`', url, settings: settingsOf(`${url}/token`), [Symbol.asyncDispose]: () => server.stop() }
}

/** `client` changes what the provider knows of the client, such as how it proves itself. */
export async function startOidcProvider(client: object = {}): Promise<Endpoint> {
  const Provider = await importProvider()
  let listener: RequestListener = (_request, response) => void response.writeHead(503).end()
  const server = createServer((request, response) => listener(request, response))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  const provider = quietly(
    () =>
      new Provider(url, {
        clients: [
          {
            client_id: printed.id,
            client_secret: printed.secret,
            grant_types: ['client_credentials'],
            redirect_uris: [],
            response_types: [],
            ...client,
          },
        ],
        features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
        ttl: { ClientCredentials: 3599 },
      }),
  )
  listener = provider.callback()
  const close = () => new Promise<void>(resolve => (server.close(() => resolve()), server.closeAllConnections()))
  return { name: '`oidc-provider`', url, settings: settingsOf(`${url}/token`), [Symbol.asyncDispose]: close }
}

interface ProviderClass {
  new (issuer: string, configuration: object): { callback(): RequestListener }
}

/** It has no types, and says on Node 20 that it would rather have 22: once is enough to know. */
async function importProvider(): Promise<ProviderClass> {
  const name: string = 'oidc-provider'
  const { warn, info } = console
  Object.assign(console, { warn() {}, info() {} })
  try {
    const module = (await import(name)) as { default: ProviderClass }
    return module.default
  } finally {
    Object.assign(console, { warn, info })
  }
}

/** Under jest a structured clone is of another realm, and the provider does not take its objects for plain ones. */
function quietly<T>(make: () => T): T {
  const { warn, info } = console
  const { structuredClone } = globalThis
  Object.assign(console, { warn() {}, info() {} })
  Object.assign(globalThis, { structuredClone: (value: unknown): unknown => JSON.parse(JSON.stringify(value)) })
  try {
    return make()
  } finally {
    Object.assign(console, { warn, info })
    Object.assign(globalThis, { structuredClone })
  }
}

function settingsOf(tokenUrl: string): Settings['opower'] {
  return {
    tokenUrl: new URL(tokenUrl),
    graphqlUrl: new URL('/graphql', tokenUrl),
    utilityCode: 'nved',
    clientId: { value: printed.id },
    clientSecret: { value: printed.secret },
  }
}
