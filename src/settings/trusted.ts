import { existsSync } from 'node:fs'
import { readManifest } from '../trusted/manifest.js'
import type { EnvironmentReader } from './environment-reader.js'

/** Documents that are registered before they are asked. */
export interface TrustedSettings {
  /** A JSON object of ids and documents. */
  readonly file: string
  /** Whether nothing else is served. @default false */
  readonly isOnly: boolean
}

/** Reads the settings of these names. */
export function readTrusted(
  reader: EnvironmentReader,
  names: { readonly documents: string; readonly only: string },
): { readonly trusted?: TrustedSettings } {
  const file = reader.file(names.documents)
  const isOnly = reader.oneOf(names.only, ['true', 'false'], 'false') === 'true'
  if (file === undefined) {
    if (isOnly) reader.fault(names.only, `false, or ${names.documents} beside it`)
    return {}
  }
  const expected = existsSync(file) ? faultOf(file) : undefined
  if (expected !== undefined) reader.fault(names.documents, expected)
  return { trusted: { file, isOnly } }
}

function faultOf(file: string): string | undefined {
  try {
    readManifest(file)
    return undefined
  } catch (fault) {
    return fault instanceof Error ? fault.message.replace(/^expected /, '') : String(fault)
  }
}
