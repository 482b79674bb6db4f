import type { GraphQLParams } from '../src/server/graphql-params.js'
import { assertReads, readJsonParams, readSearchParams } from '../src/server/graphql-params.js'
import { refusal } from '../src/errors.js'
import { jsonPartOf, readMediaType } from '../src/server/media-type.js'
import { readBodyOnce, socketOf } from '../src/server/begun.js'
import { malformed } from '../src/server/request-body.js'
import type { GatewayPlugin } from './gateway-plugin.js'

export interface RequestLimitsOptions {
  /** The longest body that is read, bytes. */
  readonly bodyBytes: number
}

/**
 * Reads the GraphQL request out of the HTTP request: one operation, as JSON in UTF-8 by POST or in the query string by GET,
 * of a bounded size. Forms, batches, uploads, compressed bodies, subscriptions and event streams are refused.
 *
 * It comes after the session check in the list, so that a stranger's body is never read. A GET with an odd `content-type`
 * is refused because one browser once sent it across origins without asking first.
 *
 * @throws BAD_REQUEST with status 400, 405, 406, 413 or 415
 */
export function useRequestLimits({ bodyBytes }: RequestLimitsOptions): GatewayPlugin {
  const unanswerable = new WeakSet<Request>()
  return {
    onRequest({ request }) {
      // Yoga would pick the first type named, a stream among them, even for errors: JSON is made the only choice here.
      const accept = request.headers.get('accept')
      if (accept === null || plainAccept.has(accept)) return
      const json = jsonPartOf(accept)
      if (json === undefined) unanswerable.add(request)
      request.headers.set('accept', json ?? 'application/json')
    },
    onRequestParse({ request, serverContext, setRequestParser }) {
      if (unanswerable.has(request)) throw malformed(406, 'Answers are JSON: accept application/graphql-response+json.')
      if (request.method === 'GET') return setRequestParser(readGet(request))
      if (request.method !== 'POST') throw malformed(405, 'GraphQL is served by GET and POST.', { allow: 'GET, POST' })
      assertPlainJson(request.headers)
      return setRequestParser(() => readPost(request, serverContext, bodyBytes))
    },
    onSubscribe() {
      throw refusal('BAD_REQUEST', { message: 'Subscriptions are not served: ask a query.' })
    },
  }
}

/** What nearly every client sends, so that nearly no request is looked at twice. */
const plainAccept: ReadonlySet<string> = new Set(['*/*', 'application/json', 'application/graphql-response+json'])

function readGet(request: Request): () => GraphQLParams {
  const contentType = request.headers.get('content-type')
  if (contentType !== null && readMediaType(contentType).type !== 'application/json') {
    throw malformed(415, 'A GET has no body: leave its content-type out.')
  }
  return () => {
    const params = readSearchParams(new URL(request.url).searchParams)
    assertReads(params)
    return params
  }
}

function assertPlainJson(headers: Headers): void {
  const { type, charset } = readMediaType(headers.get('content-type') ?? '')
  if (type !== 'application/json') throw malformed(415, 'Send the request as application/json.')
  if (charset !== '' && charset !== 'utf-8' && charset !== 'utf8') throw malformed(415, 'Send the request in UTF-8.')
  const encoding = headers.get('content-encoding')
  if (encoding !== null && encoding !== 'identity') throw malformed(415, 'Send the request body uncompressed.')
}

/** From the socket where there is one: the stream is read without a copy and stops at the ceiling. */
async function readPost(request: Request, serverContext: object, bodyBytes: number): Promise<GraphQLParams> {
  const socket = socketOf(serverContext)
  if (socket !== undefined) return readJsonParams(await readBodyOnce(socket, bodyBytes))
  const text = Buffer.from(await request.arrayBuffer())
  if (text.length > bodyBytes) throw malformed(413, `The request body is larger than ${bodyBytes} bytes.`)
  return readJsonParams(text)
}
