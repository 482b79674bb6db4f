import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MapperKind, mapSchema } from '@graphql-tools/utils'
import type { GraphQLFieldResolver, GraphQLResolveInfo, GraphQLSchema } from 'graphql'
import { buildSchema } from 'graphql'
import type { Client } from 'soap'
import { createClientAsync } from 'soap'
import { UpstreamFailure, upstreamFault } from '../../opower/upstream-errors.js'
import { orderFault } from '../orders/order-fault.js'
import { httpClientOf } from './soap-client.js'

/** What Mesh hands to a handler, as far as this one needs it. */
interface HandlerOptions {
  readonly config: {
    readonly wsdl: string
    readonly schema: string
    readonly endpoint: string
    /** The operation of the service behind each root field. */
    readonly operations: Readonly<Record<string, string>>
  }
  readonly baseDir: string
}

/** Mesh's own fetch: it runs every `onFetch` hook for the context that it is given. */
type MeshFetch = (url: string, init: RequestInit, context: unknown, info: GraphQLResolveInfo) => Promise<Response>

/** For whom the service is asked: the context of the request and where in it. */
interface SoapRequest {
  readonly context: unknown
  readonly info: GraphQLResolveInfo
}

/** A SOAP 1.1 service as a source of the mesh, by a checked-in WSDL: nothing is asked before the first question. */
export class SoapHandler {
  readonly #options: HandlerOptions

  constructor(options: HandlerOptions) {
    this.#options = options
  }

  async getMeshSource({ fetchFn }: { readonly fetchFn: MeshFetch }): Promise<{ schema: GraphQLSchema; batch: false }> {
    const { baseDir, config } = this.#options
    const httpClient = httpClientOf<SoapRequest>((url, init, { context, info }) => fetchFn(url, init, context, info))
    const clients = new Map<'client', Promise<Client>>()
    const clientOf = (): Promise<Client> => {
      const client =
        clients.get('client') ??
        createClientAsync(join(baseDir, config.wsdl), { endpoint: config.endpoint, httpClient, disableCache: true })
      clients.set('client', client)
      return client
    }
    const schema = mapSchema(buildSchema(readFileSync(join(baseDir, config.schema), 'utf8')), {
      [MapperKind.ROOT_FIELD]: (field, name) => ({ ...field, resolve: ask(clientOf, config.operations[name] ?? name) }),
    })
    return { schema, batch: false }
  }
}

function ask(clientOf: () => Promise<Client>, operation: string): GraphQLFieldResolver<unknown, unknown, Record<string, unknown>> {
  return async (_root, args, context, info) => {
    try {
      const client = await clientOf()
      const answers: unknown = await client[`${operation}Async`](args, { request: { context, info } })
      return readAnswer(answers)
    } catch (error) {
      throw orderFault(error)
    }
  }
}

/** The library answers a list whose first element is the body. */
function readAnswer(answers: unknown): unknown {
  const [answer]: readonly unknown[] = Array.isArray(answers) ? answers : []
  if (typeof answer === 'object' && answer !== null) return plain(answer)
  throw upstreamFault('UPSTREAM_UNAVAILABLE', new UpstreamFailure('answered no body'))
}

/** Moments become texts. */
function plain(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]))
}

// Mesh loads a handler by its default export.
export default SoapHandler
