import { accessSync, constants, existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { readAuditKeys } from '../audit/audit-keys.js'
import type { EnvironmentReader } from './environment-reader.js'

/** Where the records of operations go. */
export type AuditSettings =
  | { readonly kind: 'file'; readonly file: string; readonly keyFile: string }
  /** To the ordinary log stream, unsealed and without names; with a key, digests stay the same from one start to the next. */
  | { readonly kind: 'log'; readonly keyFile?: string }
  | { readonly kind: 'off' }

/** A file where one is named, else the ordinary log stream; `off` has to be said. A file without a key would prove nothing. */
export function readAudit(reader: EnvironmentReader, names: { readonly [Name in 'audit' | 'file' | 'keyFile']: string }): AuditSettings {
  const [file, keyFile] = [reader.get(names.file), reader.file(names.keyFile)]
  const kind = reader.oneOf(names.audit, ['file', 'log', 'off'], file === undefined ? 'log' : 'file')
  if (kind === undefined) return { kind: 'off' }
  if (kind !== 'file' && file !== undefined) reader.fault(names.file, `nothing where ${names.audit} is ${kind}`)
  if (keyFile !== undefined) assertKeys(reader, names.keyFile, keyFile)
  if (kind === 'off') return { kind }
  if (kind === 'log') return { kind, ...(keyFile === undefined ? {} : { keyFile }) }
  if (file === undefined) reader.fault(names.file, 'the name of the file that audit records are written to')
  else if (!isWritable(file)) reader.fault(names.file, 'a file in an existing folder that may be written')
  if (reader.get(names.keyFile) === undefined) reader.fault(names.keyFile, 'the name of a file with a key of 32 bytes in base64')
  return { kind, file: file ?? '', keyFile: keyFile ?? '' }
}

function assertKeys(reader: EnvironmentReader, name: string, file: string): void {
  try {
    readAuditKeys(file)
  } catch {
    reader.fault(name, 'a file that holds keys of 32 bytes or more in base64, one a line')
  }
}

function isWritable(file: string): boolean {
  try {
    accessSync(existsSync(file) ? file : dirname(file), constants.W_OK)
    return true
  } catch {
    return false
  }
}
