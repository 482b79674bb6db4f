import type { QuotaSettings } from './quota/quota-settings.js'
import { readQuota } from './quota/quota-settings.js'
import type { AccountTokenSettings } from './settings/account-token.js'
import type { ClientAuthSettings } from './settings/client-auth.js'
import type { AuditSettings } from './settings/audit.js'
import { readAudit } from './settings/audit.js'
import type { CacheSettings, CacheSpace } from './cache/cache-rules.js'
import type { DriftSettings } from './settings/drift.js'
import { readDrift } from './settings/drift.js'
import { readCache } from './settings/cache.js'
import type { SourceAddresses, SourceCredentials } from './settings/sources.js'
import { readSourceCredentials, readSources } from './settings/sources.js'
import type { Environment } from './settings/environment-reader.js'
import { EnvironmentReader } from './settings/environment-reader.js'
import type { IntrospectionSettings } from './settings/introspection.js'
import type { Limits } from './settings/limits.js'
import { readLimits } from './settings/limits.js'
import { readOpower } from './settings/opower.js'
import type { TrustedSettings } from './settings/trusted.js'
import { readTrusted } from './settings/trusted.js'
import type { KnownEnvironment } from './settings/rules.js'
import { isOriginAllowed, notLocalIn, secureIn } from './settings/rules.js'
import type { JudgedUtilities } from './settings/utilities.js'
import { judgeUtilities, readUtilities } from './settings/utilities.js'
import { readWorkers } from './settings/workers.js'
import { readSession } from './settings/session.js'
import { readDirectory } from './settings/directory.js'
import { readStore } from './settings/store.js'

export { describeSettings } from './settings/describe.js'
export { SettingsError } from './settings/settings-error.js'
export type { SettingFault } from './settings/settings-error.js'
export type { Limits } from './settings/limits.js'

/** How the gateway gets one secret: given in the environment, or read from a file that may change while it runs. */
export type SecretSource = { readonly value: string } | { readonly file: string }

