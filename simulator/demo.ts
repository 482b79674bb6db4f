// The whole of Substation on one machine: the Opower simulator, the utility's own systems, a demo issuer, a demo directory and the gateway.
import { banner } from './demo/banner.js'
import { demoEnvironment, usesDemoIssuer } from './demo/demo-environment.js'
import { requestToken } from './demo/demo-tokens.js'
import { DemoParts } from './demo/parts.js'
import type { Places } from './demo/places.js'
import { assertFree, DemoError, originOf, readPlaces } from './demo/places.js'
import { population } from './population/population.js'

const parts = new DemoParts()
let stopping: Promise<void> | undefined

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopOrKill(0))
endWithNpm()
run().catch((error: unknown) => {
  console.error(error instanceof DemoError ? error.message : error)
  stopOrKill(1)
})

async function run(): Promise<void> {
  const places = readPlaces(process.env)
  const env = demoEnvironment(process.env, places, population.utilities[0]?.code ?? '')
  await assertFree(places)
  await startAll(places, env)
  const token = usesDemoIssuer(process.env) ? await requestToken(originOf(places.issuer), 'alice') : undefined
  // Asked again: what the gateway first finds out about its credentials comes a moment after it is ready.
  console.log(banner(places, token, await parts.ready(places)))
  await parts.failure
}

/** The gateway logs warnings and worse; the others are silent unless a log level was asked for. */
async function startAll(places: Places, env: Record<string, string>): Promise<void> {
  const showAll = (process.env['LOG_LEVEL'] ?? '') !== ''
  await Promise.all([
    parts.start('simulator', places, env, showAll),
    parts.start('issuer', places, env, showAll),
    parts.start('directory', places, env, showAll),
  ])
  await parts.start('gateway', places, env, true)
  await parts.ready(places)
  // They take longer than all the rest, the first time most of all: the gateway serves without them until they are there.
  parts.begin('sources', places, env, showAll)
}

/** The first call stops everything in order; a second one, for the impatient, at once. */
function stopOrKill(exitCode: number): void {
  if (stopping !== undefined) return parts.kill()
  stopping = parts.stop()
  void stopping.then(() => process.exit(exitCode))
}

/** A signal to npm ends npm and its shell but does not reach us: then our parent changes. */
function endWithNpm(): void {
  if (process.env['npm_lifecycle_event'] !== 'start') return
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) stopOrKill(0)
  }, 500).unref()
}
