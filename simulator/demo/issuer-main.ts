import { population } from '../population/population.js'
import { startDemoIssuer } from './issuer.js'
import { originOf, readPlaces } from './places.js'

const { issuer } = readPlaces(process.env)
await startDemoIssuer({
  host: issuer.host,
  port: issuer.port,
  issuer: process.env['SESSION_ISSUER'] ?? originOf(issuer),
  audience: process.env['SESSION_AUDIENCE'] ?? 'substation',
  claim: process.env['DIRECTORY_CLAIM'] ?? 'accounts',
  // A file of several utilities names no issuer of its own for each: they have this one in common.
  isCommon: (process.env['SUBSTATION_CONFIG'] ?? '') !== '',
  population,
})
