import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OperationRecord } from '../../src/audit/audit-record.js'
import { verify } from './chain-log.js'

export type AuditLine = OperationRecord & { readonly kind: string; readonly seq: number; readonly chain: string; readonly mac: string }

/** A folder of its own with a key, and what stands in its log. */
export function createAuditFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'substation-audit-'))
  const file = join(folder, 'audit.jsonl')
  const key = randomBytes(32)
  const keyFile = join(folder, 'key')
  writeFileSync(keyFile, `${key.toString('base64')}\n`)
  const text = (path = file): string => readFileSync(path, 'utf8')
  const lines = (path = file): AuditLine[] => {
    const complete = text(path).split('\n').slice(0, -1)
    return complete.map(line => JSON.parse(line) as AuditLine)
  }
  return {
    folder,
    file,
    key,
    keyFile,
    text,
    lines,
    operations: (path = file) => lines(path).filter(({ kind }) => kind === 'operation'),
    verify: (path = file, now = Date.now()) => verify(readFileSync(path), { keys: [key], now }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}
