import type { Utility } from './types.js'

/** The first utility: its credential is the one printed in Oracle's guide. */
export const nved: Utility = { code: 'nved', name: 'Northvale Edison', billIntervals: 'utc' }

/** The second utility under the same vendor, with a credential of its own. */
export const rvgl: Utility = { code: 'rvgl', name: 'Ravenglass Gas and Light', billIntervals: 'inclusive' }

export const utilities: readonly Utility[] = [nved, rvgl]
