import { opowerAccess } from '../opower/access.js'
import type { SourceAccess } from '../plan/access-rules.js'
import { mergeAccess } from './merge-access.js'

/** The access rules of everything that is served: one line for each source. */
export const servedAccess: SourceAccess = mergeAccess(opowerAccess)
