import { readFileSync } from 'node:fs'
import { MapperKind, mapSchema } from '@graphql-tools/utils'
import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql'
import { buildSchema } from 'graphql'
import type { BillingDatabase } from './database.js'
import { heardBy } from './heard-database.js'
import { readLedgers } from './ledgers.js'
import { createLedgerLoaders, ledgerView } from './ledger-view.js'
import type { BillingContext } from './own-accounts.js'

/**
 * The executable schema of billing. A field finds the accounts of its request on the context (`BillingContext`) and
 * reads in transactions that see nothing else; without them, and for accounts that are not among them, it answers
 * nothing and the database is not asked.
 */
export function createBillingSchema(database: BillingDatabase): GraphQLSchema {
  const billingLedgers: GraphQLFieldResolver<unknown, Partial<BillingContext>, { accountUrns?: readonly string[] | null }> = async (
    _root,
    { accountUrns },
    context,
  ) => {
    const own = (await context.ownAccounts?.()) ?? []
    const accounts = accountUrns == null ? own : own.filter(({ urn }) => accountUrns.includes(urn))
    const heard = context.onBillingCall === undefined ? database : heardBy(database, context.onBillingCall)
    const loaders = createLedgerLoaders(heard, accounts)
    return (await readLedgers(heard, accounts)).map(ledger => ledgerView(ledger, loaders))
  }
  return mapSchema(buildSchema(sdl), {
    [MapperKind.QUERY_ROOT_FIELD]: field => ({ ...field, resolve: billingLedgers }),
  })
}

const sdl = readFileSync(new URL('./schema.graphql', import.meta.url), 'utf8')
