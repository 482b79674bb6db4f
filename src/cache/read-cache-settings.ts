import type { EnvironmentReader } from '../settings/environment-reader.js'
import type { CacheSettings, CacheSpace } from './cache-rules.js'
import { defaultCacheSettings } from './cache-rules.js'

/** Reads what an operator may change of the cache's times; a wrong value is a fault of the start. */
export function readCacheSettings(
  reader: Pick<EnvironmentReader, 'get' | 'fault' | 'integer'>,
  names: { readonly [Name in keyof (CacheSettings & CacheSpace)]: string },
): CacheSettings & CacheSpace {
  const text = reader.get(names.ttlScale)
  const isFactor = text === undefined || (/^\d{1,2}(?:\.\d{1,4})?$/.test(text) && Number(text) <= 10)
  if (!isFactor) reader.fault(names.ttlScale, 'a factor from 0 to 10, such as 0.5')
  return {
    ttlScale: isFactor && text !== undefined ? Number(text) : defaultCacheSettings.ttlScale,
    settlingDays: reader.integer(names.settlingDays, { min: 0, max: 60, fallback: defaultCacheSettings.settlingDays }),
    maxBytes: reader.integer(names.maxBytes, { min: 1_048_576, max: 68_719_476_736, fallback: 67_108_864 }),
  }
}
