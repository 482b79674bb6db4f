import { ServerResponse } from 'node:http'
import type { AuditLog, AuditPlace } from '../src/audit/audit-log.js'
import type { OperationRecord } from '../src/audit/audit-record.js'
import { aboutOf, operationRecord } from '../src/audit/operation-record.js'
import type { GatewayContext } from '../src/context.js'
import type { SentOperation } from '../src/server/named-operation.js'
import { nameOperation } from '../src/server/named-operation.js'
import { admitOnce, socketOf } from '../src/server/begun.js'
import { codesSent, recordOf } from '../src/server/request-record.js'
import type { GatewayPlugin } from './gateway-plugin.js'
import type { PreparedOperation } from '../src/server/prepare-operation.js'
import { accountsOf } from '../src/server/prepare-operation.js'

export interface AuditLogOptions {
  readonly audit: Pick<AuditLog, 'admit' | 'note'>
  /** What the plan found out about each operation. */
  readonly prepared: WeakMap<object, PreparedOperation>
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number
}

/**
 * Records every operation, refused sign-ins included: who, about which accounts, what, and how it ended. It stands last in the list of steps,
 * after the one that notes the codes that are really sent.
 *
 * @throws INTERNAL before anything is read of an operation whose record could not be kept
 */
export function useAuditLog({ audit, prepared, now = Date.now }: AuditLogOptions): GatewayPlugin {
  const places = new WeakMap<Request, AuditPlace>()
  const withData = new WeakSet<Request>()
  const recordFor = (request: Request, context: object, codes: readonly string[]): OperationRecord => {
    const { requestId, session, scope, params } = readContext(context)
    const about = aboutOf(accountsOf(prepared.get(context)), scope)
    const operation = nameOperation(params)
    const { upstreamCalls } = recordOf(request)
    return operationRecord({ at: now(), requestId, session, scope, about, operation, codes, hasData: withData.has(request), upstreamCalls })
  }
  return {
    onRequestParse({ request, serverContext }) {
      const socket = socketOf(serverContext)
      const place = socket === undefined ? audit.admit() : admitOnce(socket, audit)
      places.set(request, place)
      // Somebody who leaves before the answer gets none, but what was done for them is recorded all the same.
      connectionOf(serverContext)?.once('close', () => place.write(recordFor(request, serverContext, ['ABORTED'])))
    },
    onResultProcess({ request, result }) {
      if ('data' in result && result.data != null) withData.add(request)
    },
    onResponse({ request, response, serverContext }) {
      const record = recordFor(request, serverContext, codesSent(request, response, serverContext))
      const place = places.get(request)
      if (place === undefined) audit.note(record)
      else place.write(record)
    },
  }
}

/** Node's own answer: its `close` comes in any case, while listeners of the request's abort signal are lost once another one depends on it. */
function connectionOf(serverContext: object): ServerResponse | undefined {
  return 'res' in serverContext && serverContext.res instanceof ServerResponse ? serverContext.res : undefined
}

/** Each part is there only once its own step has run, so every one may be absent. */
function readContext(context: object): Partial<GatewayContext> & { readonly params?: SentOperation } {
  return context
}
