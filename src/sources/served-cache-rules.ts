import type { CacheRules } from '../cache/cache-rules.js'
import { opowerCacheRules } from '../opower/cache-rules.js'
import { sourceCacheRules } from './cache-rules.js'

/** The rules of all sources, before an operator changed any time. */
export const servedCacheRules: CacheRules = { ...opowerCacheRules, ...sourceCacheRules }
