// npm run sources:check: how what the utility's own systems tell of themselves differs from the snapshots; exit code 1 when something breaks,
// or could not be compared.
import { resolve } from 'node:path'
import { givenEnvironment } from '../doctor/environment.js'
import { checkSettings } from '../doctor/check-settings.js'
import { renderReport } from '../doctor/report.js'
import type { Settings } from '../settings.js'
import { sourceUrls } from '../settings/sources.js'
import { checkSource } from '../sources/check/check-source.js'
import { exitCodeOf, renderChecks } from '../sources/check/render.js'
import { ownSourceNames, ownSources } from '../sources/registry.js'

async function main(): Promise<0 | 1> {
  const { utilities, findings } = checkSettings(givenEnvironment())
  if (utilities.length === 0) {
    console.error(renderReport(findings, []))
    return 1
  }
  const checked = await Promise.all(
    placesOf(utilities).map(({ source, address }) =>
      checkSource({ source, address, access: ownSources[source], folder: resolve('src/sources') }),
    ),
  )
  console.log(renderChecks(checked))
  return exitCodeOf(checked)
}

/** Each address once: several utilities may have a source in common. */
function placesOf(utilities: readonly Settings[]) {
  const places = utilities.flatMap(({ sources }) => {
    const addresses = sourceUrls(sources)
    return ownSourceNames.flatMap(source => {
      const address = addresses[source]
      return address === undefined ? [] : [[`${source} ${address.href}`, { source, address }] as const]
    })
  })
  return [...new Map(places).values()]
}

main().then(
  code => (process.exitCode = code),
  (fault: unknown) => {
    console.error(fault instanceof Error ? fault.message : fault)
    process.exitCode = 1
  },
)
