import type { Settings } from '../settings.js'
import { describeSettings } from '../settings.js'
import { startSupervisor } from '../workers/supervisor.js'
import type { Log } from './log.js'

/** Serves in several processes until it is told to stop. What the signals do is what they do to a gateway of one process. */
export function supervise(utilities: readonly [Settings, ...Settings[]], log: Log): void {
  let stopping = false
  const supervisor = startSupervisor({
    utilities,
    log,
    onServing({ url, adminUrl }) {
      for (const each of utilities)
        log.info({ url: `${url}/graphql`, admin: adminUrl, settings: describeSettings(each) }, 'the gateway serves')
    },
    onEnd(exitCode) {
      if (stopping) log.info('stopped')
      process.exit(exitCode)
    },
  })
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) {
      supervisor.kill()
      process.exit(1)
    }
    stopping = true
    log.info({ signal }, 'stopping: requests in flight may finish')
    supervisor.drain()
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  if (!process.stdout.isTTY) process.on('SIGHUP', () => supervisor.forget())
}
