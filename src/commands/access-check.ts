// npm run access:check: whether the access rules fit the schema, with every fault in a list; exit code 1 when there is one.
import { checkAccess, formatFaults } from '../access/check-access.js'
import { buildWholeSchema } from '../access/served-schema.js'
import { opowerAccess } from '../opower/access.js'

const faults = checkAccess(await buildWholeSchema(), opowerAccess)
if (faults.length === 0) {
  console.log(`The access rules of ${opowerAccess.source} fit its schema: everything in it is classified.`)
} else {
  console.error(`The access rules of ${opowerAccess.source} do not fit its schema:\n${formatFaults(faults)}`)
  process.exitCode = 1
}
