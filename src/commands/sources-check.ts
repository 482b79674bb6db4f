// npm run sources:check: how what the utility's own systems tell of themselves differs from the snapshots; exit code 1 when something breaks,
// or could not be compared.
import { resolve } from 'node:path'
import { givenEnvironment } from '../doctor/environment.js'
import { checkSettings } from '../doctor/check-settings.js'
import { renderReport } from '../doctor/report.js'
import { sourceUrls } from '../settings/sources.js'
import { checkSource } from '../sources/check/check-source.js'
import { exitCodeOf, renderChecks } from '../sources/check/render.js'
import { ownSourceNames, ownSources } from '../sources/registry.js'

async function main(): Promise<0 | 1> {
  const { settings, findings } = checkSettings(givenEnvironment())
  if (settings === undefined) {
    console.error(renderReport(findings, []))
    return 1
  }
  const addresses = sourceUrls(settings.sources)
  const checked = await Promise.all(
    ownSourceNames.flatMap(source => {
      const address = addresses[source]
      return address === undefined ? [] : [checkSource({ source, address, access: ownSources[source], folder: resolve('src/sources') })]
    }),
  )
  console.log(renderChecks(checked))
  return exitCodeOf(checked)
}

main().then(
  code => (process.exitCode = code),
  (fault: unknown) => {
    console.error(fault instanceof Error ? fault.message : fault)
    process.exitCode = 1
  },
)
