import { createHash, hkdfSync } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** One key of 32 bytes, and the short name by which a sealed value says that it was sealed with it. */
export interface SealKey {
  readonly id: string
  readonly bytes: Buffer
}

/** The first key seals; all of them open, so that a key can be exchanged while values sealed with the old one live on. */
export type SealKeys = readonly [SealKey, ...SealKey[]]

/**
 * Reads a file of keys: one a line, 32 bytes in base64 each.
 *
 * @throws {Error} that names the line, and never its content, when a line is not such a key or there is none
 */
export function loadSealKeys(file: string): SealKeys {
  return readSealKeys(readFileSync(file, 'utf8'))
}

/** The same for the content of such a file. */
export function readSealKeys(text: string): SealKeys {
  const lines = text.split(/\r?\n/).map((line, index) => ({ text: line.trim(), number: index + 1 }))
  const [first, ...others] = lines.filter(line => line.text !== '').map(readKey)
  if (first === undefined) throw new Error('there is no key in it')
  return [first, ...others]
}

/** What is wrong with a file of keys, without a word of it; undefined when all is well, and for a file that cannot be read at all. */
export function faultOfSealKeys(file: string): string | undefined {
  try {
    loadSealKeys(file)
    return undefined
  } catch (error) {
    // A failure to read names the file, and what was given as its name may be the key itself.
    return error instanceof Error && !('code' in error) ? error.message : undefined
  }
}

/** Keys for another purpose, one from each (HKDF, RFC 5869): what is sealed with them says nothing of the values in the store. */
export function deriveKeys(keys: SealKeys, purpose: string): readonly Buffer[] {
  return keys.map(({ bytes }) => Buffer.from(hkdfSync('sha256', bytes, Buffer.alloc(0), purpose, 32)))
}

function readKey({ text, number }: { text: string; number: number }): SealKey {
  const bytes = Buffer.from(text, 'base64')
  const isSame = bytes.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '')
  if (bytes.length !== 32 || !isSame) throw new Error(`line ${number} is not 32 bytes in base64`)
  return { bytes, id: createHash('sha256').update('key-id:').update(bytes).digest('hex').slice(0, 8) }
}
