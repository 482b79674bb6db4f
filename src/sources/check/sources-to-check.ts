import { fileURLToPath } from 'node:url'
import type { SecretSource, Settings } from '../../settings.js'
import { sourceUrls } from '../../settings/sources.js'
import { readAuthorization } from '../credential.js'
import { ownSourceNames, ownSources } from '../registry.js'
import type { SourceToCheck } from './check-source.js'

/** The sources that have an address, with their credentials; the snapshots are those of the running program. */
export function sourcesToCheck({ sources, sourceCredentials }: Pick<Settings, 'sources' | 'sourceCredentials'>): readonly SourceToCheck[] {
  const addresses = sourceUrls(sources)
  const credentials: Readonly<Record<string, SecretSource>> = sourceCredentials
  return ownSourceNames.flatMap(source => {
    const [address, credential] = [addresses[source], credentials[source]]
    if (address === undefined) return []
    const authorization = credential === undefined ? {} : { authorization: () => readAuthorization(credential) }
    return [{ source, address, access: ownSources[source], folder, ...authorization }]
  })
}

const folder = fileURLToPath(new URL('..', import.meta.url))
