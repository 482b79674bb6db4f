// Loaded into each part of the demo: when the demo itself is gone, whatever the reason, the part ends too. The workers of a gateway follow
// their supervisor, by the very channel that would be let go of here.
import cluster from 'node:cluster'
import { isMainThread } from 'node:worker_threads'

if (cluster.isPrimary && isMainThread) {
  const end = (): void => void process.kill(process.pid, 'SIGTERM')
  // A demo that was gone before this was loaded says so to nobody any more.
  if (process.connected) process.once('disconnect', end)
  else end()
  process.channel?.unref()
}
