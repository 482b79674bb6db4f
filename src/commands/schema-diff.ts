// npm run schema:diff [-- --since <git ref>]: how the combined schema differs from the checked-in one, or from the one of a commit, and which
// saved operations break; exit code 1 when one does.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { buildSchema } from 'graphql'
import { printCustomersSchema } from '../schema/customers-schema.js'
import type { SavedOperation } from '../schema/who-breaks.js'
import { findWhoBreaks, renderWhoBreaks } from '../schema/who-breaks.js'
import { savedIn, savedRooms } from '../trusted/saved-operations.js'

console.info = () => undefined

async function main(): Promise<0 | 1> {
  const { values } = parseArgs({ options: { since: { type: 'string' } } })
  const before = buildSchema(schemaOf(values.since))
  const found = await findWhoBreaks(before, buildSchema(await printCustomersSchema()), savedRooms.flatMap(savedOperations))
  console.log(renderWhoBreaks(found))
  return found.broken.length > 0 ? 1 : 0
}

function schemaOf(since: string | undefined): string {
  if (since === undefined) return readFileSync('schema.graphql', 'utf8')
  return execFileSync('git', ['show', `${since}:schema.graphql`], { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 })
}

function savedOperations(room: string): readonly SavedOperation[] {
  return [...savedIn(room)].map(([file, text]) => ({ file, text }))
}

main().then(
  code => (process.exitCode = code),
  (fault: unknown) => {
    console.error(fault instanceof Error ? fault.message : fault)
    process.exitCode = 1
  },
)
