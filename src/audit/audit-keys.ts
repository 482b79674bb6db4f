import { readFileSync } from 'node:fs'

/**
 * The keys of the audit log out of a file: one a line, 32 bytes or more in base64. The first one seals; all of them verify, so that a
 * key can be replaced while older logs stay verifiable.
 *
 * @throws TypeError that names the file and never shows its content
 */
export function readAuditKeys(file: string): readonly [Buffer, ...Buffer[]] {
  const [first, ...others] = linesOf(file).map(line => readKey(line, file))
  if (first === undefined) throw new TypeError(`the file ${file} holds no key`)
  return [first, ...others]
}

function linesOf(file: string): readonly string[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.map(line => line.trim()).filter(line => line !== '')
}

function readKey(line: string, file: string): Buffer {
  const key = Buffer.from(line, 'base64')
  const isExact = key.toString('base64').replace(/=+$/, '') === line.replace(/=+$/, '')
  if (!isExact || key.length < 32) throw new TypeError(`the file ${file} must hold keys of 32 bytes or more in base64, one a line`)
  return key
}
