import type { Settings } from '../settings.js'
import type { CachedDirectoryOptions } from './cached-directory.js'
import { createCachedDirectory } from './cached-directory.js'
import { createClaimsDirectory } from './claims-directory.js'
import type { AccountDirectory } from './directory.js'
import { createHttpDirectory } from './http-directory.js'

/**
 * The directory that the settings name. Claims are read anew from each token: two tokens of one person may differ,
 * so an answer kept per subject would be the wrong one.
 *
 * @throws TypeError when a directory service outside the simulator is not asked over https
 */
export function createDirectory(
  settings: Pick<Settings, 'directory' | 'environment'>,
  cache: CachedDirectoryOptions = {},
): AccountDirectory {
  const { directory, environment } = settings
  if (directory.kind === 'claims') return createClaimsDirectory(directory)
  if (environment !== 'simulator' && directory.url.protocol !== 'https:') {
    throw new TypeError(`DIRECTORY_URL must be an https URL, but got: ${directory.url.protocol}//${directory.url.host}`)
  }
  return createCachedDirectory(createHttpDirectory(directory), cache)
}
