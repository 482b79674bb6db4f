import type { Environment } from '../settings/environment-reader.js'

/**
 * The environment of a command, as a whole: a command for people may look at the demo where the gateway would refuse to
 * start, so it needs to know what is not set. What the names mean is for `settings.ts` alone.
 */
export function givenEnvironment(): Environment {
  // eslint-disable-next-line no-restricted-properties
  return process.env
}
