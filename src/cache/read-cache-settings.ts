import type { EnvironmentReader } from '../settings/environment-reader.js'
import type { CacheRules, CacheSettings, CacheSpace } from './cache-rules.js'
import { defaultCacheSettings } from './cache-rules.js'
import { overrideRules } from './override-rules.js'

/** Reads what an operator may change of the cache's times; a wrong value is a fault of the start. */
export function readCacheSettings(
  reader: Pick<EnvironmentReader, 'get' | 'fault' | 'integer' | 'file'>,
  names: { readonly [Name in keyof (CacheSettings & CacheSpace)]: string },
  rules: CacheRules,
): CacheSettings & CacheSpace {
  const text = reader.get(names.ttlScale)
  const isFactor = text === undefined || (/^\d{1,2}(?:\.\d{1,4})?$/.test(text) && Number(text) <= 10)
  if (!isFactor) reader.fault(names.ttlScale, 'a factor from 0 to 10, such as 0.5')
  return {
    ttlScale: isFactor && text !== undefined ? Number(text) : defaultCacheSettings.ttlScale,
    settlingDays: reader.integer(names.settlingDays, { min: 0, max: 60, fallback: defaultCacheSettings.settlingDays }),
    maxBytes: reader.integer(names.maxBytes, { min: 1_048_576, max: 68_719_476_736, fallback: 67_108_864 }),
    rules: readRules(reader, names.rules, rules),
  }
}

function readRules(reader: Pick<EnvironmentReader, 'fault' | 'file'>, name: string, rules: CacheRules): CacheRules {
  const file = reader.file(name)
  if (file === undefined) return rules
  try {
    return overrideRules(rules, file)
  } catch (error) {
    reader.fault(
      name,
      'a JSON file of { "<Type.field>": { "seconds", "settledSeconds", "staleWhileRevalidate", "staleIfError" } }',
      String(Object(error).message),
    )
    return rules
  }
}
