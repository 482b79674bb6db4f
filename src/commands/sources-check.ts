// npm run sources:check: how what the utility's own systems tell of themselves differs from the snapshots; exit code 1 when something breaks,
// or could not be compared.
import { givenEnvironment } from '../doctor/environment.js'
import { checkSettings } from '../doctor/check-settings.js'
import { renderReport } from '../doctor/report.js'
import type { Settings } from '../settings.js'
import type { SourceToCheck } from '../sources/check/check-source.js'
import { checkSource } from '../sources/check/check-source.js'
import { exitCodeOf, renderChecks } from '../sources/check/render.js'
import { sourcesToCheck } from '../sources/check/sources-to-check.js'

async function main(): Promise<0 | 1> {
  const { utilities, findings } = checkSettings(givenEnvironment())
  if (utilities.length === 0) {
    console.error(renderReport(findings, []))
    return 1
  }
  const checked = await Promise.all(placesOf(utilities).map(checkSource))
  console.log(renderChecks(checked))
  return exitCodeOf(checked)
}

/** Each address once: several utilities may have a source in common. */
function placesOf(utilities: readonly Settings[]): readonly SourceToCheck[] {
  const places = utilities.flatMap(sourcesToCheck).map(place => [`${place.source} ${place.address.href}`, place] as const)
  return [...new Map(places).values()]
}

main().then(
  code => (process.exitCode = code),
  (fault: unknown) => {
    console.error(fault instanceof Error ? fault.message : fault)
    process.exitCode = 1
  },
)
