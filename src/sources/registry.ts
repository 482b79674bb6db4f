import type { SourceAccess } from '../plan/access-rules.js'
import { mergeAccess } from '../access/merge-access.js'
import { opowerAccess } from '../opower/access.js'
import { billingAccess } from './billing/access.js'
import { billingLinks, billingLinkTimes, orderLinks, outageLinks, tariffLinks } from './links/links.js'
import { ordersAccess } from './orders/access.js'
import { outagesAccess } from './outages/access.js'
import { tariffsAccess } from './tariffs/access.js'

/** The utility's own sources by the name they have in `.meshrc.ts`: whose data each serves, and what joins it. */
export const ownSources = {
  Outages: { ...outagesAccess, links: outageLinks },
  Billing: { ...billingAccess, links: billingLinks, time: { ...billingAccess.time, ...billingLinkTimes } },
  Orders: { ...ordersAccess, links: orderLinks },
  Tariffs: { ...tariffsAccess, links: tariffLinks },
} as const satisfies Readonly<Record<string, SourceAccess>>

export type OwnSourceName = keyof typeof ownSources
export const ownSourceNames = Object.keys(ownSources) as readonly OwnSourceName[]

/** The access rules of one gateway: Opower's, and those of the sources that it was given an address of. */
export function accessOf(configured: readonly OwnSourceName[]): SourceAccess {
  return mergeAccess(opowerAccess, ...configured.map(name => ownSources[name]))
}
