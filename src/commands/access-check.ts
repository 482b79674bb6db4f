// npm run access:check: whether the access rules fit the schema, with every fault in a list; exit code 1 when there is one.
import { checkAccess, formatFaults } from '../access/check-access.js'
import { buildWholeSchema } from '../access/served-schema.js'
import { servedAccess } from '../access/served-access.js'

const faults = checkAccess(await buildWholeSchema(), servedAccess)
if (faults.length === 0) {
  console.log('The access rules fit the schema: everything in it is classified.')
} else {
  console.error(`The access rules do not fit the schema:\n${formatFaults(faults)}`)
  process.exitCode = 1
}
