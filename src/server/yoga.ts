import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { parse, specifiedRules, validate } from 'graphql'
import type { DocumentNode, GraphQLSchema, ValidationRule } from 'graphql'
import { createYoga } from 'graphql-yoga'
import type { Plugin, YogaServerInstance } from 'graphql-yoga'
import { answerSoon } from './answer.js'
import { createDocumentCache } from './document-cache.js'
import { sendAnswer } from './send-answer.js'

export interface GraphqlHandlerOptions {
  /** In the order of the pipeline; a mesh's own plugins bring the schema with them. */
  readonly plugins: readonly object[]
  readonly schema?: GraphQLSchema
  /** Documents whose parsed form and validity are remembered. @default 1000 */
  readonly documents?: number
}

export interface GraphqlHandler {
  readonly listen: RequestListener
  /** The same for a request of this very process. */
  readonly fetch: (request: Request) => Promise<Response>
  dispose(): Promise<void>
}

/**
 * Yoga reduced to the GraphQL pipeline. What it would do beyond that is done by our own steps, once: the size of a body by the
 * request limits (its own limit copies every body through a second stream), cross-origin headers and pages by the front door,
 * masking by the response guard, which sees every answer.
 */
export function createGraphqlHandler({ plugins, schema, documents = 1000 }: GraphqlHandlerOptions): GraphqlHandler {
  const yoga = createYoga<Connection>({
    plugins: [...plugins, useOneEngine()],
    ...(schema === undefined ? {} : { schema }),
    graphqlEndpoint: '/graphql',
    maxRequestBodySize: false,
    cors: false,
    multipart: false,
    batching: false,
    graphiql: false,
    landingPage: false,
    logging: false,
    maskedErrors: false,
    parserAndValidationCache: { documentCache: createDocumentCache(documents), errorCache: createDocumentCache(documents) },
  })
  return {
    listen: (request, response) => answerSoon(response, () => answer(yoga, request, response)),
    fetch: request => answerHere(yoga, request),
    dispose: async () => yoga.dispose(),
  }
}

/** What the steps know of the connection. */
interface Connection {
  readonly req: IncomingMessage
  readonly res: ServerResponse
}

async function answer(yoga: YogaServerInstance<Connection, object>, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const given = await yoga.handleNodeRequestAndResponse(req, res, { req, res })
  const bytes = await given.arrayBuffer()
  // Whoever left gets nothing.
  if (res.destroyed || res.writableEnded) return
  const flat: string[] = []
  for (const [name, value] of given.headers) {
    // This library tells names as they were written.
    const lower = name.toLowerCase()
    if (lower !== 'content-length') flat.push(lower, value)
  }
  sendAnswer(req, res, { status: given.status, headers: flat, body: Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes) })
}

/** As the runtime's own `Response`. The steps find no connection on the context, and read the request itself. */
async function answerHere(yoga: YogaServerInstance<Connection, object>, request: Request): Promise<Response> {
  const given = await yoga.fetch(request, {} as Connection)
  const headers: [string, string][] = []
  given.headers.forEach((value, name) => headers.push([name, value]))
  return new Response(await given.arrayBuffer(), { status: given.status, headers })
}

type ValidateRest = Parameters<typeof validate> extends [unknown, unknown, unknown?, ...infer Rest] ? Rest : never

/**
 * One parser and one set of rules. Mesh brings its own of both: its parser leaves out where in the document an error is, and with its rules
 * and Yoga's validation would run everything twice and tell every error twice.
 */
function useOneEngine(): Plugin {
  return {
    onParse({ setParseFn }) {
      setParseFn(parse)
    },
    onValidate({ setValidationFn }) {
      setValidationFn(
        (schema: GraphQLSchema, document: DocumentNode, rules: readonly ValidationRule[] = specifiedRules, ...rest: ValidateRest) =>
          validate(schema, document, [...new Set(rules)], ...rest),
      )
    },
  }
}
