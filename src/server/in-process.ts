import type { GatewayErrorCode } from '../errors.js'
import { errorCodes, GatewayError } from '../errors.js'
import { safeHeaders } from './answer.js'
import type { Health } from './health.js'
import type { GraphqlHandler } from './yoga.js'

export interface InProcessOptions {
  readonly health: Pick<Health, 'status'>
  /**
   * The utility's own handler; undefined until the start is complete.
   *
   * @throws GatewayError where the credentials name no utility
   */
  readonly handlerFor: (headers: Headers) => GraphqlHandler['fetch'] | undefined
}

/**
 * The gateway for code in its own process, such as a page that is rendered on the server: a `Request` for `/graphql` with the customer's own
 * credentials runs through the same steps as one from outside, and is refused in the same words. Nothing is believed because it comes from here.
 */
export function createInProcess({ health, handlerFor }: InProcessOptions): (request: Request) => Promise<Response> {
  return async request => {
    if (new URL(request.url).pathname !== '/graphql') return refused(404, 'BAD_REQUEST', 'Nothing is served here. GraphQL is at /graphql.')
    try {
      const handler = health.status === 'started' ? handlerFor(request.headers) : undefined
      if (handler === undefined) return refused(503, 'UPSTREAM_UNAVAILABLE', 'The gateway takes no requests right now. Try again.')
      return dressed(await handler(request))
    } catch (error) {
      const code = error instanceof GatewayError ? error.code : 'INTERNAL'
      return refused(errorCodes[code].status, code, errorCodes[code].message)
    }
  }
}

function dressed(response: Response): Response {
  for (const [name, value] of Object.entries(safeHeaders)) response.headers.set(name, value)
  return response
}

function refused(status: number, code: GatewayErrorCode, message: string): Response {
  return dressed(Response.json({ errors: [{ message, extensions: { code } }] }, { status }))
}
