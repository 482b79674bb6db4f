import type { PersonalGroup } from '../accounts/grant.js'

/** What an id names. Ids of different kinds are never compared with each other, and each is compared as a whole. */
export type IdKind = 'account' | 'account-number' | 'utility-id' | 'customer' | 'agreement' | 'point' | 'premise' | 'person' | 'export-job'

/** How we know whose data an object of a type is. */
export type TypeRule =
  /** By a field of its own: the path from the object to an id that must lie in the scope. */
  | { readonly proof: 'witness'; readonly path: readonly [string, ...string[]]; readonly kind: IdKind }
  /** By the proven object that holds it. */
  | { readonly proof: 'containment' }
  /** It is nobody's. */
  | { readonly proof: 'public' }

export interface IdRule {
  readonly chooses: IdKind
  readonly foreign: 'refuse' | 'empty'
  /** Left out, null or empty: every id of the scope. Without it, leaving it out is no choice at all. */
  readonly omitted?: 'fill'
  /** The account must hold the place now, and not only have held it once. */
  readonly when?: 'occupied'
}

/** How an argument chooses whose data is read. */
export type ArgumentRule =
  /** An id of this kind, or a list of them; one that is not the customer's own is answered as `foreign` says. */
  | IdRule
  /** A place in a connection: only cursors that the gateway sealed are taken. */
  | { readonly chooses: 'cursor' }
  /** A stretch of time, narrowed to what the customer may see: while the account occupied its points, or as the grant says. */
  | { readonly chooses: 'time'; readonly by: 'occupancy' | 'grant'; readonly cap?: RangeCap }
  /** An input object: its members choose, each by its rule in `inputs`. */
  | { readonly chooses: 'members' }
  /** Looks like an id and is none. */
  | { readonly chooses: 'nothing' }

/** The longest range the source answers, by the value of another argument; absolute hours, whatever the clock does. */
export interface RangeCap {
  readonly argument: string
  readonly hours: Readonly<Record<string, number>>
}

/** How a root field is answered. */
export type RootRule =
  /** Accounts of the scope, paged by the gateway. */
  | 'accounts'
  /** One account of the scope. */
  | 'account'
  /** The person behind the session; made by the gateway. */
  | 'viewer'
  /** A job that this subject started. */
  | 'export-job'
  /** Starts a job for accounts of the scope. */
  | 'export-start'
  /** Answered by its source as it is; its arguments and its witnesses say whose it is. */
  | 'source'

/** Which stretch of time clips a value on the way out. */
export type TimeRule =
  /** An object with an interval in `field`: dropped from its list (or null) unless the account's own time holds it. */
  | { readonly clip: 'object'; readonly field: string; readonly by: 'occupancy' | 'grant' }
  /** An interval itself: narrowed to the period. */
  | { readonly clip: 'interval'; readonly by: 'occupancy' | 'grant' }
  /** A value about today: null unless the account still holds the place, or the grant's period reaches until now. */
  | { readonly clip: 'today'; readonly by: 'occupancy' | 'grant' }
  /** A value about the same stretch a year earlier: null unless the account's own time reaches back that far. */
  | { readonly clip: 'year-before' }

/**
 * What an object tells of a group of people: below a minimum of members its figures would be somebody's own, so they
 * become null. A group whose size is not told is taken for a small one.
 */
export interface GroupRule {
  /** The field of the object that tells how many there are. */
  readonly size: string
  /** The object's fields that tell something of the others, the size among them. */
  readonly figures: readonly string[]
}

/** A field that joins another source: its rows are matched by key, never by position. */
export interface LinkRule {
  readonly source: string
  /** The query of that source which answers for many keys at once. */
  readonly root: string
  /** Where the object that holds the link has its key: the names to follow. */
  readonly from: readonly [string, ...string[]]
  /** The argument of `root` that takes the keys. */
  readonly argument: string
  /**
   * What `argument` takes. `person`: the customer numbers that prove the person; rows are still matched by the key. `accounts`: the
   * scope's own accounts that held the place of the key at the object's own time; rows are matched by their URNs. @default 'key'
   */
  readonly asks?: 'key' | 'person' | 'accounts'
  /** The rows are the nodes of a connection, which is told how many to give. @default false: the root's own list */
  readonly isConnection?: boolean
  /** The field of each row that tells whose it is. */
  readonly to: string
  /** The field of the row that is the value; the whole row without it. With `many` it is a list of its own. */
  readonly take?: string
  /** A key that is not the scope's own is never sent; `public` keys are nobody's. */
  readonly key: IdKind | 'public'
  readonly many: boolean
  /** Arguments of the link that `root` takes too, by the names that `root` knows. */
  readonly pass?: Readonly<Record<string, string>>
  /** The most keys of one call. @default 50 */
  readonly chunk?: number
  /**
   * When the source fails. `null`: null with an error at the path. `fail`: the whole answer fails. `stale`: the rows of before for the same
   * key and the same scope, no older than `staleSeconds`, which the answer tells; null with an error without them. @default 'null'
   */
  readonly onFailure?: 'null' | 'fail' | 'stale'
  /** With `stale`: how old rows may be. @default 300 */
  readonly staleSeconds?: number
}

/** Everything a source declares about whose data it serves. What is not declared is not served. */
export interface SourceAccess {
  readonly source: string
  readonly roots: Readonly<Record<string, RootRule>>
  readonly types: Readonly<Record<string, TypeRule>>
  /** By coordinate, `Type.field(argument)`. */
  readonly arguments: Readonly<Record<string, ArgumentRule>>
  /** What stands inside an argument that is an object, by `Input.member`. */
  readonly inputs: Readonly<Record<string, ArgumentRule>>
  /** By type name, or by `Type.field` for values. */
  readonly time: Readonly<Record<string, TimeRule>>
  /** Fields whose value is a place in a connection: they leave sealed. */
  readonly cursors: readonly string[]
  /** Fields that tell who somebody is, by coordinate: which of them a grant opens is decided by its role. */
  readonly personal: Readonly<Record<string, PersonalGroup>>
  /** By type name. */
  readonly groups: Readonly<Record<string, GroupRule>>
  /** Types, roots, fields and arguments that are known and left out of the customer's schema on purpose. */
  readonly hidden: readonly string[]
  /** Fields that the source takes long for. */
  readonly slow?: readonly string[]
  /** Fields of this source's types that join another source, by coordinate. */
  readonly links?: Readonly<Record<string, LinkRule>>
  /** Fields that the source answers wrongly when one request has them twice with different arguments. */
  readonly hazards?: readonly string[]
  /** Fields that are in the customer's schema although the source lacks them; null with `FIELD_NOT_AVAILABLE`. */
  readonly unavailable: readonly string[]
}
