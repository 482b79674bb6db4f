import { readFileSync } from 'node:fs'
import type { SecretSource } from '../settings.js'

/** A secret given in the environment. The value is not enumerable, so that no log of the settings shows it. */
export function secretValue(value: string): SecretSource {
  const source = { value }
  return Object.defineProperty(source, 'value', { enumerable: false })
}

/**
 * Reads a secret as it is now; a file is read anew each time, so a rotated secret needs no restart.
 *
 * @throws {Error} with the file's name and the reason, never its content, when it cannot be read or is empty
 */
export function readSecret(source: SecretSource): string {
  if ('value' in source) return source.value
  const secret = contentOf(source.file).trim()
  if (secret === '') throw new Error(`the file ${source.file} is empty`)
  return secret
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    throw new Error(`the file ${file} cannot be read (${reason})`)
  }
}
