import { population } from '../population/population.js'
import type { Account } from '../population/types.js'
import { nved } from '../population/utilities.js'

/** The accounts that the utility's own systems know: those of one utility, for no utility runs another one's systems. */
export const served: readonly Account[] = population.accounts.filter(({ utility }) => utility.code === nved.code)

/** ISO 8601 in UTC to the second. */
export function isoOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z')
}
