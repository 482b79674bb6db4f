import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { digest } from '../accounts/scope.js'
import type { EntryStore } from '../cache/entry-store.js'
import { createEntryStore } from '../cache/entry-store.js'
import { createSharedEntries } from '../cache/shared-entries.js'
import type { Settings } from '../settings.js'
import type { Store } from '../store/store.js'
import type { Log } from './log.js'

/** Where answers and windows lie: in this process, and where the replicas' store seals what it is given, there as well. */
export function createKeptEntries(settings: Settings, store: Store, log: Log): EntryStore {
  const { maxBytes } = settings.cache
  if (settings.store.kind === 'memory') return createEntryStore({ maxBytes })
  if (settings.store.keyFile === undefined) {
    log.warn('without CACHE_ENCRYPTION_KEY_FILE answers are not shared between replicas: each keeps its own')
    return createEntryStore({ maxBytes })
  }
  const onLost = (): void => log.warn('the shared store does not give answers: this process keeps its own for the moment')
  return createEntryStore({ maxBytes, shared: createSharedEntries({ store, generation: generationOf(settings), onLost }) })
}

/** What was made by other code, or under other settings that decide what is in an answer, is nobody's answer here. */
function generationOf({ environment, opower, sources, minNeighbors, limits }: Settings): string {
  const upstream = [environment, opower.utilityCode, opower.graphqlUrl.href, opower.account === undefined ? 'utility' : 'account']
  return digest([digestOfCode(), JSON.stringify(sources), String(minNeighbors), String(limits.pageSize), ...upstream])
}

let codeDigest: string | undefined

/** Of every file of this build that runs. */
function digestOfCode(): string {
  codeDigest ??= ['src', 'plugins'].reduce((hash, room) => digestFolder(hash, room), createHash('sha256')).digest('hex')
  return codeDigest
}

const root = fileURLToPath(new URL('../..', import.meta.url))

function digestFolder(hash: ReturnType<typeof createHash>, room: string): ReturnType<typeof createHash> {
  const files = readdirSync(join(root, room), { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  const paths = files.map(({ parentPath, name }) => join(parentPath, name)).sort()
  for (const path of paths) hash.update(`${path.slice(root.length)}\n`).update(readFileSync(path))
  return hash
}
