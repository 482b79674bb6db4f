// Prints the demo population as JSON and nothing else: `npm run --silent population`.
import { population } from './population/population.js'
import { reportOf } from './population/report.js'

// A reader that has seen enough, such as `head`, is no fault.
process.stdout.on('error', () => process.exit(0))
process.stdout.write(`${JSON.stringify(reportOf(population), null, 2)}\n`)
