import type { RequestListener } from 'node:http'
import type { GatewayPlugin } from '../../plugins/gateway-plugin.js'
import { pipeline as defaultPipeline } from '../../plugins/index.js'
import { isFileOrigin } from '../exports/file-origin.js'
import { sourceUrls } from '../settings/sources.js'
import type { Settings } from '../settings.js'
import { createAdminDoor } from './admin.js'
import { createCors, withCors } from './cors.js'
import { createFiles } from './files.js'
import type { Route } from './front-door.js'
import { createFrontDoor } from './front-door.js'
import { createDemoSignIn } from './graphiql/demo-sign-in.js'
import { createGraphiqlPage } from './graphiql/page.js'
import type { Listener } from './listener.js'
import { openListener } from './listener.js'
import type { Log } from './log.js'
import { buildMesh } from './mesh.js'
import type { Parts } from './parts.js'
import { createParts } from './parts.js'
import { createSessionRoute } from './session-route.js'
import { createGraphqlHandler } from './yoga.js'

export interface GatewayOptions {
  /** Where log lines go. @default JSON on standard output, at the level of the settings */
  readonly log?: Log
  /** The steps that every request runs through, in order. @default the list in `plugins/index.ts` */
  readonly pipeline?: (settings: Settings, parts: Parts) => readonly GatewayPlugin[]
}

/** A running gateway. */
export interface Gateway {
  /** Such as `http://127.0.0.1:4000`; GraphQL is at `/graphql` below it. */
  readonly url: string
  readonly adminUrl: string
  /**
   * Takes no new GraphQL requests, says so on `/readyz`, lets those in flight finish for at most `timeouts.drainMs`, then closes.
   */
  drain(): Promise<void>
  /** Closes at once. */
  close(): Promise<void>
}

/**
 * Starts the gateway: both listeners first, so that a busy port shows at once and readiness can be asked during the start, then the mesh.
 * Nothing upstream has to be up.
 *
 * @throws Node's error when a port cannot be had, TypeError for settings or sources that cannot work
 */
export async function startGateway(settings: Settings, { log, pipeline = defaultPipeline }: GatewayOptions = {}): Promise<Gateway> {
  const parts = createParts(settings, log)
  await parts.revocations.start()
  let graphql: RequestListener | undefined
  const doors = await openDoors(settings, parts, () => graphql).catch(async (fault: unknown) => {
    await closeStore(parts)
    throw fault
  })
  const engine = await startEngine(settings, parts, pipeline).catch(async (fault: unknown) => {
    await doors.close()
    await closeStore(parts)
    throw fault
  })
  graphql = engine.listen
  parts.health.started()
  warmUp(parts)
  const close = async (): Promise<void> => {
    await doors.close()
    await engine.stop()
    parts.tokens.close()
    await closeStore(parts)
  }
  return {
    url: doors.front.url,
    adminUrl: doors.admin.url,
    async drain() {
      parts.health.draining()
      await doors.front.drain(settings.timeouts.drainMs)
      await close()
    },
    close,
  }
}

interface Doors {
  readonly front: Listener
  readonly admin: Listener
  close(): Promise<void>
}

async function openDoors(settings: Settings, parts: Parts, graphql: () => RequestListener | undefined): Promise<Doors> {
  const { health, metrics } = parts
  const withdrawals = { ...parts, issuer: settings.session.issuer }
  const cors = createCors(settings.corsOrigins)
  const front = await openListener(
    createFrontDoor({ health, cors, graphql, routes: [...pageRoutes(settings), ...browserRoutes(settings, parts, cors)] }),
    settings.listen,
  )
  const admin = await openListener(createAdminDoor({ metrics, ...settings.admin, withdrawals }), settings.admin).catch(
    async (fault: unknown) => {
      await front.close()
      throw fault
    },
  )
  return { front, admin, close: async () => void (await Promise.all([front.close(), admin.close()])) }
}

/** The demo's sign-in trusts whoever asks, so it exists beside the simulator only. */
function pageRoutes({ environment, session }: Settings): readonly Route[] {
  const page = createGraphiqlPage(environment)
  return environment === 'simulator' ? [page, createDemoSignIn(session.jwksUrl)] : [page]
}

/** What browsers reach beside GraphQL, under the same rules for other origins. */
function browserRoutes(settings: Settings, parts: Parts, cors: ReturnType<typeof createCors>): readonly Route[] {
  return [withCors(cors, '/session', createSessionRoute(parts)), withCors(cors, '/files/', files(settings, parts))]
}

function files({ environment, opower, timeouts }: Settings, parts: Parts): Route {
  const own = environment === 'simulator' ? opower.graphqlUrl.origin : undefined
  return createFiles({ ...parts, timeoutMs: timeouts.upstreamMs, isFileOrigin: url => isFileOrigin(url, own) })
}

async function startEngine(settings: Settings, parts: Parts, pipeline: NonNullable<GatewayOptions['pipeline']>) {
  const mesh = await buildMesh(pipeline(settings, parts), { Opower: settings.opower.graphqlUrl, ...sourceUrls(settings.sources) })
  const handler = createGraphqlHandler({ plugins: mesh.plugins })
  return {
    listen: handler.listen,
    async stop() {
      await handler.dispose()
      mesh.destroy()
    },
  }
}

async function closeStore({ revocations, store, audit }: Parts): Promise<void> {
  await audit.close()
  revocations.close()
  await store.close()
}

/** The first token is fetched before the first customer waits for it; a failure is told by readiness and tried again when it is needed. */
function warmUp({ tokens }: Parts): void {
  tokens.token().catch(() => undefined)
}
