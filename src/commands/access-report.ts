// npm run --silent access:report: who may see what, as Markdown; docs/access-report.md is this text.
import { reportAccess } from '../access/report-access.js'
import { buildWholeSchema } from '../access/served-schema.js'
import { servedAccess } from '../access/served-access.js'

process.stdout.write(reportAccess(await buildWholeSchema(), servedAccess))
