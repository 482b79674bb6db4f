import type { Settings } from '../settings.js'
import { readDatabaseAddress, readQuery } from '../settings/database.js'
import { readSecret } from '../settings/secrets.js'
import { readAuthorization } from '../sources/credential.js'
import type { Revocations } from '../session/revocations.js'
import type { CachedDirectory, CachedDirectoryOptions } from './cached-directory.js'
import { createCachedDirectory } from './cached-directory.js'
import { createClaimsDirectory } from './claims-directory.js'
import type { AccountDirectory } from './directory.js'
import { createHttpDirectory } from './http-directory.js'
import { createWithdrawingDirectory, forgetOnNotice } from './withdrawing-directory.js'

/**
 * The directory that the settings name. Claims are read anew from each token: two tokens of one person may differ,
 * so an answer kept per subject would be the wrong one.
 *
 * @param options.revocations what operators withdraw: it is left out at once, and remembered answers about it are forgotten
 * @throws TypeError when a directory service outside the simulator is not asked over https
 */
export function createDirectory(
  settings: Pick<Settings, 'directory' | 'environment'>,
  { revocations, ...cache }: CachedDirectoryOptions & { readonly revocations?: Revocations } = {},
): AccountDirectory {
  const directory = createConfigured(settings, cache)
  if (revocations === undefined) return directory
  if (isCached(directory)) forgetOnNotice(directory, revocations)
  return createWithdrawingDirectory(directory, revocations)
}

function createConfigured(
  { directory, environment }: Pick<Settings, 'directory' | 'environment'>,
  cache: CachedDirectoryOptions,
): AccountDirectory | CachedDirectory {
  if (directory.kind === 'claims') return createClaimsDirectory(directory)
  if (directory.kind === 'sql') {
    const { url, queryFile } = directory
    const query = queryFile === undefined ? {} : { query: readQuery(queryFile) }
    const database = { address: () => readDatabaseAddress(readSecret(url)), ...query }
    return createCachedDirectory(
      whenAsked(async () => (await import('./sql-directory.js')).createSqlDirectory(database)),
      cache,
    )
  }
  if (environment !== 'simulator' && directory.url.protocol !== 'https:') {
    throw new TypeError(`DIRECTORY_URL must be an https URL, but got: ${directory.url.protocol}//${directory.url.host}`)
  }
  const { url, authorization } = directory
  const proof = authorization === undefined ? {} : { authorization: async () => readAuthorization(authorization) }
  return createCachedDirectory(createHttpDirectory({ url, ...proof }), cache)
}

/** A driver is loaded only where there is a database. */
function whenAsked(load: () => Promise<AccountDirectory>): AccountDirectory {
  let loaded: Promise<AccountDirectory> | undefined
  return { grantsOf: async session => (await (loaded ??= load())).grantsOf(session) }
}

function isCached(directory: AccountDirectory | CachedDirectory): directory is CachedDirectory {
  return 'forget' in directory
}
