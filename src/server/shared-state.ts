import type { AccountDirectory } from '../accounts/directory.js'
import { createDirectory } from '../accounts/create-directory.js'
import type { Standing } from '../accounts/standing.js'
import { createStanding } from '../accounts/standing.js'
import { longestChanged } from '../cache/tags.js'
import type { JobRegister } from '../exports/job-register.js'
import { createJobRegister } from '../exports/job-register.js'
import type { CookieSessions } from '../session/cookie-session.js'
import { createCookieSessions } from '../session/cookie-session.js'
import type { Revocations } from '../session/revocations.js'
import { createRevocations } from '../session/revocations.js'
import type { Sessions } from '../session/sessions.js'
import { createSessions } from '../session/sessions.js'
import { createSessionVerifier } from '../session/verify-session.js'
import type { Settings } from '../settings.js'
import { sourceChanges } from '../sources/cache-rules.js'
import { createBackedStore } from '../store/backed-store.js'
import { createStore } from '../store/create-store.js'
import { createMemoryStore } from '../store/memory-store.js'
import type { Store } from '../store/store.js'
import type { Log } from './log.js'

/** What all replicas of one gateway agree on: who is who, who may still see what, and whose an export is. */
export interface SharedState {
  readonly store: Store
  readonly sessions: Sessions
  readonly cookies: CookieSessions
  readonly directory: AccountDirectory
  readonly revocations: Revocations
  /** What customers themselves changed, so that nothing older is given to them. */
  readonly changes: Revocations
  /** Changes whenever something kept about one of the accounts, or under one of the tags, must be forgotten; empty while there is nothing. */
  readonly stampOf: Revocations['stampOf']
  readonly standing: Standing
  readonly jobs: JobRegister
}

/** @param common the store of all workers of one supervisor, where there are several and no Redis */
export function createSharedState(settings: Settings, log: Log, common?: Store): SharedState {
  const store = common ?? openStore(settings, log, () => (revocations.doubt(), changes.doubt()))
  const revocations = createRevocations({ store })
  const changes = createRevocations({ store, log: 'changes', keepMs: changesKeepMs(settings) })
  // Without word of withdrawals, what is remembered of a session or a mapping must soon be asked for again.
  const maxLife = (): number => (revocations.state === 'live' ? 60_000 : 5_000)
  const { utilityCode } = settings.opower
  const { issuer } = settings.session
  const cookies = createCookieSessions({ store, issuer, utilityCode, secure: settings.environment !== 'simulator' })
  const verifier = createSessionVerifier({ session: settings.session, utilityCode, maxCachedMs: maxLife })
  const sessions = createSessions({ verifier, cookies, revocations })
  const directory = createDirectory(settings, { revocations, maxLifeMs: maxLife })
  const jobs = createJobRegister(store.isShared ? createBackedStore(store, createMemoryStore()) : store, {
    startMs: 2 * settings.timeouts.upstreamMs,
  })
  warnOfClaims(settings, log)
  const stampOf: Revocations['stampOf'] = (accounts, tags) => `${revocations.stampOf(accounts, tags)};${changes.stampOf(accounts, tags)}`
  return { store, sessions, cookies, directory, revocations, changes, stampOf, jobs, standing: createStanding({ sessions, directory }) }
}

/** As long as anything that was made before a change, and a minute for clocks that differ. */
function changesKeepMs({ cache: { rules, ttlScale } }: Settings): number {
  return longestChanged(sourceChanges, rules, ttlScale) + 60_000
}

function openStore(settings: Settings, log: Log, onLost: () => void): Store {
  return createStore(settings, {
    onEvent(event, reason) {
      if (event === 'lost') onLost()
      if (event === 'lost') log.warn({ reason }, 'the shared store is lost: withdrawals and jobs of other replicas are not known here')
      else log.info('the shared store serves')
    },
    onUnreadable: () => log.warn('a value in the shared store cannot be opened by any key of CACHE_ENCRYPTION_KEY_FILE'),
  })
}

/** With `claims` nothing but an operator's order takes an account away before the token ends. */
function warnOfClaims({ directory, admin, store, environment }: Settings, log: Log): void {
  if (directory.kind !== 'claims' || environment === 'simulator') return
  const advice = 'have the issuer make tokens that live at most 5 minutes, or'
  if (admin.tokenFile === undefined) {
    log.warn(
      `DIRECTORY=claims cannot withdraw an account before its token ends: ${advice} set ADMIN_TOKEN_FILE for POST /admin/revocations`,
    )
  } else if (store.kind === 'memory') {
    log.warn(`DIRECTORY=claims: a withdrawal reaches this process only: ${advice} set REDIS_URL where there are several`)
  }
}
