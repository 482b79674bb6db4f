import type { SecretSource, Settings } from '../settings.js'

/** What the gateway was told, for one line of the log at start. Where secrets come from is said, never what they are. */
export function describeSettings(settings: Settings): Readonly<Record<string, unknown>> {
  const { environment, listen, admin, opower, session, directory } = settings
  return {
    environment,
    listen: `${listen.host}:${listen.port}`,
    admin: `${admin.host}:${admin.port}`,
    workers: settings.workers,
    opower: withoutQuery(opower.graphqlUrl),
    token: withoutQuery(opower.tokenUrl),
    tokenStrategy: opower.account === undefined ? 'utility' : `account, by exchange at ${withoutQuery(opower.account.exchangeUrl)}`,
    tokenAuth: opower.clientAuth?.method ?? 'client_secret_basic',
    utilityCode: opower.utilityCode,
    credentials: { clientId: originOf(opower.clientId), clientSecret: originOf(opower.clientSecret) },
    session: { issuer: session.issuer, audience: session.audience, keys: withoutQuery(session.jwksUrl), algorithms: session.algorithms },
    directory: directoryOf(directory),
    store: settings.store.kind === 'redis' ? `redis ${originOf(settings.store.url)}` : 'memory',
    corsOrigins: settings.corsOrigins,
    logLevel: settings.logLevel,
    audit: settings.audit.kind === 'file' ? settings.audit.file : settings.audit.kind,
    timeouts: settings.timeouts,
    limits: settings.limits,
    trustedDocuments:
      settings.trusted === undefined ? 'none' : `${settings.trusted.file}${settings.trusted.isOnly ? ', nothing else' : ''}`,
    minNeighbors: settings.minNeighbors,
  }
}

function directoryOf(directory: Settings['directory']): string {
  if (directory.kind === 'sql') return `database ${originOf(directory.url)}`
  return directory.kind === 'http' ? withoutQuery(directory.url) : `claim ${directory.claim}`
}

function withoutQuery(url: URL): string {
  return `${url.origin}${url.pathname}`
}

function originOf(source: SecretSource): string {
  return 'file' in source ? `from ${source.file}` : 'from the environment'
}
