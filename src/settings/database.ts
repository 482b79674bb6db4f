import { readFileSync } from 'node:fs'
import type { SecretSource } from '../settings.js'
import { isLoopback } from './addresses.js'
import type { EnvironmentReader, Rule } from './environment-reader.js'
import type { KnownEnvironment } from './rules.js'

/** Where a PostgreSQL server is, out of an address such as `postgres://user:password@host:5432/database`. */
export interface DatabaseAddress {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string
  /** The server proves its name by a certificate; absent only for a database on the developer's own machine. */
  readonly tls?: { readonly rejectUnauthorized: true; readonly ca?: string }
}

/**
 * Reads an address of a database. `sslrootcert` may name a file with the certificates to trust; `sslmode=verify-full` is what is done anyway,
 * and asks for it where it could be left out: on this machine.
 *
 * @throws {Error} from reading the certificates
 */
export function readDatabaseAddress(text: string): DatabaseAddress {
  const url = new URL(text)
  const rootCertificates = url.searchParams.get('sslrootcert')
  const isPlain = isLoopback(url) && url.searchParams.get('sslmode') === null
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || 5432,
    database: decodeURIComponent(url.pathname.slice(1)),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    ...(isPlain ? {} : { tls: { rejectUnauthorized: true, ...certificates(rootCertificates) } }),
  }
}

/** A PostgreSQL server over TLS with a proven name; without TLS only for the demo, on this machine. */
export function databaseIn(environment: KnownEnvironment): Rule<string> {
  return value => {
    const url = URL.canParse(value) ? new URL(value) : undefined
    if (url === undefined || !/^postgres(?:ql)?:$/.test(url.protocol) || url.hostname === '')
      return 'an address such as postgres://user@host/database'
    if (url.username === '' || url.pathname.length < 2) return 'an address with a user and a database'
    const strange = [...url.searchParams].filter(
      ([name, given]) => name !== 'sslrootcert' && !(name === 'sslmode' && given === 'verify-full'),
    )
    if (strange.length > 0) return 'no parameters but sslmode=verify-full and sslrootcert'
    if (environment === 'simulator' || environment === undefined || !isLoopback(url)) return undefined
    return `a database outside this machine where OPOWER_ENVIRONMENT is ${environment}`
  }
}

/** A database as the account directory, asked by the query of a file where one is named. */
export function readDatabase(
  reader: EnvironmentReader,
  names: { readonly [Name in 'url' | 'query']: string },
  environment: KnownEnvironment,
): { readonly kind: 'sql'; readonly url: SecretSource; readonly queryFile?: string } {
  const url = reader.secret(names.url, databaseIn(environment))
  const queryFile = reader.file(names.query)
  const expected = queryFile === undefined ? undefined : faultOfQuery(queryFile)
  if (expected !== undefined) reader.fault(names.query, expected)
  return { kind: 'sql', url, ...(queryFile === undefined ? {} : { queryFile }) }
}

/** What is wrong with the file of a directory's query; undefined when it can be asked. */
function faultOfQuery(file: string): string | undefined {
  const query = readQuery(file)
  const missing = ['$1', '$2', '$3', '$4'].filter(parameter => !query.includes(parameter))
  if (missing.length > 0) return `a query that uses $1 issuer, $2 sub, $3 actor and $4 utility code; it lacks ${missing.join(', ')}`
  return query.includes(';') ? 'one select, without a semicolon' : undefined
}

export function readQuery(file: string): string {
  return readFileSync(file, 'utf8').trim().replace(/;$/, '')
}

function certificates(file: string | null): { readonly ca?: string } {
  return file === null ? {} : { ca: readFileSync(file, 'utf8') }
}
