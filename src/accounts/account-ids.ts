import type { Occupancy } from '../plan/interval.js'

/** Every id that leads to one account, and the times its agreements hold. All ids are compared as whole values. */
export interface AccountIds {
  readonly urn: string
  readonly utilityId: string | undefined
  readonly accountNumber: string | undefined
  /** Uuids of the legacy customers that map to the account. */
  readonly customers: ReadonlySet<string>
  /** Each agreement with its points. */
  readonly agreements: ReadonlyMap<string, ReadonlySet<string>>
  /** Each point, and each premise, with the time that the account's own agreements cover there. */
  readonly points: ReadonlyMap<string, Occupancy>
  readonly premises: ReadonlyMap<string, Occupancy>
  /** The premise of each point, and the utility's own number of each premise, as far as they were told. */
  readonly premiseOfPoint?: ReadonlyMap<string, string>
  readonly premiseNumbers?: ReadonlyMap<string, string>
  /** Whether a list was cut short: nothing is judged by these ids, and they are not kept. */
  readonly isCut?: boolean
  /** False where the source contradicts itself: what is left is good for the answer at hand and is not kept. */
  readonly isCertain: boolean
}

/** The ids of the scope's accounts; looked up lazily and kept for the life of the mapping. */
export interface AccountIdSource {
  /** What is known without asking anybody. */
  known(urn: string): AccountIds | undefined
  /** The same but for what serves this one request alone. It may be asked when the request is long over. @default nothing outlives it */
  readonly shared?: (urn: string) => AccountIds | undefined
  /** Asks for the accounts that are not known, in as few calls as possible. Unknown to the source: not in the map. */
  load(urns: readonly string[]): Promise<ReadonlyMap<string, AccountIds>>
  /** Asks again, whatever is known: an id that is not among the known ones may be new. */
  reload(urns: readonly string[]): Promise<ReadonlyMap<string, AccountIds>>
  /** Keeps what came along with another answer. */
  learn(ids: ReadonlyMap<string, AccountIds>): void
}
