import type { Period } from '../plan/interval.js'
import { always } from '../plan/interval.js'
import type { Grant } from './grant.js'

/** The stretch of time that a grant opens. */
export function grantPeriod({ dataFrom, dataUntil }: Grant): Period {
  return { from: dataFrom ?? always.from, until: dataUntil ?? always.until }
}
