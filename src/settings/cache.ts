import type { CacheSettings, CacheSpace } from '../cache/cache-rules.js'
import { readCacheSettings } from '../cache/read-cache-settings.js'
import { servedCacheRules } from '../sources/served-cache-rules.js'
import type { Environment } from './environment-reader.js'
import { EnvironmentReader } from './environment-reader.js'

const names = {
  ttlScale: 'CACHE_TTL_SCALE',
  settlingDays: 'CACHE_SETTLING_DAYS',
  maxBytes: 'CACHE_MAX_BYTES',
  rules: 'CACHE_RULES_FILE',
} as const

/** How long answers are kept, and in how much memory. */
export function readCache(reader: EnvironmentReader): CacheSettings & CacheSpace {
  return readCacheSettings(reader, names, servedCacheRules)
}

/** The same for `npm run access:explain`, which needs no other setting. @throws {SettingsError} with every fault in one message */
export function loadCacheSettings(env: Environment): CacheSettings & CacheSpace {
  const reader = new EnvironmentReader(env)
  const cache = readCache(reader)
  reader.finish()
  return cache
}
