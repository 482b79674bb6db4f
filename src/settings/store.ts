import type { EnvironmentReader } from './environment-reader.js'
import type { KnownEnvironment } from './rules.js'
import { redisIn } from './rules.js'
import { faultOfSealKeys } from '../store/seal-keys.js'
import type { Settings } from '../settings.js'

/** Sessions and job links lie in Redis: outside the demo nobody else may read them there, nor on the way. */
export function readStore(reader: EnvironmentReader, environment: KnownEnvironment): Settings['store'] {
  const keyFile = reader.file('CACHE_ENCRYPTION_KEY_FILE')
  const expectedKeys = keyFile === undefined ? undefined : faultOfSealKeys(keyFile)
  if (expectedKeys !== undefined) reader.fault('CACHE_ENCRYPTION_KEY_FILE', 'one key of 32 bytes in base64 on each line', expectedKeys)
  const isGiven = reader.get('REDIS_URL') !== undefined || reader.get('REDIS_URL_FILE') !== undefined
  if (!isGiven) return { kind: 'memory' }
  const url = reader.secret('REDIS_URL', redisIn(environment))
  if (keyFile === undefined && environment !== 'simulator') {
    reader.fault('CACHE_ENCRYPTION_KEY_FILE', 'a file of keys, since REDIS_URL is given: values in Redis are encrypted')
  }
  return { kind: 'redis', url, ...(keyFile === undefined ? {} : { keyFile }) }
}
