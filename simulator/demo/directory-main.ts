import { population } from '../population/population.js'
import { startDemoDirectory } from './directory-service.js'
import { originOf, readPlaces } from './places.js'

const { directory, issuer } = readPlaces(process.env)
await startDemoDirectory({
  host: directory.host,
  port: directory.port,
  issuer: process.env['SESSION_ISSUER'] ?? originOf(issuer),
  population,
})
