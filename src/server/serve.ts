import { pipeline } from '../../plugins/index.js'
import type { GatewaySettings } from '../settings.js'
import { describeSettings } from '../settings.js'
import type { PrimaryLink } from '../workers/primary-link.js'
import type { Gateway } from './gateway.js'
import { startGateway } from './gateway.js'
import type { Log } from './log.js'
import type { Parts } from './parts.js'

/** Serves in this process until it is told to stop: by itself, or as one of several workers by order of the supervisor. */
export async function serve(settings: GatewaySettings, log: Log, primary?: PrimaryLink): Promise<void> {
  const served: Parts[] = []
  const gateway = await startGateway(settings, {
    log,
    primary,
    pipeline(all, parts) {
      served.push(parts)
      return pipeline(all, parts)
    },
  })
  surviveRejections(log)
  const stop = createStop(gateway, log)
  if (primary === undefined) alone(gateway, { settings, log, served, stop })
  else underOrders(gateway, primary, { log, served, stop })
}

interface Serving {
  readonly log: Log
  readonly served: readonly Parts[]
  readonly stop: (why: string) => void
}

/** A second signal does not wait for what is in flight. */
function alone(gateway: Gateway, { settings, log, served, stop }: Serving & { readonly settings: GatewaySettings }): void {
  let isAsked = false
  const stopOrEnd = (signal: NodeJS.Signals): void => {
    if (isAsked) process.exit(1)
    isAsked = true
    stop(signal)
  }
  process.on('SIGTERM', stopOrEnd)
  process.on('SIGINT', stopOrEnd)
  // At a terminal this signal says that the terminal is gone, and ends the gateway as before.
  if (!process.stdout.isTTY) process.on('SIGHUP', () => forgetTokens(served))
  for (const each of 'environment' in settings ? [settings] : settings) {
    log.info({ url: `${gateway.url}/graphql`, admin: gateway.adminUrl, settings: describeSettings(each) }, 'the gateway serves')
  }
}

/** Signals of a terminal reach every process, and the supervisor knows what to do about them; SIGTERM to a worker alone has it replaced. */
function underOrders({ url, adminUrl }: Gateway, primary: PrimaryLink, { log, served, stop }: Serving): void {
  process.on('SIGTERM', stop)
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined)
  primary.onOrder(order => (order === 'drain' ? stop('order') : forgetTokens(served)))
  primary.serving({ url, adminUrl })
  log.info('a worker serves')
}

/** Requests in flight may finish. A service manager may well tell every process of a group, and the supervisor tells its workers again. */
function createStop(gateway: Gateway, log: Log): (signal: string) => void {
  let stopping = false
  return signal => {
    if (stopping) return
    stopping = true
    log.info({ signal }, 'stopping: requests in flight may finish')
    void gateway.drain().then(() => {
      log.info('stopped')
      process.exit(0)
    })
  }
}

/** Drops the utility token and the credentials before (`docs/token.md`). */
function forgetTokens(served: readonly Parts[]): void {
  for (const { tokens, log } of served) {
    log.warn('SIGHUP: the utility token and the credentials of before are dropped')
    tokens.forget().catch((fault: unknown) => log.error({ err: fault }, 'other processes were not told to drop the utility token'))
  }
}

/** A promise that nobody waited for fails one request at most: it is told loudly, and the others are served on. */
function surviveRejections(log: Log): void {
  process.on('unhandledRejection', fault => log.error({ err: fault }, 'a failure that nothing handled'))
}
