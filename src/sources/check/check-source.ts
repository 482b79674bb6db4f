import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GraphQLSchema, IntrospectionQuery } from 'graphql'
import { buildClientSchema, buildSchema, getIntrospectionQuery } from 'graphql'
import { Client } from 'pg'
import { compareSchemas } from '../../doctor/schema/compare.js'
import { toSnapshot } from '../../doctor/schema/snapshot.js'
import { readMembers } from '../../opower/read-members.js'
import { systemCodeOf } from '../../opower/upstream-errors.js'
import { findUnclassified } from '../../plan/customer-schema.js'
import type { SourceAccess } from '../../plan/access-rules.js'
import { readDatabaseAddress } from '../../settings/database.js'
import type { Column } from '../kinds/sql-tables.js'
import { columnsQuery, readColumns } from '../kinds/sql-tables.js'
import type { Change } from './change.js'
import { compareColumns } from './compare-columns.js'
import { compareOpenapi } from './compare-openapi.js'
import { compareWsdl } from './compare-wsdl.js'

export interface CheckedSource {
  readonly source: string
  readonly changes: readonly Change[]
  /** Why nothing could be compared; undefined when it was. */
  readonly why: string | undefined
}

export interface SourceToCheck {
  readonly source: string
  readonly access: SourceAccess
  readonly address: URL
  /** The value of `authorization`, where the system wants one: read for each check, so that a changed file holds at once. */
  readonly authorization?: () => string
  /** The folder of all sources. */
  readonly folder: string
}

const timeoutMs = 10_000

/** Compares the snapshot of one source with what its system tells now. Nothing of what it answers is in a reason. */
export async function checkSource(input: SourceToCheck): Promise<CheckedSource> {
  const { source } = input
  try {
    return { source, changes: await compare(input), why: undefined }
  } catch (error) {
    return { source, changes: [], why: error instanceof CheckFault ? error.message : `no answer (${systemCodeOf(error)})` }
  }
}

class CheckFault extends Error {}

async function compare(input: SourceToCheck): Promise<readonly Change[]> {
  const own = join(input.folder, folderOf(input.source))
  const snapshot = (file: string): string => readFileSync(join(own, file), 'utf8')
  const [wsdl] = ['service.wsdl', `${folderOf(input.source)}.wsdl`].filter(file => existsSync(join(own, file)))
  if (existsSync(join(own, 'openapi.json')))
    return compareOpenapi(readDocument(snapshot('openapi.json')), readDocument(await ask(input, below(input.address, 'openapi.json'))))
  if (wsdl !== undefined) return compareWsdl(snapshot(wsdl), readWsdl(await ask(input, new URL('?wsdl', input.address))))
  if (existsSync(join(own, 'columns.json'))) return compareColumns(readColumns(snapshot('columns.json')), await columnsOf(input.address))
  return compareGraphql(buildSchema(snapshot('schema.graphql')), toSnapshot(await introspect(input)), input.access)
}

/** `PetStore` lies in `pet-store`. */
function folderOf(source: string): string {
  return source.replace(/(?<=[a-z0-9])[A-Z]/g, letter => `-${letter}`).toLowerCase()
}

function below(base: URL, name: string): URL {
  return new URL(name, base.href.endsWith('/') ? base : `${base.href}/`)
}

/** A credential goes to the source's own address, and never across a redirect. */
async function ask(input: SourceToCheck, url: URL, body?: string): Promise<string> {
  const authorization = credentialOf(input)
  const response = await fetch(url, {
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
    headers: {
      accept: 'application/json, text/xml',
      'content-type': 'application/json',
      ...(authorization === undefined ? {} : { authorization }),
    },
    ...(body === undefined ? {} : { method: 'POST', body }),
  })
  if (response.status !== 200)
    throw new CheckFault(`it does not tell its interface: ${url.pathname}${url.search} answers ${response.status}`)
  return textWithin(response)
}

const mostBytes = 16 * 1024 * 1024

/** A system that tells without end would fill the memory of the gateway. */
async function textWithin(response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.byteLength
    if (bytes > mostBytes) throw new CheckFault('it tells more than can be read')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function credentialOf({ authorization }: SourceToCheck): string | undefined {
  try {
    return authorization?.()
  } catch {
    throw new CheckFault('its credential cannot be read')
  }
}

function readDocument(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new CheckFault('it does not tell its interface: what came is no JSON')
  }
}

/** The library would follow what a page or another document refers to. */
function readWsdl(text: string): string {
  if (!/<(?:\w+:)?definitions\b/.test(text)) throw new CheckFault('it does not tell its interface: what came is no WSDL')
  return text
}

async function introspect(input: SourceToCheck): Promise<GraphQLSchema> {
  const { data } = readMembers(readDocument(await ask(input, input.address, JSON.stringify({ query: getIntrospectionQuery() }))))
  if (data === undefined || data === null) throw new CheckFault('introspection is refused')
  return buildClientSchema(readIntrospection(data))
}

function readIntrospection(data: unknown): IntrospectionQuery {
  return data as IntrospectionQuery
}

async function compareGraphql(known: GraphQLSchema, live: GraphQLSchema, access: SourceAccess): Promise<readonly Change[]> {
  const { changes, unruled } = await compareSchemas(known, live, access)
  // Rules are written in the names of the combined schema: behind a prefix, what the snapshot has is ruled under other ones.
  const before = new Set(findUnclassified(known, access).map(({ coordinate, what }) => `${coordinate} (${what})`))
  return [
    ...changes.map(({ severity, message }) => ({ severity, message })),
    ...unruled.filter(each => !before.has(each)).map(message => ({ severity: 'unclassified' as const, message })),
  ]
}

async function columnsOf(address: URL): Promise<readonly Column[]> {
  const { tls, ...place } = readDatabaseAddress(address.href)
  const client = new Client({ ...place, ssl: tls ?? false, connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs })
  await client.connect()
  try {
    return (await client.query<Column>(columnsQuery)).rows
  } finally {
    await client.end()
  }
}
