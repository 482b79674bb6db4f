import { existsSync } from 'node:fs'
import type { VariableDefinitionNode } from 'graphql'
import { getOperationAST, Kind, parse } from 'graphql'
import type { TrustedDocuments } from '../trusted/manifest.js'
import { readManifest } from '../trusted/manifest.js'
import type { EnvironmentReader } from './environment-reader.js'

/** Documents that are registered before they are asked. */
export interface TrustedSettings {
  /** A JSON object of ids and documents. */
  readonly file: string
  /** Whether nothing else is served. @default false */
  readonly isOnly: boolean
  /** Ids of those that are asked ahead of need for whoever signs in. @default none */
  readonly prefetched: readonly string[]
}

/** Reads the settings of these names. */
export function readTrusted(
  reader: EnvironmentReader,
  names: { readonly documents: string; readonly only: string; readonly prefetched: string },
): { readonly trusted?: TrustedSettings } {
  const file = reader.file(names.documents)
  const prefetched = reader.list(names.prefetched)
  const isOnly = reader.oneOf(names.only, ['true', 'false'], 'false') === 'true'
  if (file === undefined) {
    if (isOnly) reader.fault(names.only, `false, or ${names.documents} beside it`)
    if (prefetched.length > 0) reader.fault(names.prefetched, `nothing, or ${names.documents} beside it`)
    return {}
  }
  const manifest = existsSync(file) ? manifestOf(file) : undefined
  if (typeof manifest === 'string') reader.fault(names.documents, manifest)
  else if (manifest !== undefined && !mayBeAsked(prefetched, manifest))
    reader.fault(names.prefetched, `at most ${mostPrefetched} ids of queries in ${file} that need no variables`)
  return { trusted: { file, isOnly, prefetched } }
}

/** Each page load asks about so much at most. */
const mostPrefetched = 10

function mayBeAsked(ids: readonly string[], { byId }: TrustedDocuments): boolean {
  return ids.length <= mostPrefetched && ids.every(id => asksAlone(byId.get(id)))
}

/** Whether a document is one query that can be asked as it is. */
function asksAlone(text: string | undefined): boolean {
  const operation = text === undefined ? undefined : getOperationAST(parse(text, { noLocation: true }))
  return operation?.operation === 'query' && (operation.variableDefinitions ?? []).every(isOptional)
}

function isOptional({ type, defaultValue }: VariableDefinitionNode): boolean {
  return type.kind !== Kind.NON_NULL_TYPE || defaultValue !== undefined
}

/** What is registered in a file, or what was expected of it. */
function manifestOf(file: string): TrustedDocuments | string {
  try {
    return readManifest(file)
  } catch (fault) {
    return fault instanceof Error ? fault.message.replace(/^expected /, '') : String(fault)
  }
}
