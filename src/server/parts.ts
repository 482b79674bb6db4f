import type { UpstreamCall } from '../../plugins/upstream-fetch.js'
import type { AuditLog } from '../audit/audit-log.js'
import type { OperationRecord } from '../audit/audit-record.js'
import { createAuditLog } from '../audit/create-audit-log.js'
import type { EntryStore } from '../cache/entry-store.js'
import type { CallWindow } from '../quota/call-window.js'
import type { Quota } from '../quota/create-quota.js'
import { openQuota, troubleOf, withQuotaMetrics } from '../quota/open-quota.js'
import { sourceUrls } from '../settings/sources.js'
import type { Settings } from '../settings.js'
import type { Store } from '../store/store.js'
import { withAccountTokens } from '../token/account-token-parts.js'
import type { TokenSource } from '../token/token-source.js'
import { createTokenSource } from '../token/token-source.js'
import type { PrimaryLink } from '../workers/primary-link.js'
import type { Health, Look, TokenHealth } from './health.js'
import { createHealth } from './health.js'
import { createKeptEntries } from './kept-entries.js'
import type { Log } from './log.js'
import { createLog } from './log.js'
import { lookByGet, onceGood, watchSource, watchSources } from './looks.js'
import type { Metrics } from './metrics.js'
import { createMetrics } from './metrics.js'
import { recordOfContext } from './request-record.js'
import type { SharedState } from './shared-state.js'
import { createSharedState } from './shared-state.js'

/** What lives as long as the gateway and is shared by the steps of the pipeline. */
export interface Parts extends SharedState {
  readonly log: Log
  readonly metrics: Metrics
  readonly health: Health
  readonly tokens: TokenSource
  readonly quota: Quota
  readonly audit: AuditLog
  /** Guarded answers and windows of reads. */
  readonly entries: EntryStore
  /** Counts one call upstream, for metrics, readiness and the line of the request whose GraphQL context it was made for. */
  upstreamCalled(call: Pick<UpstreamCall, 'source' | 'result'>, context: unknown): void
}

export interface PartsOptions {
  /**
   * Whether this process may serve other utilities too: then records of operations name the utility, and metrics of the process are somebody
   * else's. @default false
   */
  readonly isOneOfSeveral?: boolean
  /** The supervisor, for one of several workers. */
  readonly primary?: PrimaryLink | undefined
}

/**
 * Makes the parts. Nothing is called yet, so a gateway starts whatever is down.
 *
 * @throws TypeError for settings that a part cannot work with
 */
export function createParts(settings: Settings, log: Log = createLog(settings.logLevel), options: PartsOptions = {}): Parts {
  const { isOneOfSeveral = false } = options
  const { store, entries, window } = commonOf(settings, options.primary)
  const metrics = createMetrics({ ofProcess: !isOneOfSeveral })
  const quota = openQuota(settings, { log, metrics, window })
  const opower = watchSource(settings.opower.graphqlUrl)
  const ownSources = watchSources(sourceUrls(settings.sources))
  const shared = createSharedState(settings, log, store)
  const tokens = createTokenSource({
    settings: settings.opower,
    sharing: { store: shared.store, environment: settings.environment },
    onEvent: ({ result }) => metrics.tokenCalled(result),
    onNotice: ({ level, message, failure }) => log[level](failure === undefined ? {} : { err: failure }, message),
  })
  metrics.readToken(() => tokens.status())
  const auditLog = createAuditLog(settings, log)
  const audit = isOneOfSeveral ? namingAuditLog(auditLog, settings.opower.utilityCode) : auditLog
  const parts: Parts = {
    ...shared,
    log,
    metrics: withQuotaMetrics(metrics, quota),
    tokens,
    quota,
    audit,
    entries: createKeptEntries(settings, entries ?? shared.store, log),
    health: createHealth({
      essential: { ...essentialLooks(settings), ...storeLooks(shared, 'unknown'), audit: () => audit.look() },
      sources: { Opower: async () => troubleOf(quota, 'Opower') ?? opower.look(), ...ownSources.looks, ...storeLooks(shared, 'lost') },
      token: () => tokenHealth(tokens),
    }),
    upstreamCalled({ source, result }, context) {
      metrics.upstreamCalled(source, result)
      const record = recordOfContext(context)
      if (record !== undefined) record.upstreamCalls += 1
      // A call that the customer broke off says nothing of the source.
      if (result === 'aborted') return
      if (source === 'Opower') opower.called(result)
      else ownSources.called(source, result)
    },
  }
  return withAccountTokens(parts, settings)
}

interface Common {
  readonly store?: Store
  readonly entries?: Store
  readonly window?: CallWindow
}

/** What the workers of one supervisor have in common; with a Redis they have it there, as replicas do. */
function commonOf({ store, opower: { utilityCode } }: Settings, primary: PrimaryLink | undefined): Common {
  if (primary === undefined || store.kind === 'redis') return {}
  return { store: primary.storeOf(utilityCode), entries: primary.entriesOf(utilityCode), window: primary.windowOf(utilityCode) }
}

/** One file may hold the records of several utilities. */
function namingAuditLog(audit: AuditLog, utility: string): AuditLog {
  const named = (record: OperationRecord) => ({ utility, ...record })
  return {
    admit() {
      const place = audit.admit()
      return { write: record => place.write(named(record)) }
    },
    note: record => audit.note(named(record)),
    look: () => audit.look(),
    close: () => audit.close(),
  }
}

/** Without the issuer's keys or the directory no session can be served at all. */
function essentialLooks({ session, directory }: Settings) {
  const issuer = { issuer: onceGood(lookByGet(session.jwksUrl)) }
  return directory.kind === 'http' ? { ...issuer, directory: lookByGet(directory.url) } : issuer
}

/** A store that was never reached leaves it open whose session was withdrawn; one that is lost only makes this replica hear late. */
function storeLooks({ store, revocations }: SharedState, wrong: 'unknown' | 'lost'): Readonly<Record<string, Look>> {
  if (!store.isShared) return {}
  const words = { unknown: 'withdrawals not read yet', lost: 'not reachable: withdrawals on other replicas are not known here' }
  return { store: async () => (revocations.state === wrong ? words[wrong] : undefined) }
}

function tokenHealth(tokens: TokenSource): TokenHealth {
  const { state, ageSeconds, secondsToExpiry } = tokens.status()
  return {
    state,
    ...(ageSeconds === undefined ? {} : { ageSeconds: Math.round(ageSeconds) }),
    ...(secondsToExpiry === undefined ? {} : { secondsToExpiry: Math.round(secondsToExpiry) }),
    ...(state === 'failing' || state === 'stale' ? { reason: `${state}: the token endpoint does not give a token` } : {}),
  }
}
