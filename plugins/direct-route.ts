import type { IncomingMessage, ServerResponse } from 'node:http'
import { LRUCache } from 'lru-cache'
import type { AccountDirectory } from '../src/accounts/directory.js'
import { createScope } from '../src/accounts/scope.js'
import type { AuditLog } from '../src/audit/audit-log.js'
import { aboutOf } from '../src/audit/operation-record.js'
import { freshBytes } from '../src/cache/kept-answers.js'
import { answerSoon } from '../src/server/answer.js'
import { admitOnce, grantsOnce, handOver, identifyOnce, readBodyOnce, socketOf } from '../src/server/begun.js'
import type { DirectAnswer, DirectOperation, DirectOptions } from '../src/server/direct/direct-operation.js'
import { prepareDirectly, runDirectly } from '../src/server/direct/direct-operation.js'
import type { KnownDocuments } from '../src/server/direct/known-documents.js'
import type { GraphQLParams } from '../src/server/graphql-params.js'
import { readJsonParams, readSearchParams } from '../src/server/graphql-params.js'
import { isPlain, tellAbsent } from '../src/server/hit-path/asked.js'
import type { Replays } from '../src/server/hit-path/replays.js'
import { accountsOf } from '../src/server/prepare-operation.js'
import { recordOf } from '../src/server/request-record.js'
import type { TellAnswer } from '../src/server/tell-answer.js'
import type { Sessions } from '../src/session/sessions.js'
import type { TrustedOptions } from '../src/trusted/document-of.js'
import { documentOf } from '../src/trusted/document-of.js'
import type { GatewayPlugin } from './gateway-plugin.js'

export interface DirectRouteOptions extends DirectOptions {
  readonly sessions: Pick<Sessions, 'identify'>
  readonly directory: AccountDirectory
  readonly audit: Pick<AuditLog, 'admit'>
  readonly documents: KnownDocuments
  readonly trusted: TrustedOptions
  /** Filled for the step that answers from bytes. @default nobody does */
  readonly replays?: Replays | undefined
  /** Sends an answer and notes it. */
  readonly tell: TellAnswer
  readonly onLookup: (result: 'hit' | 'miss' | 'windows') => void
  /** The longest body that is read, bytes. */
  readonly bodyBytes: number
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number
}

/**
 * Answers a query that is plain and whose document is known without the library: who asks, what they may see, what is asked of the source, what
 * of its answer is proven and the last check are judged by the very functions that the steps of the whole way call. What ends in anything but a
 * whole answer is handed over to that way, which tells it in its own words, and for which nothing is asked a second time.
 */
export function useDirectRoute(options: DirectRouteOptions): GatewayPlugin {
  const { documents } = options
  /** The media type of an answer by what the request accepts, as the library chose it. */
  const types = new LRUCache<string, string>({ max: 100 })
  return {
    wrapListener: listen => (request, response) => {
      const contentType = isPlain(request) ? types.get(tellAbsent(request.headers.accept)) : undefined
      if (contentType === undefined) return listen(request, response)
      const startedAt = performance.now()
      answerSoon(response, async () => {
        const direct = await begin(request, response, startedAt, options)
        if (direct === undefined) return listen(request, response)
        const ended = await runDirectly(direct, options)
        if ('body' in ended) return tellDirectly(direct, ended, contentType, options)
        handOver(request, ended)
        listen(request, response)
      })
    },
    onSchemaChange: () => documents.forget(),
    onResponse({ response, serverContext }) {
      const [socket, contentType] = [socketOf(serverContext), response.headers.get('content-type')]
      if (response.status === 200 && socket !== undefined && contentType !== null) types.set(tellAbsent(socket.headers.accept), contentType)
    },
  }
}

/** Undefined where anything stands against it, with nothing asked for it: that is for the whole way to tell. */
async function begin(
  request: IncomingMessage,
  response: ServerResponse,
  startedAt: number,
  options: DirectRouteOptions,
): Promise<DirectOperation | undefined> {
  const { sessions, directory, documents, trusted, bodyBytes, audit, now = Date.now } = options
  try {
    const session = await identifyOnce(request, sessions)
    const params = request.method === 'GET' ? readQuery(request.url ?? '') : readJsonParams(await readBodyOnce(request, bodyBytes))
    // A registered document takes the place of its id.
    const known = documents.find(documentOf(params, trusted))
    if (known === undefined) return undefined
    const set = directory.known?.(session) ?? (await grantsOnce(request, directory, session))
    const customer = { session, scope: createScope(session, set, now()) }
    const place = admitOnce(request, audit)
    return await prepareDirectly({ request, response, startedAt, customer, params, known, place }, options)
  } catch {
    return undefined
  }
}

function readQuery(url: string): GraphQLParams {
  return readSearchParams(new URLSearchParams(url.slice(url.indexOf('?'))))
}

function tellDirectly(
  { asked, context, lookup, areWindows }: DirectOperation,
  { body, operation }: DirectAnswer,
  contentType: string,
  { tell, onLookup, replays }: DirectRouteOptions,
): void {
  const { request, response, startedAt, place, known, params } = asked
  const { session, scope } = context
  const { upstreamCalls } = recordOf(context.request)
  const named = known.named(params.operationName)
  const isHit = freshBytes(lookup.found) !== undefined
  if (lookup.isKept) onLookup(isHit ? 'hit' : 'miss')
  if (areWindows()) onLookup('windows')
  const cache = areWindows() ? 'windows' : isHit ? 'hit' : lookup.isKept ? 'miss' : undefined
  const about = aboutOf(accountsOf(operation), scope)
  const ms = performance.now() - startedAt
  replays?.learn({ request, operation, about, fresh: lookup.fresh, contentType, named })
  tell({ request, response, session, scope, operation: named, about, place, body, contentType, upstreamCalls, cache, ms })
}
