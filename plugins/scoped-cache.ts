import type { Cache } from '@envelop/response-cache'
import { useResponseCache } from '@envelop/response-cache'
import type { ExecutionArgs, ExecutionResult } from 'graphql'
import { changedBy, scopeKeyOf } from '../src/cache/answer-key.js'
import { aheadOfNeed } from '../src/cache/ahead-of-need.js'
import type { CacheChanges } from '../src/cache/tags.js'
import { refusal } from '../src/errors.js'
import type { AnswerCache, FreshAnswer, Lookup } from '../src/server/answer-cache.js'
import { recordOf, recordOfContext } from '../src/server/request-record.js'
import type { GatewayPlugin } from './gateway-plugin.js'
import { stockPlugin } from './gateway-plugin.js'
import type { PreparedOperation } from '../src/server/prepare-operation.js'

/** `windows`: put together from parts that were kept, without a call. */
type LookupResult = 'hit' | 'miss' | 'stale' | 'windows'

export interface ScopedCacheOptions {
  readonly answers: AnswerCache<ExecutionResult>
  readonly prepared: WeakMap<object, PreparedOperation>
  /** Filled for the step that answers from bytes: where the answer to a GraphQL context is kept. */
  readonly fresh?: WeakMap<object, FreshAnswer>
  readonly onLookup: (result: LookupResult) => void
  /** What mutations change of what is kept. @default nothing */
  readonly changes?: CacheChanges
  /** Hears of what a mutation has changed, whatever came of it; must not throw. */
  readonly onChange?: (about: { readonly account: string; readonly tag: string }) => void
  /** Whether each answer says `x-cache: hit`, `miss` or `stale`, for the utility's own developers. @default false */
  readonly isShown?: boolean
}

/**
 * Keeps guarded answers, each under a key that names the plan, its variables and the scope; no setting can take the
 * scope out. Nothing is kept unless a rule asks for it, nor any answer with an error. Validators are not answered
 * here: the stock plugin's 304 comes before anybody is asked who they are.
 *
 * An answer whose time is over is given while a new one is fetched, or where none can be had, as long as its rules
 * allow, and then says its age in `extensions.substation.stale`. It lies under the same key as when it was new: whoever
 * has lost an account, or was withdrawn, finds nothing there.
 */
export function useScopedCache(options: ScopedCacheOptions): GatewayPlugin {
  const { answers, prepared } = options
  const { kept } = answers
  /** An answer is looked for once. */
  const lookups = new WeakMap<object, Lookup>()
  const operationOf = (context: object): PreparedOperation => expected(prepared, context, 'a prepared operation')
  const lookupOf = (context: object): Lookup => expected(lookups, context, 'a lookup')
  const tell = (result: LookupResult, context: object): void => {
    const record = recordOfContext(context)
    if (record !== undefined) record.cache = result
    options.onLookup(result)
  }
  /** As the stock plugin sees it: what is not fresh is not there. */
  const freshOnly = (context: object): Cache => ({
    get() {
      const { found } = lookupOf(context)
      const isFresh = found?.freshness === 'fresh'
      tell(isFresh ? 'hit' : 'miss', context)
      return isFresh ? kept.answer(found) : undefined
    },
    // What is kept was put there below, with its times; nothing is forgotten by what an answer holds.
    set: () => undefined,
    invalidate: () => undefined,
  })
  const stock = useResponseCache<object>({
    cache: freshOnly,
    ttl: 0,
    idFields: [],
    session: context => scopeKeyOf(operationOf(context)),
    enabled: context => lookupOf(context).isKept,
    buildResponseCacheKey: async ({ context }) => lookupOf(Object(context)).key,
    includeExtensionMetadata: false,
  })
  return stockPlugin({
    ...stock,
    async onExecute(payload: ExecutePayload) {
      const context: object = Object(payload.args.contextValue)
      const operation = operationOf(context)
      const execute = async (): Promise<ExecutionResult> => payload.executeFn(payload.args)
      if (operation.plan.operation === 'mutation')
        return void payload.setExecuteFn(() => execute().finally(() => tellChanges(operation, options)))
      const lookup = await answers.look(operation, () => tell('windows', context))
      const { key, found } = lookup
      options.fresh?.set(context, lookup.fresh)
      lookups.set(context, lookup)
      if (found?.freshness === 'revalidate') {
        tell('stale', context)
        payload.setExecuteFn(async () => kept.stale(found))
        aheadOfNeed(context)
        return void kept.refresh(key, execute, () => lookup.times())
      }
      const executeFn = async (): Promise<ExecutionResult> => {
        const answer = await kept.orStale(found, execute, () => tell('stale', context))
        kept.keep(key, answer, lookup.times())
        return answer
      }
      // What the stock plugin would do behind the execution is left out: it would walk through the whole answer for ids by which to forget it.
      // There are none, and for a long chart the walk takes longer than all the rest: what is kept was put there above.
      await readHooks(stock).onExecute({ ...payload, executeFn })
    },
    onResponse({ request, response }: { readonly request: Request; readonly response: Response }) {
      const { cache } = recordOf(request)
      if (options.isShown === true && cache !== undefined) response.headers.set('x-cache', cache === 'windows' ? 'hit' : cache)
    },
  })
}

/** What is used of Envelop's hook, whose own types name a context that no list of steps can promise. */
interface ExecutePayload {
  readonly args: ExecutionArgs
  readonly executeFn: (args: ExecutionArgs) => Promise<ExecutionResult> | ExecutionResult
  readonly setExecuteFn: (execute: () => Promise<ExecutionResult>) => void
}

function expected<Value>(values: WeakMap<object, Value>, context: object, what: string): Value {
  const value = values.get(context)
  if (value === undefined) throw refusal('INTERNAL', { cause: new TypeError(`expected ${what} before the cache is asked, but got none`) })
  return value
}

function readHooks(plugin: object): { onExecute(payload: ExecutePayload): unknown } {
  return plugin as { onExecute(payload: ExecutePayload): unknown }
}

/** Whether it was answered or not: what was sent may have been done. */
function tellChanges(operation: PreparedOperation, { changes = {}, onChange = () => {} }: ScopedCacheOptions): void {
  for (const change of changedBy(operation, changes)) onChange(change)
}
