import type { Faults } from '../faults/faults.js'
import { strangerTo } from '../faults/foreign.js'
import type { ForeignPlace } from '../faults/foreign.js'
import type { Account } from '../population/types.js'
import type { World } from '../world.js'
import type { ReadBleed } from './read-bleed.js'

/** One request, as the resolvers see it. */
export interface Ask {
  readonly world: World
  readonly face: 'hub' | 'edge'
  readonly utilityCode: string
  /** What the token reaches, in population order: on the hub the whole utility. */
  readonly accounts: readonly Account[]
  /** The accounts that a token without an argument stands for: none on the hub. */
  readonly ownAccounts: readonly Account[]
  /** The clock of the data, milliseconds since the epoch, the same for the whole request. */
  readonly now: number
  readonly faults: Faults
  /** Whether this request is one of those that get a null root, or a forecast that fails. */
  readonly nullRoot: boolean
  readonly partial: boolean
  /** Where other accounts' data is put. */
  readonly foreign: readonly ForeignPlace[]
  /** The accounts answered so far. */
  readonly answered: Set<Account>
  readonly bleed: ReadBleed
  /** Where this simulator listens, for links to files. */
  readonly origin: string
}

/** Another account whose data belongs into this place of the answer, where that fault is set. */
export function strangerAt(place: ForeignPlace, own: readonly Account[], ask: Ask): Account | undefined {
  return ask.foreign.includes(place) ? strangerTo(own, ask.world.population, ask.utilityCode) : undefined
}

/** The same request for what lies inside a stranger's data: foreign once is enough. */
export function undisturbed(ask: Ask): Ask {
  return { ...ask, foreign: [], answered: new Set() }
}
