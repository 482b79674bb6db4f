import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AccountDirectory } from '../src/accounts/directory.js'
import { createScope } from '../src/accounts/scope.js'
import type { Standing } from '../src/accounts/standing.js'
import type { AuditLog } from '../src/audit/audit-log.js'
import { aboutOf } from '../src/audit/operation-record.js'
import { answerSoon } from '../src/server/answer.js'
import type { FreshAnswer } from '../src/server/answer-cache.js'
import { identifyOnce, readBodyOnce, socketOf } from '../src/server/begun.js'
import { isPlain, nameOf } from '../src/server/hit-path/asked.js'
import type { Replays } from '../src/server/hit-path/replays.js'
import type { SentOperation } from '../src/server/named-operation.js'
import { nameOperation } from '../src/server/named-operation.js'
import { recordOf } from '../src/server/request-record.js'
import type { TellAnswer, WholeAnswer } from '../src/server/tell-answer.js'
import type { Sessions } from '../src/session/sessions.js'
import type { GatewayPlugin } from './gateway-plugin.js'
import type { PreparedOperation } from '../src/server/prepare-operation.js'
import { accountsOf } from '../src/server/prepare-operation.js'

export interface HitPathOptions {
  readonly sessions: Pick<Sessions, 'identify'>
  readonly directory: AccountDirectory
  readonly standing: Standing
  readonly audit: Pick<AuditLog, 'admit'>
  readonly replays: Replays
  /** The longest body that is read, bytes. */
  readonly bodyBytes: number
  readonly prepared: WeakMap<object, PreparedOperation>
  /** By GraphQL context: where its answer is kept. Filled by the cache. */
  readonly fresh: WeakMap<object, FreshAnswer>
  /** Sends an answer and notes it. */
  readonly tell: TellAnswer
  readonly onLookup: (result: 'hit') => void
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number
}

/**
 * Answers a request that was asked before from the bytes that are kept of its answer, before Yoga hears of it: nothing is parsed, validated
 * or serialised. Who asks, what they may see and the last check are judged as on the whole way, by the same parts; the log line, the record, the
 * counters and the answer are the same to the byte. Nobody is asked for anything here, and whatever is not quite certain goes the whole way.
 */
export function useHitPath(options: HitPathOptions): GatewayPlugin {
  const { replays, tell, onLookup } = options
  return {
    wrapListener: listen => (request, response) => {
      if (!isPlain(request)) return listen(request, response)
      const startedAt = performance.now()
      answerSoon(response, async () => {
        const hit = await findHit(request, response, startedAt, options)
        if (hit === undefined) return listen(request, response)
        onLookup('hit')
        tell(hit)
      })
    },
    onSchemaChange: () => replays.forget(),
    onResponse({ request, response, serverContext }) {
      if (response.status === 200 && recordOf(request).codes.join() === 'OK') learn(response, serverContext, options)
    },
  }
}

const nothing = Buffer.alloc(0)

/** Undefined where anything stands against it: that is for the whole way to tell. */
async function findHit(
  request: IncomingMessage,
  response: ServerResponse,
  startedAt: number,
  options: HitPathOptions,
): Promise<WholeAnswer | undefined> {
  const { sessions, bodyBytes, directory, now = Date.now, replays, standing, audit } = options
  try {
    // It ends this turn in any case: by the next one the body is there.
    const session = await identifyOnce(request, sessions)
    const read = request.method === 'GET' ? nothing : readBodyOnce(request, bodyBytes)
    const body = read instanceof Promise ? await read : read
    const set = directory.known?.(session)
    if (set === undefined) return undefined
    const scope = createScope(session, set, now())
    const found = replays.find(nameOf(request, scope, body))
    if (found === undefined) return undefined
    const looked = standing.assertUnchanged({ session, scope })
    if (looked instanceof Promise) await looked
    if (response.destroyed) return undefined
    const { replay, bytes } = found
    const { operation, about, contentType } = replay
    const place = audit.admit()
    const ms = performance.now() - startedAt
    // Written out: copies of objects cost more than all the rest of a hit.
    return { request, response, session, scope, operation, about, place, body: bytes, contentType, upstreamCalls: 0, cache: 'hit', ms }
  } catch {
    return undefined
  }
}

/** Remembers how a plain request was answered, where its answer was kept. */
function learn(response: Response, context: object, { prepared, fresh, replays }: HitPathOptions): void {
  const [request, operation, kept] = [socketOf(context), prepared.get(context), fresh.get(context)]
  const contentType = response.headers.get('content-type')
  if (request === undefined || operation === undefined || kept === undefined || contentType === null || !isPlain(request)) return
  const { params } = readContext(context)
  const about = aboutOf(accountsOf(operation), operation.customer.scope)
  replays.learn({ request, operation, about, fresh: kept, contentType, named: nameOperation(params) })
}

function readContext(context: object): { readonly params?: SentOperation } {
  return context
}
