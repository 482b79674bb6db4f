import type { SecretSource } from '../settings.js'
import { faultOfAuthorization } from '../sources/credential.js'
import type { OwnSourceName } from '../sources/registry.js'
import type { EnvironmentReader, Rule } from './environment-reader.js'
import { databaseIn } from './database.js'
import type { KnownEnvironment } from './rules.js'
import { readSecret } from './secrets.js'

/** Where the utility's own sources are; one without an address is not served. */
export type SourceAddresses = Readonly<Partial<Record<OwnSourceName, SecretSource>>>

/** Reads `OUTAGES_URL`, `ORDERS_URL`, `TARIFFS_URL` and `BILLING_URL` (or its file: the address holds a password). */
export function readSources(reader: EnvironmentReader, rules: readonly Rule<URL>[], environment: KnownEnvironment): SourceAddresses {
  const overHttp = { Outages: 'OUTAGES_URL', Orders: 'ORDERS_URL', Tariffs: 'TARIFFS_URL' } as const
  const found = Object.entries(overHttp).flatMap(([source, name]) =>
    reader.get(name) === undefined ? [] : [[source, { value: reader.url(name, rules).href }] as const],
  )
  const isBillingGiven = reader.get('BILLING_URL') !== undefined || reader.get('BILLING_URL_FILE') !== undefined
  return {
    ...Object.fromEntries(found),
    ...(isBillingGiven ? { Billing: reader.secret('BILLING_URL', databaseIn(environment)) } : {}),
  }
}

/** What proves to a source that the gateway calls: files with the value of an `authorization` header. */
export type SourceCredentials = Readonly<Partial<Record<OwnSourceName, { readonly file: string }>>>

/** Reads `OUTAGES_AUTHORIZATION_FILE`, `ORDERS_AUTHORIZATION_FILE` and `TARIFFS_AUTHORIZATION_FILE`; billing's login is in its address. */
export function readSourceCredentials(reader: EnvironmentReader): SourceCredentials {
  const names = {
    Outages: ['OUTAGES_URL', 'OUTAGES_AUTHORIZATION_FILE'],
    Orders: ['ORDERS_URL', 'ORDERS_AUTHORIZATION_FILE'],
    Tariffs: ['TARIFFS_URL', 'TARIFFS_AUTHORIZATION_FILE'],
  } as const
  const found = Object.entries(names).flatMap(([source, [url, name]]) => {
    const file = reader.file(name)
    if (file === undefined) return []
    const expected = reader.get(url) === undefined ? `nothing without ${url}` : faultOfFile(file)
    if (expected !== undefined) reader.fault(name, expected, 'a value that is not shown')
    return [[source, { file }] as const]
  })
  return Object.fromEntries(found)
}

/** A file that cannot be read is told by whoever reads it first. */
function faultOfFile(file: string): string | undefined {
  try {
    return faultOfAuthorization(readSecret({ file }))
  } catch {
    return undefined
  }
}

/** The addresses themselves, for whoever connects. */
export function sourceUrls(sources: SourceAddresses): Readonly<Record<string, URL>> {
  return Object.fromEntries(Object.entries(sources).map(([source, address]) => [source, new URL(readSecret(address))]))
}
