// npm run opower:schema [-- --write]: how Opower's live schema differs from the checked-in one; exit code 1 when it breaks something.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { checkSettings } from '../doctor/check-settings.js'
import { renderReport } from '../doctor/report.js'
import { GatewayError } from '../errors.js'
import { givenEnvironment } from '../doctor/environment.js'
import { runSchema } from '../doctor/schema/run.js'

async function main(): Promise<0 | 1> {
  const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } })
  const { settings, findings } = checkSettings(givenEnvironment())
  if (settings === undefined) {
    console.error(renderReport(findings, []))
    return 1
  }
  const file = resolve('src/opower/schema.graphql')
  const { report, exitCode } = await runSchema({ opower: settings.opower, file, isWriting: values.write })
  console.log(report)
  return exitCode
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
