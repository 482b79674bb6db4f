import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { useResponseCache } from '@envelop/response-cache'
import type { UseResponseCacheParameter } from '@envelop/response-cache'
import { print } from 'graphql'
import { createSchema, createYoga } from 'graphql-yoga'
import type { Plugin } from 'graphql-yoga'
import type { City } from './city.js'

export interface PlainOptions {
  /** The stock cache's own settings; without them there is no cache. */
  readonly cache?: Pick<UseResponseCacheParameter<object>, 'ttl' | 'cache'>
}

export interface PlainGateway extends AsyncDisposable {
  readonly url: string
}

/**
 * What one has without Substation: Yoga in front of Opower's edge, each question passed on with a token of the customer's own, and Yoga's
 * stock response cache where it is asked for, with the customer as its session. Its answers have the scope of the token, so it needs no
 * calls for ids; and it has no governor: Opower itself refuses what is too much.
 */
export async function startPlainGateway(city: City, { cache }: PlainOptions): Promise<PlainGateway> {
  const passOn: Plugin = {
    onExecute({ args, setExecuteFn }) {
      setExecuteFn(async () => {
        const request = (args.contextValue as { request: Request }).request
        const response = await fetch(`${city.simulatorUrl}/ei/edge/apis/dsm-graphql-v1/cws/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: request.headers.get('authorization') ?? '' },
          body: JSON.stringify({ query: print(args.document), variables: args.variableValues }),
        })
        return response.json().catch(() => ({ errors: [{ message: 'no JSON' }] })) as Promise<never>
      })
    },
  }
  const session = (context: object): string | null => (context as { request: Request }).request.headers.get('x-customer')
  const stock = cache === undefined ? [] : [useResponseCache({ session, ...cache }) as Plugin]
  const yoga = createYoga({
    schema: createSchema({ typeDefs: readFileSync('simulator/schema.graphql', 'utf8') }),
    plugins: [passOn, ...stock],
    logging: false,
    maskedErrors: false,
  })
  const server = createServer((request, response) => void yoga(request, response))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => new Promise(resolve => (server.close(() => resolve()), server.closeAllConnections())),
  }
}
