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

/** Where answers and windows lie: in this process, and with other workers in their supervisor, or where the replicas' store seals what it is given. */
export function createKeptEntries(settings: Settings, store: Store, log: Log): EntryStore {
  const { maxBytes } = settings.cache
  const onLost = (): void => log.warn('the shared store does not give answers: this process keeps its own for the moment')
  const shared = () => createSharedEntries({ store, generation: generationOf(settings), onLost })
  if (settings.store.kind === 'memory') return createEntryStore({ maxBytes, ...(store.isShared ? { shared: shared() } : {}) })
  if (settings.store.keyFile === undefined) {
    log.warn('without CACHE_ENCRYPTION_KEY_FILE answers are not shared between replicas: each keeps its own')
    return createEntryStore({ maxBytes })
  }
  return createEntryStore({ maxBytes, shared: shared() })
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