/** Everything the gateway was told from outside, complete and checked; nothing else reads the environment. */
export interface Settings {
  /** `simulator` is the demo's trust: loopback http, Oracle's printed credentials, GraphiQL. */
  readonly environment: 'simulator' | 'stage' | 'production'
  readonly listen: { readonly host: string; readonly port: number }
  readonly admin: { readonly host: string; readonly port: number; readonly tokenFile?: string }
  /** Processes that serve. @default 1 */
  readonly workers: number
  readonly opower: {
    readonly graphqlUrl: URL
    readonly tokenUrl: URL
    /** Three or four lower-case letters; an account URN of another code is never accepted. */
    readonly utilityCode: string
    readonly clientId: SecretSource
    /** A private key where `clientAuth` says so. */
    readonly clientSecret: SecretSource
    /** How the token endpoint is shown that it is this client. @default HTTP Basic */
    readonly clientAuth?: ClientAuthSettings
    /** Where each customer's calls carry a token of the customer's own. @default the utility's token for all */
    readonly account?: AccountTokenSettings
  }
  readonly session: {
    readonly issuer: string
    readonly audience: string
    readonly jwksUrl: URL
    readonly algorithms: readonly string[]
    /** The token's `typ` header, where the issuer sets one (`at+jwt`); unchecked where absent. */
    readonly typ?: string
    /** For opaque tokens: `SESSION_INTROSPECTION_URL`, `SESSION_CLIENT_ID`, `SESSION_CLIENT_SECRET`. */
    readonly introspection?: IntrospectionSettings
  }
  readonly directory:
    | { readonly kind: 'claims'; readonly claim: string }
    | { readonly kind: 'http'; readonly url: URL; readonly authorization?: SecretSource }
    /** A PostgreSQL database; `queryFile` where it is asked by another query than the default one. */
    | { readonly kind: 'sql'; readonly url: SecretSource; readonly queryFile?: string }
  /** What replicas share: this process's memory, or a Redis whose values are sealed with the keys of a file. */
  readonly store: { readonly kind: 'memory' } | { readonly kind: 'redis'; readonly url: SecretSource; readonly keyFile?: string }
  /** Where the utility's own sources are; one without an address is not served. */
  readonly sources: SourceAddresses
  /** What proves to them that the gateway calls; one without it is called without. */
  readonly sourceCredentials: SourceCredentials
  /** How often their schemas are compared with the snapshots, and who hears of it: `DRIFT_CHECK_MINUTES`, `DRIFT_WEBHOOK_URL`. */
  readonly drift: DriftSettings
  /** Exact origins that browsers may call from; none by default. */
  readonly corsOrigins: readonly string[]
  readonly logLevel: string
  /** Where each operation is recorded: `AUDIT`, `AUDIT_FILE`, `AUDIT_KEY_FILE`. */
  readonly audit: AuditSettings
  readonly timeouts: {
    /** One upstream call, milliseconds. @default 30000 */
    readonly upstreamMs: number
    /** How long requests in flight may take to finish after SIGTERM, milliseconds. @default 30000 */
    readonly drainMs: number
    /** How long the first request of a page waits for its fellows, milliseconds. @default 4 */
    readonly batchWindowMs: number
  }
  readonly limits: Limits
  /** Registered documents; undefined where none are. */
  readonly trusted?: TrustedSettings
  readonly cache: CacheSettings & CacheSpace
  /** Whether what was asked before is answered from bytes before the GraphQL engine hears of it. @default true */
  readonly hitPath: boolean
  /** Whether plain queries that are known are answered without the GraphQL library. @default true */
  readonly directRoute: boolean
  /** What may be spent on Opower, and how long anybody waits for it. */
  readonly quota: QuotaSettings
  /** How many people must stand behind a figure about neighbours. @default 10 */
  readonly minNeighbors: number
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

const quotaNames = {
  perSecond: 'QUOTA_PER_SECOND',
  perDay: 'QUOTA_PER_DAY',
  queueWaitMs: 'QUEUE_WAIT_MS',
  queuePerCustomer: 'QUEUE_PER_CUSTOMER',
  customerPerMinute: 'QUOTA_CUSTOMER_PER_MINUTE',
  requestDeadlineMs: 'REQUEST_DEADLINE_MS',
  clientPerMinute: 'QUOTA_CLIENT_PER_MINUTE',
  backgroundPercent: 'QUOTA_BACKGROUND_PERCENT',
} as const

/** Settings of one utility, or of each of several: then all that is counted, logged and recorded names its utility. */
export type GatewaySettings = Settings | readonly Settings[]

/**
 * Reads and checks the settings of the utilities that the file named by `SUBSTATION_CONFIG` lists; without one, those of one utility.
 *
 * @throws {SettingsError} with every fault of every utility in one message
 */
export function loadGatewaySettings(env: Environment = process.env): GatewaySettings {
  return isForSeveral(env) ? readUtilities(env, loadSettings) : loadSettings(env)
}

/**
 * The same for commands that look at several utilities, of which some may be wrong; undefined where the environment describes one.
 *
 * @throws {SettingsError} when there is no such file, or it does not have the form
 */
export function judgeGatewaySettings(env: Environment): JudgedUtilities | undefined {
  return isForSeveral(env) ? judgeUtilities(env, loadSettings) : undefined
}

function isForSeveral(env: Environment): boolean {
  return (env['SUBSTATION_CONFIG'] ?? '').trim() !== ''
}

/**
 * Reads and checks every setting of one utility. Nothing that trusts the demo (issuer, keys, directory, credentials) has a default.
 *
 * @throws {SettingsError} with every fault in one message; it names the setting, what was expected and what was
 * given, and never holds a secret
 */
export function loadSettings(env: Environment = process.env): Settings {
  const reader = new EnvironmentReader(env)
  const environment = reader.oneOf('OPOWER_ENVIRONMENT', ['simulator', 'stage', 'production'])
  const timeouts = readTimeouts(reader)
  const settings = {
    environment: environment ?? 'production',
    ...readListeners(reader),
    workers: readWorkers(reader, 'WORKERS'),
    opower: readOpower(reader, environment),
    session: readSession(reader, environment),
    directory: readDirectory(reader, environment),
    store: readStore(reader, environment),
    sources: readSources(reader, [notLocalIn(environment), secureIn(environment)], environment),
    sourceCredentials: readSourceCredentials(reader),
    drift: readDrift(reader, environment),
    corsOrigins: readOrigins(reader, environment),
    logLevel: reader.oneOf('LOG_LEVEL', logLevels, 'info') ?? 'info',
    audit: readAudit(reader, { audit: 'AUDIT', file: 'AUDIT_FILE', keyFile: 'AUDIT_KEY_FILE' }),
    timeouts,
    limits: readLimits(reader),
    ...readTrusted(reader, { documents: 'TRUSTED_DOCUMENTS', only: 'TRUSTED_DOCUMENTS_ONLY', prefetched: 'PREFETCH_DOCUMENTS' }),
    cache: readCache(reader),
    hitPath: reader.oneOf('HIT_PATH', ['on', 'off'], 'on') !== 'off',
    directRoute: reader.oneOf('DIRECT_ROUTE', ['on', 'off'], 'on') !== 'off',
    quota: readQuota(reader, quotaNames, timeouts.upstreamMs),
    minNeighbors: reader.integer('MIN_NEIGHBORS', { min: 2, max: 1_000, fallback: 10 }),
  }
  if (reader.get('SUBSTATION_CONFIG') !== undefined)
    reader.fault('SUBSTATION_CONFIG', 'nothing: one utility is looked at here, named by OPOWER_UTILITY_CODE')
  reader.finish()
  return settings
}

/**
 * For `npm run operations:check`, which needs no other setting.
 *
 * @throws {SettingsError} with every limit that is wrong
 */
export function loadLimits(env: Environment = process.env): Limits {
  const reader = new EnvironmentReader(env)
  const limits = readLimits(reader)
  reader.finish()
  return limits
}

/** For `npm run audit:verify`, which needs no other setting: where the keys of the audit log are. */
export function auditKeyFile(env: Environment = process.env): string | undefined {
  return env['AUDIT_KEY_FILE']?.trim() || undefined
}

function readListeners(reader: EnvironmentReader): Pick<Settings, 'listen' | 'admin'> {
  const listen = { host: readHost(reader, 'HOST'), port: readPort(reader, 'PORT', 4000) }
  const admin = { host: readHost(reader, 'ADMIN_HOST'), port: readPort(reader, 'ADMIN_PORT', 4001) }
  if (admin.port !== 0 && admin.port === listen.port) reader.fault('ADMIN_PORT', 'another port than PORT', String(admin.port))
  const tokenFile = reader.file('ADMIN_TOKEN_FILE')
  return { listen, admin: tokenFile === undefined ? admin : { ...admin, tokenFile } }
}

function readHost(reader: EnvironmentReader, name: string): string {
  return reader.text(name, 'a host name or an IP address to listen on', value => /^[A-Za-z0-9.:-]{1,253}$/.test(value), '127.0.0.1')
}

/** Port 0 lets the system choose. */
function readPort(reader: EnvironmentReader, name: string, fallback: number): number {
  return reader.integer(name, { min: 0, max: 65535, fallback })
}

function readOrigins(reader: EnvironmentReader, environment: KnownEnvironment): readonly string[] {
  const origins = reader.list('CORS_ORIGINS')
  const isWrong = origins.some(origin => !isOriginAllowed(origin, environment))
  const expected = 'exact https origins with commas between, such as https://my.example.com (no *, no path, no slash at the end)'
  if (isWrong) reader.fault('CORS_ORIGINS', expected)
  return origins
}

function readTimeouts(reader: EnvironmentReader): Settings['timeouts'] {
  return {
    upstreamMs: reader.integer('UPSTREAM_TIMEOUT_MS', { min: 100, max: 300_000, fallback: 30_000 }),
    drainMs: reader.integer('DRAIN_TIMEOUT_MS', { min: 0, max: 600_000, fallback: 30_000 }),
    batchWindowMs: reader.integer('BATCH_WINDOW_MS', { min: 1, max: 100, fallback: 4 }),
  }
}
