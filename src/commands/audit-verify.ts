import { parseArgs } from 'node:util'
import { readAuditKeys } from '../audit/audit-keys.js'
import type { ChainPosition } from '../audit/audit-record.js'
import { readLines } from '../audit/read-lines.js'
import type { ChainSummary, VerifyOptions } from '../audit/verify-chains.js'
import { createAuditVerifier } from '../audit/verify-chains.js'
import { auditKeyFile } from '../settings.js'

const usage = `npm run audit:verify -- <file> [<file> ...] [--keys <file>] [--killed <chain>] [--anchor <chain>:<record>:<mac>]

Verifies the audit log in the files, oldest first: exit 0 when every line is sealed and in its place, 1 with the first line that is not, 2 when
nothing could be verified. --keys defaults to AUDIT_KEY_FILE. --killed confirms that the process of a chain without an end was killed;
--anchor names a record that was noted elsewhere, as the ordinary log does at each checkpoint. Both may be given several times.`

/** The command: `npm run audit:verify`. */
async function main(): Promise<void> {
  const { files, options } = readArguments()
  const verifier = createAuditVerifier(options)
  for (const file of files) {
    let number = 0
    for await (const { line, isTerminated } of readLines(file)) {
      number += 1
      const fault = verifier.read(line, isTerminated)
      if (fault !== undefined) return fail(`${file}, line ${number}: ${fault.reason}`)
    }
  }
  const { fault, chains } = verifier.finish()
  for (const chain of chains) console.log(describe(chain))
  if (fault !== undefined) return fail(fault.line === undefined ? fault.reason : `line ${fault.line}: ${fault.reason}`)
  console.log('The log is whole.')
}

function readArguments(): { readonly files: readonly string[]; readonly options: VerifyOptions } {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      keys: { type: 'string' },
      killed: { type: 'string', multiple: true, default: [] },
      anchor: { type: 'string', multiple: true, default: [] },
    },
  })
  const keyFile = values.keys ?? auditKeyFile()
  if (positionals.length === 0 || keyFile === undefined) throw new TypeError(usage)
  const options = { keys: readAuditKeys(keyFile), now: Date.now(), killed: new Set(values.killed), anchors: values.anchor.map(readAnchor) }
  return { files: positionals, options }
}

function readAnchor(text: string): ChainPosition {
  const [, chain, seq, mac] = /^([0-9a-f]{24}):(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? []
  if (chain === undefined || mac === undefined) throw new TypeError(`--anchor must be <chain>:<record>:<mac>, but got: ${text}`)
  return { chain, seq: Number(seq), mac }
}

function describe({ chain, state, operations, from, until, lost }: ChainSummary): string {
  const missed = lost === 0 ? '' : `, ${lost} refused sign-ins without a record`
  return `chain ${chain}: ${operations} operations from ${from} to ${until}, ${state}${missed}`
}

function fail(message: string): void {
  console.error(message)
  process.exitCode = 1
}

main().catch((fault: unknown) => {
  console.error(fault instanceof Error ? fault.message : String(fault))
  process.exitCode = 2
})
