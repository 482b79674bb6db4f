// npm run operations:check [-- --manifest <file>]: how many calls each saved operation may cost; exit code 1 when one costs more than is allowed,
// or is refused by the gateway.
import { parseArgs } from 'node:util'
import { servedAccess } from '../access/served-access.js'
import { buildWholeSchema } from '../access/served-schema.js'
import { customerSchema } from '../plan/customer-schema.js'
import { loadLimits } from '../settings.js'
import { faultsOfCost, judgeOperations, renderJudged } from '../trusted/judge-operations.js'
import { readManifest } from '../trusted/manifest.js'
import { savedIn, savedRooms } from '../trusted/saved-operations.js'

console.info = () => undefined

async function main(): Promise<0 | 1> {
  const { values } = parseArgs({ options: { manifest: { type: 'string' } } })
  const registered = values.manifest === undefined ? [] : [...readManifest(values.manifest).byId]
  const documents = new Map([...savedRooms.flatMap(room => [...savedIn(room)]), ...registered])
  const schema = customerSchema(await buildWholeSchema(), servedAccess)
  const limits = loadLimits()
  const judged = judgeOperations(documents, { schema, access: servedAccess, limits })
  console.log(renderJudged(judged))
  const faults = [...faultsOfCost(judged, limits.operationCalls), ...judged.flatMap(each => ('refused' in each ? [each.refused] : []))]
  if (faults.length > 0) console.error(`\n${faults.join('\n')}`)
  return faults.length > 0 ? 1 : 0
}

main().then(
  code => (process.exitCode = code),
  (fault: unknown) => {
    console.error(fault instanceof Error ? fault.message : fault)
    process.exitCode = 1
  },
)
