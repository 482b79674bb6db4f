import type { SecretSource } from '../settings.js'
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

/** The addresses themselves, for whoever connects. */
export function sourceUrls(sources: SourceAddresses): Readonly<Record<string, URL>> {
  return Object.fromEntries(Object.entries(sources).map(([source, address]) => [source, new URL(readSecret(address))]))
}
