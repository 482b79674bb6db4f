// Loaded into each part of the demo: when the demo itself is gone, whatever the reason, the part ends too.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
process.channel?.unref()
