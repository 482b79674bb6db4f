import { createHash } from 'node:crypto'
import { ServerResponse } from 'node:http'
import type { AuditLog, AuditPlace } from '../src/audit/audit-log.js'
import type { OperationRecord } from '../src/audit/audit-record.js'
import { decisionOf } from '../src/audit/decision.js'
import type { GatewayContext } from '../src/context.js'
import { recordOf } from '../src/server/request-record.js'
import type { GatewayPlugin } from './gateway-plugin.js'
import type { PreparedOperation } from './operation-plan.js'

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
  const recordFor = (request: Request, context: object, codes: readonly string[]): OperationRecord => ({
    at: new Date(now()).toISOString(),
    ...peopleOf(readContext(context), prepared.get(context)),
    operation: operationOf(readContext(context)),
    decision: decisionOf(codes, withData.has(request)),
    codes,
    upstreamCalls: recordOf(request).upstreamCalls,
  })
  return {
    onRequestParse({ request, serverContext }) {
      const place = audit.admit()
      places.set(request, place)
      // Somebody who leaves before the answer gets none, but what was done for them is recorded all the same.
      connectionOf(serverContext)?.once('close', () => place.write(recordFor(request, serverContext, ['ABORTED'])))
    },
    onResultProcess({ request, result }) {
      if ('data' in result && result.data != null) withData.add(request)
    },
    onResponse({ request, response, serverContext }) {
      const { codes } = recordOf(request)
      const sent = codes.length > 0 ? codes : [response.ok ? 'OK' : 'BAD_REQUEST']
      const record = recordFor(request, serverContext, sent)
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

type Known = Partial<GatewayContext> & { readonly params?: { readonly query?: string; readonly operationName?: string | null } }

/** Each part is there only once its own step has run, so every one may be absent. */
function readContext(context: object): Known {
  return context as Known
}

function peopleOf(
  { requestId, session, scope }: Known,
  operation: PreparedOperation | undefined,
): Pick<OperationRecord, 'requestId' | 'subject' | 'actor' | 'reason' | 'roles' | 'accounts'> {
  const { issuer, sub, actor } = session?.subject ?? {}
  const accounts = accountsOf(operation)
  const grants = accounts.flatMap(urn => scope?.byUrn.get(urn) ?? [])
  const reason = scope?.acting?.reason
  return {
    ...(requestId === undefined ? {} : { requestId }),
    ...(issuer === undefined || sub === undefined ? {} : { subject: { issuer, sub } }),
    ...(actor === undefined ? {} : { actor }),
    ...(reason === undefined ? {} : { reason }),
    roles: [...new Set(grants.map(({ role }) => role))],
    accounts,
  }
}

/** Those that it reads, and those of the exports that it starts or asks for. */
function accountsOf(operation: PreparedOperation | undefined): readonly string[] {
  if (operation === undefined) return []
  const { urns, jobs } = operation.bound
  return [...new Set([...urns, ...jobs.flatMap(({ owner }) => owner.urns)])]
}

/** An operation name is chosen by the caller: only what is a GraphQL name of sensible length is repeated. */
function operationOf({ params }: Known): OperationRecord['operation'] {
  const { query, operationName } = params ?? {}
  return {
    ...(typeof query === 'string' ? { hash: createHash('sha256').update(query).digest('hex') } : {}),
    ...(typeof operationName === 'string' && /^[A-Za-z_]\w{0,63}$/.test(operationName) ? { name: operationName } : {}),
  }
}
