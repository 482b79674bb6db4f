import { acceptRequestId } from '../src/server/request-id.js'
import type { GatewayPlugin } from './gateway-plugin.js'

export interface RequestIdOptions {
  /** @default 'x-request-id' */
  readonly headerName?: string
}

/**
 * Gives every request one id, from the front end to the upstream's log: taken from the caller's header when it is 8 to 64 plain
 * characters, else a fresh UUID. It stands on the context as `requestId`, on every call upstream and on the answer. It names a
 * request and no person, so it may leave the house.
 */
export function useRequestId({ headerName = 'x-request-id' }: RequestIdOptions = {}): GatewayPlugin {
  return {
    onRequest({ request, serverContext }) {
      Object.assign(serverContext ?? {}, { requestId: acceptRequestId(request.headers.get(headerName)) })
    },
    onFetch({ context, options, setOptions }) {
      const id = readRequestId(context)
      // A new headers object each time: calls must not be able to change each other's.
      if (id !== undefined) setOptions({ ...options, headers: { ...options.headers, [headerName]: id } })
    },
    onResponse({ response, serverContext }) {
      const id = readRequestId(serverContext)
      if (id !== undefined) response.headers.set(headerName, id)
    },
  }
}

/** Calls outside a request (a schema check at start) have no context and no id. */
function readRequestId(context: unknown): string | undefined {
  if (typeof context !== 'object' || context === null || !('requestId' in context)) return undefined
  return typeof context.requestId === 'string' ? context.requestId : undefined
}
