// Loaded into the gateway's process before it starts: tells its parent, when asked, what lives after everything dead was collected.
process.on('message', async () => {
  // What waits for finalizers goes a collection or two later: until no less is left for a while.
  let least = Infinity
  for (let since = 0, time = 0; since < 5 && time < 30; since += 1, time += 1) {
    globalThis.gc()
    await new Promise(resolve => setTimeout(resolve, 100))
    const { heapUsed } = process.memoryUsage()
    if (heapUsed < least - 50_000) since = 0
    least = Math.min(least, heapUsed)
  }
  const { external, arrayBuffers, rss } = process.memoryUsage()
  process.send({ heapUsed: least, external, arrayBuffers, rss })
})
// Asked or not, this is no reason to go on.
process.channel?.unref()

// The control: two kilobytes are kept of each request, and have to be seen.
if (process.env.BENCH_HEAP_LEAK !== undefined) {
  const { Server } = await import('node:http')
  const { emit } = Server.prototype
  const kept = (globalThis.keptOfRequests = [])
  Server.prototype.emit = function (name, ...rest) {
    if (name === 'request') kept.push(Array.from({ length: 250 }, (_, at) => at + kept.length / 7))
    return emit.call(this, name, ...rest)
  }
}
