import { randomBytes } from 'node:crypto'
import type { OperationRecord } from '../../src/audit/audit-record.js'
import { createChain } from '../../src/audit/chain.js'
import type { VerifyOptions } from '../../src/audit/verify-chains.js'
import { createAuditVerifier } from '../../src/audit/verify-chains.js'

export const key = randomBytes(32)
export const startedAt = Date.UTC(2026, 5, 1)
/** Long after every cadence. */
export const later = startedAt + 86_400_000

export function recordOf(index: number): OperationRecord {
  return {
    at: new Date(startedAt + index).toISOString(),
    requestId: `request-${index}`,
    subject: { issuer: 'https://id.example', sub: `kunde-${index % 3}é` },
    roles: ['holder'],
    accounts: [`urn:opower:v1:account:nved:uuid:${index}`],
    operation: { hash: 'ab'.repeat(32), name: 'Bills' },
    decision: 'allowed',
    codes: ['OK'],
    upstreamCalls: index % 2,
  }
}

/** The lines of one chain with a checkpoint after every few operations, ended or not. */
export function chainLines(operations: number, { every = 4, end = true } = {}): string[] {
  const chain = createChain(key)
  const at = new Date(startedAt).toISOString()
  const lines = [chain.seal({ kind: 'start', at, version: 1, every: { records: every, ms: 60_000 } })]
  const checkpoint = (kind: 'checkpoint' | 'end') =>
    lines.push(chain.seal({ kind, at, count: chain.count, last: chain.position.mac, lost: 0 }))
  for (let index = 0; index < operations; index += 1) {
    lines.push(chain.sealOperation(recordOf(index)))
    if (chain.count % every === 0) checkpoint('checkpoint')
  }
  if (end) checkpoint('end')
  return lines
}

export function bytesOf(lines: readonly string[]): Buffer {
  return Buffer.from(lines.map(line => `${line}\n`).join(''))
}

/** What is wrong with a log; undefined for a whole one. */
export function verify(log: Buffer, options: Partial<VerifyOptions> = {}) {
  const verifier = createAuditVerifier({ keys: [key], now: later, ...options })
  let start = 0
  while (start < log.length) {
    const end = log.indexOf(0x0a, start)
    verifier.read(log.subarray(start, end < 0 ? log.length : end), end >= 0)
    start = end < 0 ? log.length : end + 1
  }
  return verifier.finish()
}
