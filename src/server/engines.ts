import type { RequestListener } from 'node:http'
import type { GatewayPlugin } from '../../plugins/gateway-plugin.js'
import { isFileOrigin } from '../exports/file-origin.js'
import { sourceUrls } from '../settings/sources.js'
import type { Settings } from '../settings.js'
import { startDriftWatch } from './drift.js'
import { createFiles } from './files.js'
import type { Route } from './front-door.js'
import type { Log } from './log.js'
import { buildMesh } from './mesh.js'
import type { PrimaryLink } from '../workers/primary-link.js'
import type { Parts } from './parts.js'
import { createPrefetch } from './prefetch.js'
import { createParts } from './parts.js'
import { createSessionRoute } from './session-route.js'
import { namingCookies } from './utility-cookie.js'
import type { GraphqlHandler } from './yoga.js'
import { createGraphqlHandler } from './yoga.js'

/** The steps that every request of a utility runs through, in order. */
export type Pipeline = (settings: Settings, parts: Parts) => readonly GatewayPlugin[]

/**
 * All that serves one utility: its own sessions, directory, token, quota, caches, store, mesh and pipeline. Two engines share the process
 * and nothing else, so there is nothing through which something of one could get into the other.
 */
export interface Engine {
  /** The utility's code. */
  readonly code: string
  readonly settings: Settings
  readonly parts: Parts
  /** Undefined until the start is complete. */
  readonly graphql: RequestListener | undefined
  /** The same for requests of this very process. */
  readonly fetch: GraphqlHandler['fetch'] | undefined
  /** `/session` */
  readonly session: Route
  /** `/files/` */
  readonly files: Route
  /** Nothing upstream has to be up. */
  start(): Promise<void>
  stop(): Promise<void>
}

export interface EngineOptions {
  readonly log: Log
  readonly pipeline: Pipeline
  /** Whether everything that is logged, recorded and handed out names the utility, since there may be others. */
  readonly isNamed: boolean
  /** The supervisor, for one of several workers. */
  readonly primary?: PrimaryLink | undefined
}

/**
 * Makes the engine of each utility; each is started by itself.
 *
 * @throws TypeError for settings that a part cannot work with; it names the utility where they are named
 */
export function createEngines(utilities: readonly Settings[], options: EngineOptions): readonly Engine[] {
  const engines: Engine[] = []
  try {
    for (const settings of utilities) engines.push(createEngine(settings, options))
  } catch (fault) {
    for (const engine of engines) void engine.stop()
    throw fault
  }
  return engines
}

function createEngine(settings: Settings, options: EngineOptions): Engine {
  const { pipeline, isNamed } = options
  const code = settings.opower.utilityCode
  const parts = isNamed ? createNamedParts(settings, options) : createParts(settings, options.log, options)
  const cookies = isNamed ? namingCookies(parts.cookies, code) : parts.cookies
  let served: Awaited<ReturnType<typeof serve>> | undefined
  return {
    code,
    settings,
    parts,
    get graphql() {
      return served?.listen
    },
    get fetch() {
      return served?.fetch
    },
    session: createSessionRoute({ ...parts, cookies, onOpened: authorization => served?.prefetch(authorization) }),
    files: filesOf(settings, parts),
    async start() {
      served = await serve(settings, parts, pipeline).catch((fault: unknown) => {
        throw isNamed ? namedFault(settings, fault) : fault
      })
    },
    async stop() {
      await served?.stop()
      parts.tokens.close()
      await parts.audit.close()
      parts.revocations.close()
      parts.changes.close()
      await parts.store.close()
    },
  }
}

function createNamedParts(settings: Settings, { log, primary }: EngineOptions): Parts {
  try {
    return createParts(settings, log.child({ utility: settings.opower.utilityCode }), { isOneOfSeveral: true, primary })
  } catch (fault) {
    throw namedFault(settings, fault)
  }
}

function filesOf({ environment, opower, timeouts }: Settings, parts: Parts): Route {
  const own = environment === 'simulator' ? opower.graphqlUrl.origin : undefined
  return createFiles({ ...parts, timeoutMs: timeouts.upstreamMs, isFileOrigin: url => isFileOrigin(url, own) })
}

async function serve(settings: Settings, parts: Parts, pipeline: Pipeline) {
  const steps = pipeline(settings, parts)
  const mesh = await buildMesh(steps, { Opower: settings.opower.graphqlUrl, ...sourceUrls(settings.sources) })
  const handler = createGraphqlHandler({ plugins: mesh.plugins })
  const drift = startDriftWatch(settings, parts)
  return {
    listen: steps.reduceRight((listen, step) => step.wrapListener?.(listen) ?? listen, handler.listen),
    fetch: handler.fetch,
    prefetch: createPrefetch(settings.trusted?.prefetched ?? [], handler.fetch),
    async stop() {
      drift.stop()
      await handler.dispose()
      mesh.destroy()
    },
  }
}

function namedFault({ opower }: Settings, fault: unknown): TypeError {
  return new TypeError(`${opower.utilityCode}: ${fault instanceof Error ? fault.message : String(fault)}`, { cause: fault })
}
