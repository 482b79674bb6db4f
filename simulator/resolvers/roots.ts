import type { Account } from '../population/types.js'
import { exportJobView, startExport } from './exports.js'
import type { ExportInput } from './exports.js'
import { accountView } from './accounts.js'
import { strangerAt, undisturbed } from './ask.js'
import type { Ask } from './ask.js'
import { page } from './connection.js'
import type { PageArgs } from './connection.js'

interface AccountsArgs extends PageArgs {
  readonly byURNs?: readonly string[] | null
}

interface AccountArgs {
  readonly selectedAccount?: string | null
  readonly singlePremise?: string | null
}

interface AccountEdge {
  readonly cursor: string
  readonly account: Account
  readonly node: object
}

/** The roots of the schema, queries and mutation together. `forceLegacyData` is accepted and changes nothing here. */
export function rootView(ask: Ask): object {
  return {
    billingAccountsConnection: (args: AccountsArgs) => (ask.nullRoot ? null : accountsConnection(args, ask)),
    billingAccountByAuthContext: (args: AccountArgs) => (ask.nullRoot ? null : accountByContext(args, ask)),
    exportJob: ({ jobUuid }: { readonly jobUuid: string }) => exportJobView(jobUuid, ask),
    generateUsageExportFile: ({ usageExportFileConfigurationInput }: { readonly usageExportFileConfigurationInput?: ExportInput | null }) =>
      startExport(usageExportFileConfigurationInput ?? {}, ask),
  }
}

/** Nobody is refused: an unknown URN is dropped, and no filter, an empty one too, means everyone the token reaches. */
function accountsConnection(args: AccountsArgs, ask: Ask): object {
  const urns = args.byURNs ?? []
  const filters = urns.length > 0 || (args.byURNs != null && ask.faults.emptyUrns === 'nobody')
  const set = {
    kind: 'accounts',
    owner: ask.utilityCode,
    all: ask.accounts,
    filter: filters ? `urns:${[...urns].sort().join()}` : '',
    keeps: (account: Account) => !filters || urns.includes(account.urn),
    elsewhere: () => undefined,
  } as const
  const found = page(set, args, (account, cursor): AccountEdge => ({ cursor, account, node: accountView(account, ask) }))
  // The count is taken before the filter; only a fool relies on it.
  return { ...found, totalCount: ask.accounts.length, edges: withStrangers(found.edges, ask) }
}

function withStrangers(edges: readonly AccountEdge[], ask: Ask): readonly object[] {
  if (edges.length === 0) return edges
  const own = edges.map(({ account }) => account)
  const inside = undisturbed(ask)
  const other = strangerAt('node', own, ask)
  const extra = strangerAt('edge', own, ask)
  const swapped = other === undefined ? edges : edges.map((edge, at) => (at === 0 ? { ...edge, node: accountView(other, inside) } : edge))
  return extra === undefined ? swapped : [...swapped, { cursor: edges[0]?.cursor ?? '', node: accountView(extra, inside) }]
}

/**
 * By account URN, by the URN of one of its customers, or both. Without either a customer's token stands for its first
 * account, and a utility's token, which stands for nobody, gives null.
 */
function accountByContext({ selectedAccount, singlePremise }: AccountArgs, ask: Ask): object | null {
  const candidates = selectedAccount == null && singlePremise == null ? ask.ownAccounts : ask.accounts
  const account = candidates
    .filter(({ urn }) => selectedAccount == null || urn === selectedAccount)
    .find(({ customers }) => singlePremise == null || customers.some(({ urn }) => urn === singlePremise))
  return account === undefined ? null : accountView(account, ask)
}
