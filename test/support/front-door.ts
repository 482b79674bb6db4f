import { createSchema } from 'graphql-yoga'
import type { GatewayPlugin } from '../../plugins/gateway-plugin.js'
import { useRequestLimits } from '../../plugins/request-limits.js'
import { createCors } from '../../src/server/cors.js'
import type { Route } from '../../src/server/front-door.js'
import { createFrontDoor } from '../../src/server/front-door.js'
import type { Health } from '../../src/server/health.js'
import { createHealth } from '../../src/server/health.js'
import type { Listener } from '../../src/server/listener.js'
import { openListener } from '../../src/server/listener.js'
import { createGraphqlHandler } from '../../src/server/yoga.js'

export interface TestFrontDoorOptions {
  /** Steps before the request reader, as the session check is. */
  readonly before?: readonly GatewayPlugin[]
  /** Steps after it. */
  readonly after?: readonly GatewayPlugin[]
  readonly corsOrigins?: readonly string[]
  readonly routes?: readonly Route[]
  readonly health?: Health
}

/** A front door on a free port before a schema of two fields, and what its resolvers were asked. */
export interface TestFrontDoor extends AsyncDisposable {
  readonly url: string
  readonly listener: Listener
  readonly health: Health
  /** One entry per resolver call: proof that a refused request was not executed. */
  readonly asked: string[]
  /** The field `slow`: when it has begun, and the word on which it ends. */
  readonly slow: { readonly begun: Promise<void>; release(): void }
  post(body: string | Buffer<ArrayBuffer>, headers?: Record<string, string>): Promise<Response>
}

/** Starts the real front door, request reader and Yoga; only the schema is the test's own. */
export async function startFrontDoor(options: TestFrontDoorOptions = {}): Promise<TestFrontDoor> {
  const asked: string[] = []
  const slow = createGate()
  const health = options.health ?? createHealth({ essential: {}, sources: {}, token: () => ({ state: 'ready' }) })
  const handler = createGraphqlHandler({
    schema: createTestSchema(asked, slow),
    plugins: [...(options.before ?? []), useRequestLimits({ bodyBytes: 2_500 }), ...(options.after ?? [])],
  })
  health.started()
  const door = createFrontDoor({
    health,
    cors: createCors(options.corsOrigins ?? []),
    graphql: () => handler.listen,
    routes: options.routes ?? [],
  })
  const listener = await openListener(door, { host: '127.0.0.1', port: 0 })
  return {
    url: listener.url,
    listener,
    health,
    asked,
    slow,
    post: (body, headers = { 'content-type': 'application/json' }) => fetch(`${listener.url}/graphql`, { method: 'POST', body, headers }),
    async [Symbol.asyncDispose]() {
      await listener.close()
      await handler.dispose()
    },
  }
}

function createTestSchema(asked: string[], slow: ReturnType<typeof createGate>) {
  return createSchema({
    typeDefs: 'type Query { hello(name: String): String slow: String } type Mutation { change: String }',
    resolvers: {
      Query: {
        hello: (_root: unknown, { name }: { name?: string }) => {
          asked.push('hello')
          return `hello ${name ?? 'world'}`
        },
        slow: async () => {
          asked.push('slow')
          slow.enter()
          await slow.released
          return 'done'
        },
      },
      Mutation: {
        change: () => {
          asked.push('change')
          return 'changed'
        },
      },
    },
  })
}

function createGate() {
  let enter = (): void => undefined
  let release = (): void => undefined
  const begun = new Promise<void>(resolve => (enter = resolve))
  const released = new Promise<void>(resolve => (release = resolve))
  return { begun, released, enter: () => enter(), release: () => release() }
}
