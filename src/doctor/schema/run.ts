import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { buildSchema } from 'graphql'
import { fetchLiveSchema } from '../live-schema.js'
import { opowerAccess } from '../../opower/access.js'
import type { Settings } from '../../settings.js'
import { createTokenSource } from '../../token/token-source.js'
import { compareSchemas } from './compare.js'
import { renderComparison } from './render.js'
import { printSnapshot, toSnapshot, withDescriptionsOf } from './snapshot.js'

export interface SchemaRunOptions {
  readonly opower: Settings['opower']
  /** The checked-in schema. The files beside it that extend it must still fit. */
  readonly file: string
  readonly isWriting: boolean
}

export interface SchemaRun {
  readonly report: string
  readonly exitCode: 0 | 1
}

/**
 * Compares the live schema with the checked-in one, with a token from the same source as the gateway's.
 *
 * @throws {GatewayError} when there is no token
 */
export async function runSchema({ opower, file, isWriting }: SchemaRunOptions): Promise<SchemaRun> {
  const live = await fetchLiveSchema(opower.graphqlUrl, await tokenFor(opower))
  if ('why' in live) return { report: `No schema from ${opower.graphqlUrl.host}: ${live.why}.`, exitCode: 1 }
  const known = buildSchema(readFileSync(file, 'utf8'))
  const next = withDescriptionsOf(toSnapshot(live), known)
  const comparison = await compareSchemas(known, next, opowerAccess)
  const text = printSnapshot(next)
  const [report, misfit] = [renderComparison(comparison), misfitOf(text, dirname(file))]
  if (misfit !== undefined) return { report: `${report}\n\n${misfit}`, exitCode: 1 }
  if (!isWriting) return { report, exitCode: comparison.changes.some(({ severity }) => severity === 'breaking') ? 1 : 0 }
  if (comparison.changes.length > 0) writeFileSync(file, text)
  return { report: `${report}\n\n${comparison.changes.length > 0 ? `Written to ${file}.` : 'Nothing to write.'}`, exitCode: 0 }
}

async function tokenFor(settings: Settings['opower']): Promise<string> {
  const source = createTokenSource({ settings })
  try {
    return await source.token()
  } finally {
    source.close()
  }
}

/** What the gateway adds is written as extensions of the live schema: what the live one gains itself stands there twice. */
function misfitOf(text: string, folder: string): string | undefined {
  for (const name of ['viewer.graphql', 'edge-fields.graphql']) {
    try {
      buildSchema(`${text}\n${readFileSync(join(folder, name), 'utf8')}`)
    } catch (error) {
      return `It does not fit together with ${name} any more: ${error instanceof Error ? error.message : 'unknown reason'} Nothing is written.`
    }
  }
  return undefined
}
