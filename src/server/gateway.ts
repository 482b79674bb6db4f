import { pipeline as defaultPipeline } from '../../plugins/index.js'
import type { GatewaySettings, Settings } from '../settings.js'
import type { PrimaryLink } from '../workers/primary-link.js'
import { createAdminDoor } from './admin.js'
import { createCors, withCors } from './cors.js'
import type { Engine, Pipeline } from './engines.js'
import { createEngines } from './engines.js'
import type { Route } from './front-door.js'
import { createFrontDoor } from './front-door.js'
import { createDemoSignIn } from './graphiql/demo-sign-in.js'
import { createGraphiqlPage } from './graphiql/page.js'
import { createInProcess } from './in-process.js'
import type { Listener } from './listener.js'
import { openListener } from './listener.js'
import type { Log } from './log.js'
import { createLog } from './log.js'
import type { Service } from './service.js'
import { serveOne, serveSeveral } from './service.js'

export interface GatewayOptions {
  /** Where log lines go. @default JSON on standard output, at the level of the settings */
  readonly log?: Log
  /** The steps that every request runs through, in order. @default the list in `plugins/index.ts` */
  readonly pipeline?: Pipeline
  /** The supervisor, for one of several workers: figures are those of all of them, and so is what they know together. */
  readonly primary?: PrimaryLink | undefined
}

/** A running gateway. */
export interface Gateway {
  /** Such as `http://127.0.0.1:4000`; GraphQL is at `/graphql` below it. */
  readonly url: string
  readonly adminUrl: string
  /**
   * The answer to a request of this very process: for `/graphql`, at whatever host, with the customer's own `authorization`. It runs through the same
   * steps as one from outside. Never rejects: whatever goes wrong is an answer.
   */
  fetch(request: Request): Promise<Response>
  /**
   * Takes no new GraphQL requests, says so on `/readyz`, lets those in flight finish for at most `timeouts.drainMs`, then closes.
   */
  drain(): Promise<void>
  /** Closes at once. */
  close(): Promise<void>
}

/**
 * Starts the gateway: both listeners first, so that a busy port shows at once and readiness can be asked during the start, then the engine
 * of each utility. Nothing upstream has to be up.
 *
 * @param settings of one utility, or a list of them: then everything that is counted, logged and recorded names its utility
 * @throws Node's error when a port cannot be had, TypeError for settings or sources that cannot work
 */
export async function startGateway(settings: GatewaySettings, options: GatewayOptions = {}): Promise<Gateway> {
  const isNamed = !('environment' in settings)
  const utilities = isNamed ? settings : [settings]
  const { log = createLog(utilities[0]?.logLevel ?? 'info'), pipeline = defaultPipeline, primary } = options
  const engines = createEngines(utilities, { isNamed, log, pipeline, primary })
  const [first, ...others] = engines
  if (first === undefined) throw new TypeError('A gateway serves one utility or more, but got: none.')
  const common = first.settings
  const service = withCommonFigures(isNamed ? serveSeveral([first, ...others], log) : serveOne(first), primary)
  const doors = await start(engines, common, service)
  const close = async (): Promise<void> => {
    await doors.close()
    await stopAll(engines)
  }
  return {
    url: doors.front.url,
    adminUrl: doors.admin.url,
    fetch: createInProcess(service),
    async drain() {
      service.health.draining()
      await doors.front.drain(common.timeouts.drainMs)
      await close()
    },
    close,
  }
}

/** Whichever worker is asked tells the figures of all. */
function withCommonFigures(service: Service, primary: PrimaryLink | undefined): Service {
  if (primary === undefined) return service
  const { metrics } = service
  primary.readMetrics(() => metrics.text())
  return { ...service, metrics: { contentType: metrics.contentType, text: () => primary.metrics() } }
}

/** Whatever fails, nothing of it is left running. */
async function start(engines: readonly Engine[], common: Settings, service: Service): Promise<Doors> {
  let doors: Doors | undefined
  try {
    await Promise.all(engines.flatMap(({ parts }) => [parts.revocations.start(), parts.changes.start()]))
    doors = await openDoors(common, service)
    await Promise.all(engines.map(engine => engine.start()))
  } catch (fault) {
    await doors?.close()
    await stopAll(engines)
    throw fault
  }
  service.health.started()
  engines.forEach(warmUp)
  return doors
}

async function stopAll(engines: readonly Engine[]): Promise<void> {
  await Promise.all(engines.map(engine => engine.stop()))
}

interface Doors {
  readonly front: Listener
  readonly admin: Listener
  close(): Promise<void>
}

async function openDoors(
  settings: Settings,
  { health, metrics, corsOrigins, graphql, session, files, withdrawals }: Service,
): Promise<Doors> {
  const cors = createCors(corsOrigins)
  // What browsers reach beside GraphQL is under the same rules for other origins.
  const routes = [...pageRoutes(settings), withCors(cors, '/session', session), withCors(cors, '/files/', files)]
  const front = await openListener(createFrontDoor({ health, cors, graphql, routes }), settings.listen)
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

/** The first token is fetched before the first customer waits for it; a failure is told by readiness and tried again when it is needed. */
function warmUp({ parts }: Engine): void {
  parts.tokens.token().catch(() => undefined)
}
