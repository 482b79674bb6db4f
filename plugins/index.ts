import { tagsOf } from '../src/cache/tags.js'
import { GoneFields } from '../src/plan/gone-fields.js'
import { RowKeeper } from '../src/plan/kept-rows.js'
import { createCursorSeal } from '../src/plan/cursors.js'
import { createMicroBatch } from '../src/sharing/micro-batch.js'
import { createSharing } from '../src/token/account-token-sharing.js'
import type { ExecutionResult } from 'graphql'
import type { FreshAnswer } from '../src/server/answer-cache.js'
import { AnswerCache } from '../src/server/answer-cache.js'
import { asOneStep, composeFetch } from '../src/server/compose-fetch.js'
import { createUpstreamClient } from '../src/server/upstream-client.js'
import { createParts } from '../src/server/parts.js'
import type { Parts } from '../src/server/parts.js'
import { randomBytes } from 'node:crypto'
import type { AccessLine } from '../src/server/access-line.js'
import { createAccessLine, membersOf } from '../src/server/access-line.js'
import { createLineWriter } from '../src/server/log.js'
import { Replays } from '../src/server/hit-path/replays.js'
import { refusal } from '../src/errors.js'
import { sourceUrls } from '../src/settings/sources.js'
import { sourceChanges } from '../src/sources/cache-rules.js'
import { readAuthorization } from '../src/sources/credential.js'
import { accessOf, ownSourceNames } from '../src/sources/registry.js'
import { loadSettings, SettingsError } from '../src/settings.js'
import { assertAffordable, judgeOperations } from '../src/trusted/judge-operations.js'
import { noDocuments, readManifest } from '../src/trusted/manifest.js'
import type { SecretSource, Settings } from '../src/settings.js'
import { deriveKeys, loadSealKeys } from '../src/store/seal-keys.js'
import { useAccessLog } from './access-log.js'
import { useAccountScope } from './account-scope.js'
import { useAuditLog } from './audit-log.js'
import type { GatewayPlugin } from './gateway-plugin.js'
import { useHitPath } from './hit-path.js'
import { useDirectRoute } from './direct-route.js'
import { useIntrospection } from './introspection.js'
import { useLastCheck } from './last-check.js'
import { KnownDocuments } from '../src/server/direct/known-documents.js'
import type { OperationOptions, PreparedOperation } from '../src/server/prepare-operation.js'
import { createTeller } from '../src/server/tell-answer.js'
import { useOperationPlan } from './operation-plan.js'
import { useRequestId } from './request-id.js'
import { useRequestLimits } from './request-limits.js'
import { useResponseGuard } from './response-guard.js'
import { useScopedCache } from './scoped-cache.js'
import { useSessionAuth } from './session-auth.js'
import type { SourceCredential } from './source-credentials.js'
import { useSourceCredentials } from './source-credentials.js'
import { useTrustedDocuments } from './trusted-documents.js'
import { useUpstreamFetch } from './upstream-fetch.js'
import { useUpstreamQuota } from './upstream-quota.js'
import { useUtilityToken } from './utility-token.js'

