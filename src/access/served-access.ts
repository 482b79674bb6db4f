import type { SourceAccess } from '../plan/access-rules.js'
import { accessOf, ownSourceNames } from '../sources/registry.js'

/** The access rules of everything that can be served: Opower and every source of the utility's own. */
export const servedAccess: SourceAccess = accessOf(ownSourceNames)
