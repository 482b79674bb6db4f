// Loaded into each part of the demo: when the demo itself is gone, whatever the reason, the part ends too. The workers of a gateway follow
// their supervisor, by the very channel that would be let go of here.
import cluster from 'node:cluster'

if (cluster.isPrimary) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  process.channel?.unref()
}
