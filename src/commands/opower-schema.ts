// npm run opower:schema [-- --write] [-- --utility <code>]: how Opower's live schema differs from the checked-in one; exit code 1 when it breaks
// something. Of several utilities one is asked: the first of the settings file, or the one that is named.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { checkSettings } from '../doctor/check-settings.js'
import { renderReport } from '../doctor/report.js'
import { GatewayError } from '../errors.js'
import { givenEnvironment } from '../doctor/environment.js'
import type { Settings } from '../settings.js'
import { runSchema } from '../doctor/schema/run.js'

async function main(): Promise<0 | 1> {
  const { values } = parseArgs({ options: { write: { type: 'boolean', default: false }, utility: { type: 'string' } } })
  const { utilities, findings } = checkSettings(givenEnvironment())
  const settings = utilities.find(({ opower }) => opower.utilityCode === (values.utility ?? opower.utilityCode))
  if (settings === undefined) {
    console.error(utilities.length === 0 ? renderReport(findings, []) : noUtility(values.utility, utilities))
    return 1
  }
  const file = resolve('src/opower/schema.graphql')
  const { report, exitCode } = await runSchema({ opower: settings.opower, file, isWriting: values.write })
  console.log(report)
  return exitCode
}

function noUtility(named: string | undefined, utilities: readonly Settings[]): string {
  return `--utility: expected one of ${utilities.map(({ opower }) => opower.utilityCode).join(', ')}; got ${named}`
}

/** In words of an operator; npm run doctor knows more. */
function wordsOf(fault: unknown): string {
  if (fault instanceof GatewayError && fault.reason instanceof Error)
    return `No utility token: ${fault.reason.message}. See npm run doctor.`
  return fault instanceof Error ? fault.message : String(fault)
}

main().then(
  code => (process.exitCode = code),
  (fault: unknown) => {
    console.error(wordsOf(fault))
    process.exitCode = 1
  },
)
