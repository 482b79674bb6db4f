import { pipeline } from '../../plugins/index.js'
import { SettingsError, describeSettings, loadGatewaySettings } from '../settings.js'
import type { Gateway } from './gateway.js'
import { startGateway } from './gateway.js'
import { createLog } from './log.js'
import type { Log } from './log.js'
import type { Parts } from './parts.js'

/** The gateway as a process: one clear message and exit code 1 when it cannot start, a clean end when it is told to stop. */
async function main(): Promise<void> {
  const settings = loadGatewaySettings()
  const utilities = 'environment' in settings ? [settings] : settings
  const log = createLog(utilities[0]?.logLevel ?? 'info')
  const served: Parts[] = []
  const gateway = await startGateway(settings, {
    log,
    pipeline(all, parts) {
      served.push(parts)
      return pipeline(all, parts)
    },
  })
  forgetOnHangUp(served)
  stopOnSignals(gateway, log)
  surviveRejections(log)
  for (const each of utilities) {
    log.info({ url: `${gateway.url}/graphql`, admin: gateway.adminUrl, settings: describeSettings(each) }, 'the gateway serves')
  }
}

/** The first signal lets requests in flight finish; a second one does not wait for them. */
function stopOnSignals(gateway: Gateway, log: Log): void {
  let stopping = false
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1)
    stopping = true
    log.info({ signal }, 'stopping: requests in flight may finish')
    void gateway.drain().then(() => {
      log.info('stopped')
      process.exit(0)
    })
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

/**
 * SIGHUP drops the utility token and the credentials before (`docs/token.md`). At a terminal the same signal says that the terminal
 * is gone, and ends the gateway as before.
 */
function forgetOnHangUp(served: readonly Parts[]): void {
  if (process.stdout.isTTY) return
  process.on('SIGHUP', () => {
    for (const { tokens, log } of served) {
      log.warn('SIGHUP: the utility token and the credentials of before are dropped')
      tokens.forget().catch((fault: unknown) => log.error({ err: fault }, 'other processes were not told to drop the utility token'))
    }
  })
}

/** A promise that nobody waited for fails one request at most: it is told loudly, and the others are served on. */
function surviveRejections(log: Log): void {
  process.on('unhandledRejection', fault => log.error({ err: fault }, 'a failure that nothing handled'))
}

/** In words of an operator: no stack, and nothing that the message does not need. */
function startFault(fault: unknown): string {
  if (fault instanceof SettingsError) return fault.message
  if (!(fault instanceof Error)) return `The gateway cannot start: ${String(fault)}`
  const { port, address } = readPlace(fault)
  if ('code' in fault && fault.code === 'EADDRINUSE') {
    return `The gateway cannot start: port ${port} at ${address} is in use. Stop what listens there, or set PORT (or ADMIN_PORT).`
  }
  if ('code' in fault && fault.code === 'EACCES') return `The gateway cannot start: it may not listen at ${address}, port ${port}.`
  return `The gateway cannot start: ${fault.message}`
}

function readPlace(fault: Error): { readonly port?: number; readonly address?: string } {
  return fault as { port?: number; address?: string }
}

main().catch((fault: unknown) => {
  console.error(startFault(fault))
  process.exit(1)
})