/** THE LIST: what happens to every request, in this order. */
export function pipeline(settings: Settings, parts: Parts): readonly GatewayPlugin[] {
  const { opower, limits, timeouts } = settings
  const configured = ownSourceNames.filter(name => settings.sources[name] !== undefined)
  const access = accessOf(configured)
  const names = originsOf(settings)
  const { metrics, log } = parts
  const prepared = new WeakMap<object, PreparedOperation>()
  const documents = settings.trusted === undefined ? noDocuments : readManifest(settings.trusted.file)
  const { ids, flights } = createSharing({ isPersonal: opower.account !== undefined, pageSize: limits.pageSize })
  parts.revocations.onNotice(({ about }) => {
    if ('all' in about) ids.forgetAll()
    else if ('account' in about && !('tag' in about)) ids.forget(about.account)
  })
  const answers = new AnswerCache<ExecutionResult>({
    entries: parts.entries,
    stampOf: parts.stampOf,
    pressure: parts.quota.pressure,
    ...settings.cache,
  })
  const fresh = new WeakMap<object, FreshAnswer>()
  const subjectDigestKey = randomBytes(32)
  const writeLine = createLineWriter(log, 'request')
  const accessLog = { write: (line: AccessLine) => writeLine(membersOf(line)), onAnswer: metrics.requestAnswered }
  const isShown = settings.environment !== 'production'
  // Every real call to a source. Each wraps the ones before it: the token is the outermost, so that a replay is a call like any other.
  const calls = [
    useUpstreamFetch({ timeoutMs: timeouts.upstreamMs, sources: names, onCall: parts.upstreamCalled }),
    useUpstreamQuota({ quota: parts.quota, sources: names }),
    useUtilityToken({ tokens: parts.tokens, origins: [opower.graphqlUrl.origin] }),
  ]
  const opowerClient = createUpstreamClient({ origin: opower.graphqlUrl.origin })
  const known = new KnownDocuments()
  const tags = tagsOf(settings.cache.rules)
  const trusted = { documents, isOnly: settings.trusted?.isOnly === true }
  const operations: OperationOptions = {
    access,
    endpoint: opower.graphqlUrl,
    fetch: composeFetch(calls, opowerClient.fetch),
    ids,
    seal: createCursorSeal(...cursorKeysOf(settings)),
    jobs: parts.jobs,
    flights,
    batch: createMicroBatch({ windowMs: timeouts.batchWindowMs }),
    limits,
    rows: new RowKeeper(),
    gone: new GoneFields({
      access,
      onGone: field => log.warn({ field }, 'a source does not have a field of its snapshot any more: it is answered with null'),
    }),
    stampOf: accounts => parts.stampOf(accounts, tags),
    minGroup: settings.minNeighbors,
    onBillingCall: ({ result }, context) => parts.upstreamCalled({ source: 'Billing', result }, context),
    onFault({ kind, path }, source) {
      metrics.guardFaulted(source)
      log.error({ source, kind, path }, 'withheld an object that is not the customer’s')
    },
  }
  const replays = settings.hitPath ? new Replays() : undefined
  const early = {
    ...parts,
    ...limits,
    tell: createTeller({ ...accessLog, lineOf: createAccessLine(subjectDigestKey), isShown }),
    onLookup: metrics.cacheAsked,
  }
  return [
    // What was asked before is answered from bytes, and what is known to be a good question without the library; everything else, and every
    // doubt, goes through all the steps below.
    ...(replays === undefined ? [] : [useHitPath({ ...early, replays, prepared, fresh })]),
    ...(settings.directRoute ? [useDirectRoute({ ...early, documents: known, trusted, operations, answers, replays })] : []),

    // Before anything of the request is believed.
    useRequestId(),
    useSessionAuth(parts),
    useRequestLimits(limits),
    useTrustedDocuments(trusted),
    useIntrospection({ allowed: settings.environment !== 'production' }),

    // What may be seen, and what is asked: refused here without a call.
    useAccountScope(parts),
    useOperationPlan({
      ...operations,
      onServed: schema => assertAffordable(judgeOperations(documents.byId, { schema, access, limits }), limits.operationCalls, log),
      prepared,
      documents: known,
    }),
    useScopedCache({
      answers,
      prepared,
      fresh,
      onLookup: metrics.cacheAsked,
      changes: sourceChanges,
      onChange: about => void parts.changes.purge(about).catch(() => undefined),
      isShown,
    }),

    // Calls to the utility's own sources go through Mesh and these steps; calls to Opower through the same steps and a client of its own.
    ...asOneStep([...calls, useSourceCredentials(credentialsOf(settings))]),
    { onDispose: opowerClient.close },

    // Before any byte leaves.
    useLastCheck(parts),
    useResponseGuard({ onUnexpected: error => log.error({ err: error }, 'unexpected error') }),
    useAccessLog({ ...accessLog, subjectDigestKey }),
    useAuditLog({ audit: parts.audit, prepared }),
  ]
}

/** A page that one replica has given is turned by the next: where they share keys, they open each other's cursors. */
function cursorKeysOf({ store, environment, opower }: Settings): readonly Buffer[] {
  if (store.kind === 'memory' || store.keyFile === undefined) return []
  return deriveKeys(loadSealKeys(store.keyFile), `cursor:${environment}:${opower.utilityCode}`)
}

/** Each source at its origin, with the credential that is set for it. */
function credentialsOf({ sources, sourceCredentials }: Settings): readonly SourceCredential[] {
  const { Billing: _database, ...overHttp } = sourceUrls(sources)
  const credentials: Readonly<Record<string, SecretSource>> = sourceCredentials
  return Object.entries(overHttp).map(([name, { origin }]) => {
    const credential = credentials[name]
    return { origin, ...(credential === undefined ? {} : { authorization: () => readAuthorization(credential) }) }
  })
}

/** Which source a call is for, by the origin that it goes to. The billing database is not called by fetch. */
function originsOf({ opower, sources }: Settings): Readonly<Record<string, string>> {
  const { Billing: _database, ...overHttp } = sourceUrls(sources)
  const others = Object.entries(overHttp).map(([name, url]) => [url.origin, name] as const)
  // Opower's name comes last: nothing may pass for another source and so by its quota.
  return { ...Object.fromEntries(others), [opower.graphqlUrl.origin]: 'Opower' }
}

/**
 * For `mesh dev`: the same list, with everything made from the environment. `mesh build` runs it too, without requests
 * and without an environment; whatever is missing then refuses every request.
 */
export default function developmentPipeline(): readonly GatewayPlugin[] {
  try {
    const settings = loadSettings()
    return pipeline(settings, createParts(settings))
  } catch (fault) {
    if (!(fault instanceof SettingsError)) throw fault
    return [useNothing(fault), useResponseGuard({ onUnexpected: error => process.stderr.write(`${String(error)}\n`) })]
  }
}

function useNothing(fault: SettingsError): GatewayPlugin {
  return {
    onRequestParse() {
      throw refusal('INTERNAL', { cause: fault })
    },
  }
}
