// npm run doctor: looks at everything that the gateway needs and says what is wrong; exit code 1 on a fault.
import { examine } from '../doctor/examine.js'
import { givenEnvironment } from '../doctor/environment.js'

const { report, hasFault } = await examine(givenEnvironment())
console.log(report)
process.exitCode = hasFault ? 1 : 0
