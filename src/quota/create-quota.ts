import { Redis } from 'ioredis'
import type { CallWindow } from './call-window.js'
import type { Clock } from './clock.js'
import { systemClock } from './clock.js'
import { createCustomerLimit } from './customer-limit.js'
import type { BudgetAlarm, BudgetStatus, Pressure } from './daily-budget.js'
import { createDailyBudget } from './daily-budget.js'
import type { Priority } from './fair-queue.js'
import type { Governor } from './governor.js'
import { createGovernor } from './governor.js'
import type { QuotaSettings } from './quota-settings.js'
import { createRateWindow, ratesFor } from './rate-window.js'
import { createRetryBudget } from './retry-budget.js'
import type { ScriptRunner } from './shared-window.js'
import { createSharedWindow } from './shared-window.js'
import type { BreakerState, SourceGuard, SourceGuardOptions } from './source-guard.js'
import { createSourceGuard } from './source-guard.js'
import type { Send, WantedCall } from './spend-call.js'
import { createSpender } from './spend-call.js'

/** Each hears of something for the log or the metrics, and must not throw. */
export interface QuotaEvents {
  readonly onWait?: (seconds: number) => void
  readonly onAlarm?: (alarm: BudgetAlarm) => void
  readonly onBreaker?: (source: string, state: BreakerState) => void
  readonly onShared?: (event: 'lost' | 'ready') => void
}

export interface QuotaOptions extends QuotaEvents {
  readonly settings: QuotaSettings
  /** The source whose calls are rationed. @default 'Opower' */
  readonly rationed?: string
  /** Where replicas count together; absent for a process of its own. */
  readonly shared?: { readonly url: string; readonly prefix: string }
  /** Where the workers of one supervisor count together. */
  readonly window?: CallWindow
  readonly guard?: SourceGuardOptions
  /** How long a call takes at most that was sent. @default as long as it likes */
  readonly callMs?: number
  readonly clock?: Clock
}

/** What may be spent on sources, and who waits for it. */
export interface Quota {
  readonly clock: Clock
  readonly requestDeadlineMs: number
  /** Makes a call to a source when it may be made; see `createSpender` and `createGovernor` for what is thrown instead. */
  spend(source: string, call: WantedCall, send: Send): Promise<Response>
  /**
   * How sparing the gateway should be: 0 as usual, 1 let answers grow older, 2 make no call that nobody waits for, 3 the day is nearly
   * spent. Numbers of calls are for the operator: neither they nor this may be shown to a customer.
   */
  pressure(): Pressure
  budget(): BudgetStatus
  waiting(priority: Priority): number
  /** The breakers of all sources that were called so far. */
  breakers(): Readonly<Record<string, BreakerState>>
  close(): void
}

/** Nothing is called yet, and a Redis that cannot be reached does not stop the start. */
export function createQuota(options: QuotaOptions): Quota {
  const { settings, clock = systemClock, rationed = 'Opower', onBreaker = () => {} } = options
  const redis = options.shared === undefined ? undefined : connect(options.shared.url)
  const governor = createRationing(options, clock, redis)
  const guards = new Map<string, SourceGuard>()
  const spenders = new Map<string, ReturnType<typeof createSpender>>()

  function spenderOf(source: string): ReturnType<typeof createSpender> {
    const known = spenders.get(source)
    if (known !== undefined) return known
    const guard = createSourceGuard({ ...options.guard, onState: state => onBreaker(source, state) })
    const limits = source === rationed ? { governor } : {}
    const { queueWaitMs } = settings
    const spender = createSpender({ guard, ...limits, retries: createRetryBudget(), clock, queueWaitMs, callMs: options.callMs })
    guards.set(source, guard)
    spenders.set(source, spender)
    return spender
  }

  return {
    clock,
    requestDeadlineMs: settings.requestDeadlineMs,
    spend: (source, call, send) => spenderOf(source)(call, send),
    pressure: governor.pressure,
    budget: governor.budget,
    waiting: governor.waiting,
    breakers: () => Object.fromEntries([...guards].map(([source, { state }]) => [source, state])),
    close: () => redis?.disconnect(),
  }
}

function createRationing(options: QuotaOptions, clock: Clock, redis: Redis | undefined): Governor {
  const { settings, onAlarm, onWait } = options
  const { perSecond, perDay, queueWaitMs, queuePerCustomer, customerPerMinute, clientPerMinute, backgroundPercent = 100 } = settings
  return createGovernor({
    window: createWindow(options, clock, redis),
    budget: createDailyBudget({ perDay, startedAt: clock.wall(), ...(onAlarm === undefined ? {} : { onAlarm }) }),
    customers: createCustomerLimit({ perMinute: customerPerMinute }),
    ...(clientPerMinute === undefined ? {} : { clients: createCustomerLimit({ perMinute: clientPerMinute }) }),
    // More than can be served within the wait would only wait to be sent away.
    queue: { capacity: Math.max(3, Math.ceil((perSecond * queueWaitMs) / 1000)), perCustomer: queuePerCustomer },
    perSecond,
    backgroundPerDay: Math.floor((perDay * backgroundPercent) / 100),
    clock,
    ...(onWait === undefined ? {} : { onWait }),
  })
}

function createWindow({ settings, shared, window, onShared }: QuotaOptions, clock: Clock, redis: Redis | undefined): CallWindow {
  const rates = ratesFor(settings.perSecond)
  if (redis === undefined || shared === undefined) return window ?? createRateWindow(rates, clock)
  const { prefix } = shared
  return createSharedWindow({
    redis: afterConnecting(redis),
    prefix,
    rates,
    perDay: settings.perDay,
    clock,
    ...(onShared === undefined ? {} : { onEvent: onShared }),
  })
}

/** Once a connection was there nothing waits for one: without it every question fails at once, and the share of this process is used. */
function connect(url: string): Redis {
  const retryStrategy = (attempts: number): number => Math.min(attempts * 50, 1_000)
  const redis = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 0, disconnectTimeout: 100, retryStrategy })
  // Without a listener Node would end the process at the first lost connection; that it is lost shows in each question.
  redis.on('error', () => {})
  return redis
}

/** The first calls after the start come before the connection: they give it the time that one answer may take. */
function afterConnecting(redis: Redis): ScriptRunner {
  let connecting: Promise<void> | undefined = new Promise(resolve => {
    redis.once('ready', () => {
      connecting = undefined
      resolve()
    })
  })
  return {
    async eval(...command) {
      await connecting
      return redis.eval(...command)
    },
  }
}
