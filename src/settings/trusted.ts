import { existsSync } from 'node:fs'
import type { DefinitionNode, OperationDefinitionNode, VariableDefinitionNode } from 'graphql'
import { Kind, parse } from 'graphql'
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
  const expected = existsSync(file) ? faultOf(file) : undefined
  if (expected !== undefined) reader.fault(names.documents, expected)
  else if (existsSync(file) && !areRegistered(prefetched, file))
    reader.fault(names.prefetched, `at most ${mostPrefetched} ids of queries in ${file} that need no variables`)
  return { trusted: { file, isOnly, prefetched } }
}

/** Each page load asks about so much at most. */
const mostPrefetched = 10

function areRegistered(ids: readonly string[], file: string): boolean {
  const { byId } = readManifest(file)
  return ids.length <= mostPrefetched && ids.every(id => asksAlone(byId.get(id)))
}

/** Whether a document is one query that can be asked as it is. */
function asksAlone(text: string | undefined): boolean {
  const operations = text === undefined ? [] : parse(text, { noLocation: true }).definitions.filter(isOperation)
  return (
    operations.length === 1 && operations.every(each => each.operation === 'query' && (each.variableDefinitions ?? []).every(isOptional))
  )
}

function isOperation(node: DefinitionNode): node is OperationDefinitionNode {
  return node.kind === Kind.OPERATION_DEFINITION
}

function isOptional({ type, defaultValue }: VariableDefinitionNode): boolean {
  return type.kind !== Kind.NON_NULL_TYPE || defaultValue !== undefined
}

function faultOf(file: string): string | undefined {
  try {
    readManifest(file)
    return undefined
  } catch (fault) {
    return fault instanceof Error ? fault.message.replace(/^expected /, '') : String(fault)
  }
}
