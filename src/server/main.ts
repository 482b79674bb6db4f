import cluster from 'node:cluster'
import { SettingsError, loadGatewaySettings } from '../settings.js'
import type { Settings } from '../settings.js'
import { createPrimaryLink } from '../workers/primary-link.js'
import { createLog } from './log.js'

/**
 * The gateway as a process: one clear message and exit code 1 when it cannot start, a clean end when it is told to stop. A supervisor loads
 * nothing of what its workers need.
 */
async function main(): Promise<void> {
  const settings = loadGatewaySettings()
  const [first, ...others]: readonly Settings[] = 'environment' in settings ? [settings] : settings
  if (first === undefined) throw new TypeError('A gateway serves one utility or more, but got: none.')
  const log = createLog(first.logLevel)
  if (cluster.isPrimary && first.workers > 1) return (await import('./supervise.js')).supervise([first, ...others], log)
  const { serve } = await import('./serve.js')
  if (cluster.worker === undefined) return serve(settings, log)
  return serve(settings, log.child({ worker: cluster.worker.id }), createPrimaryLink(process))
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
