import type { SecretSource } from '../settings.js'
import type { EnvironmentReader, Rule } from './environment-reader.js'
import { notLocalIn, secureIn } from './rules.js'
import type { KnownEnvironment } from './rules.js'

/** The watch over the schemas of the utility's own sources. */
export interface DriftSettings {
  /** From one comparison to the next; 0 for none. @default 15 */
  readonly minutes: number
  /** Who is told when a source differs; its address may hold a secret. */
  readonly webhook?: SecretSource
}

/** Reads `DRIFT_CHECK_MINUTES` and `DRIFT_WEBHOOK_URL` (or its file). */
export function readDrift(reader: EnvironmentReader, environment: KnownEnvironment): DriftSettings {
  const minutes = reader.integer('DRIFT_CHECK_MINUTES', { min: 0, max: 1_440, fallback: 15 })
  const isGiven = reader.get('DRIFT_WEBHOOK_URL') !== undefined || reader.get('DRIFT_WEBHOOK_URL_FILE') !== undefined
  if (!isGiven) return { minutes }
  return { minutes, webhook: reader.secret('DRIFT_WEBHOOK_URL', webhookIn(environment)) }
}

function webhookIn(environment: KnownEnvironment): Rule<string> {
  return value => {
    if (!URL.canParse(value)) return 'an https address'
    const url = new URL(value)
    const fault = [secureIn(environment), notLocalIn(environment)].flatMap(rule => rule(url) ?? [])[0]
    return fault ?? (url.username === '' && url.password === '' ? undefined : 'an address without user name or password')
  }
}
