import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Customer, GatewayContext } from '../../context.js'
import { continueRecord, recordOf } from '../request-record.js'

/** The context of an operation that is answered in front of the library: all that the steps behind read of one. */
export interface DirectContext extends GatewayContext {
  readonly customer: Customer
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly request: { readonly headers: Pick<Headers, 'get'> }
}

/** @param startedAt when the request came, by `performance.now` */
export function directContext(req: IncomingMessage, res: ServerResponse, customer: Customer, startedAt: number): DirectContext {
  const request = { headers: headersOf(req) }
  const record = recordOf(req)
  record.startedAt = startedAt
  continueRecord(request, record)
  const { session, scope } = customer
  return { requestId: String(req.headers['x-request-id']), session, scope, customer, req, res, request }
}

/** By their names in lower case. */
function headersOf({ headers }: IncomingMessage): Pick<Headers, 'get'> {
  return {
    get(name) {
      const value = headers[name]
      return value === undefined ? null : String(value)
    },
  }
}
