// npm run --silent access:report: who may see what, as Markdown; docs/access-report.md is this text.
import { reportAccess } from '../access/report-access.js'
import { buildWholeSchema } from '../access/served-schema.js'
import { servedAccess } from '../access/served-access.js'

// What libraries have to say while the schema is built does not belong to the text.
console.info = console.error

process.stdout.write(reportAccess(await buildWholeSchema(), servedAccess))
