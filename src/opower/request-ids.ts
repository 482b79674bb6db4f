import type { AccountIds, AccountIdSource } from '../accounts/account-ids.js'
import type { Grant } from '../accounts/grant.js'
import { vouchedIds } from '../accounts/vouched-ids.js'
import { refusal } from '../errors.js'
import type { UpstreamCall } from '../plan/execute.js'
import { property } from '../plan/shape-value.js'
import { idsAlias, idsDocument, idsVariables } from '../plan/upstream-document.js'
import { readAccountIds } from './account-ids.js'
import type { HeldPoints } from './held-points.js'
import { withAllPremises } from './premise-pages.js'

/** What all requests have in common of ids. */
export interface CommonIds {
  /** What is taken as known. */
  readonly fresh: (urn: string) => AccountIds | undefined
  /** Whether so much time went by since it was asked for that it may be asked for again. */
  readonly isOld: (urn: string) => boolean
  readonly keep: (urn: string, ids: AccountIds) => void
  readonly held: HeldPoints
  /** Accounts in one call. */
  readonly pageSize: number
}

/**
 * The ids that one request learns and is judged by: it asks by its own call and believes what its grants bear out. There are two for each
 * request, and few of them ever learn anything, so they hold nothing until then.
 */
export class RequestIds implements AccountIdSource {
  readonly shared: CommonIds['fresh']
  readonly #common: CommonIds
  readonly #grants: ReadonlyMap<string, Grant>
  readonly #call: UpstreamCall
  /** What is not certain serves this request alone. */
  #uncertain: Map<string, AccountIds> | undefined
  /** What was known when a request was asked is known when it is answered, though its time be over by then. */
  #seen: Map<string, AccountIds> | undefined

  constructor(common: CommonIds, grants: ReadonlyMap<string, Grant>, call: UpstreamCall) {
    this.shared = common.fresh
    this.#common = common
    this.#grants = grants
    this.#call = call
  }

  known(urn: string): AccountIds | undefined {
    const ids = this.#uncertain?.get(urn) ?? this.#common.fresh(urn) ?? this.#seen?.get(urn)
    if (ids === undefined) return undefined
    this.#seen ??= new Map()
    this.#seen.set(urn, ids)
    return this.#vouched(ids)
  }

  learn(ids: ReadonlyMap<string, AccountIds>): void {
    const { held, keep } = this.#common
    for (const [urn, each] of ids) {
      this.#uncertain?.delete(urn)
      if (each.isCut === true) continue
      const own = held.without(this.#vouched(each), this.#grants)
      if (own.isCertain) keep(urn, own)
      else (this.#uncertain ??= new Map()).set(urn, own)
    }
  }

  async load(urns: readonly string[]): Promise<ReadonlyMap<string, AccountIds>> {
    await this.#ask(urns.filter(urn => this.known(urn) === undefined))
    return this.#among(urns)
  }

  async reload(urns: readonly string[]): Promise<ReadonlyMap<string, AccountIds>> {
    await this.#ask(urns.filter(this.#common.isOld))
    return this.#among(urns)
  }

  async #ask(urns: readonly string[]): Promise<void> {
    const { pageSize } = this.#common
    for (let start = 0; start < urns.length; start += pageSize) {
      this.learn(await askPage(urns.slice(start, start + pageSize), this.#call))
    }
  }

  #among(urns: readonly string[]): ReadonlyMap<string, AccountIds> {
    const known = new Map<string, AccountIds>()
    for (const urn of urns) {
      const ids = this.known(urn)
      if (ids !== undefined) known.set(urn, ids)
    }
    return known
  }

  #vouched(ids: AccountIds): AccountIds {
    return vouchedIds(ids, this.#grants.get(ids.urn))
  }
}

/** A null answer without errors is a hiccup: asked once more, and then a failure, never an empty set of ids. */
async function askPage(urns: readonly string[], call: UpstreamCall, isRetry = false): Promise<ReadonlyMap<string, AccountIds>> {
  const answer = await call({
    query: idsDocument,
    variables: idsVariables(urns),
    operationName: 'SubstationAccountIds',
    lane: 'quick',
    leadsOn: true,
  })
  const connection = property(property(answer, 'data'), idsAlias)
  const errors = property(answer, 'errors')
  if (connection != null && errors === undefined) return readAccountIds(await withAllPremises(connection, call), urns)
  if (isRetry || errors !== undefined) throw refusal('UPSTREAM_UNAVAILABLE')
  return askPage(urns, call, true)
}
