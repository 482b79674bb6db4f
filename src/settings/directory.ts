import { readDatabase } from './database.js'
import { faultOfAuthorization } from '../sources/credential.js'
import type { EnvironmentReader } from './environment-reader.js'
import type { KnownEnvironment } from './rules.js'
import { notLocalIn, secureIn } from './rules.js'
import type { Settings } from '../settings.js'

export function readDirectory(reader: EnvironmentReader, environment: KnownEnvironment): Settings['directory'] {
  const kind = reader.get('DIRECTORY')
  if (kind === 'http') return readHttpDirectory(reader, environment)
  if (kind === 'sql') return readDatabase(reader, { url: 'DIRECTORY_DATABASE_URL', query: 'DIRECTORY_QUERY_FILE' }, environment)
  for (const name of ['DIRECTORY_DATABASE_URL', 'DIRECTORY_DATABASE_URL_FILE', 'DIRECTORY_QUERY_FILE'] as const) {
    if (reader.get(name) !== undefined) reader.fault(name, 'nothing where DIRECTORY is not sql')
  }
  if (kind !== 'claims') reader.fault('DIRECTORY', 'one of claims, http, sql')
  else return { kind, claim: reader.text('DIRECTORY_CLAIM', 'the name of the claim that lists the accounts', value => value !== '') }
  return { kind: 'claims', claim: '' }
}

/** Whoever may ask the directory learns everybody's accounts, so outside the demo the gateway proves who asks. */
function readHttpDirectory(reader: EnvironmentReader, environment: KnownEnvironment): Settings['directory'] {
  const url = reader.url('DIRECTORY_URL', [notLocalIn(environment), secureIn(environment)])
  const isGiven = ['DIRECTORY_AUTHORIZATION', 'DIRECTORY_AUTHORIZATION_FILE'].some(name => reader.get(name) !== undefined)
  if (!isGiven && environment === 'simulator') return { kind: 'http', url }
  return { kind: 'http', url, authorization: reader.secret('DIRECTORY_AUTHORIZATION', faultOfAuthorization) }
}
