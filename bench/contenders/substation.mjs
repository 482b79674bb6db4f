// Substation as it is served, but for the quota: the cap is the upstream's, so here it is set where it counts every call and stops none.
import { startGateway } from '../../dist/src/server/gateway.js'
import { createLog } from '../../dist/src/server/log.js'
import { loadSettings } from '../../dist/src/settings.js'

const settings = loadSettings()
const many = 100_000_000
const quota = { ...settings.quota, perSecond: 10_000, perDay: many, customerPerMinute: many, queuePerCustomer: 1_000 }
const gateway = await startGateway({ ...settings, quota }, { log: createLog(settings.logLevel) })
process.once('SIGTERM', () => void gateway.close().then(() => process.exit(0)))
