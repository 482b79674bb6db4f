import type { GraphQLInputType, OperationTypeNode, ValueNode } from 'graphql'
import type { PersonalGroup } from '../accounts/grant.js'
import type { ArgumentRule, IdKind, LinkRule, RootRule, TimeRule } from './access-rules.js'
import type { Selected } from './selection.js'
import type { PlannedGroup } from './small-group.js'

/** Names that the gateway adds to upstream documents start like this; customers' documents may not use it. */
export const reserved = '_gw'

/** A field of the customer's operation with what the gateway must know to prove, clip and shape its value. */
export interface PlannedField {
  readonly selected: Selected
  readonly children: readonly PlannedField[]
  /** Where the object says whose it is: the keys to follow in the upstream's object. */
  readonly witness: { readonly keys: readonly string[]; readonly kind: IdKind } | undefined
  /** How time clips the value, and the key under which the upstream's object tells its interval. */
  readonly time: { readonly rule: TimeRule; readonly key: string | undefined } | undefined
  /** It tells who somebody is: null where the grant does not show it. */
  readonly personal: PersonalGroup | undefined
  /** It tells of a group of people: its figures are null for a small one. */
  readonly group: PlannedGroup | undefined
  /** The source lacks it: null, with an error at its path. */
  readonly unavailable: boolean
  /** A connection's arguments but its cursors: what a cursor of it is sealed for. */
  readonly sealing: { readonly arguments: readonly BoundArgument[] } | undefined
  /** The variable that decides whether the field is sent at all. */
  readonly includeVariable: string | undefined
  /** The field joins another source: it is asked there once the objects that hold it are known. */
  readonly link: PlannedLink | undefined
  /** Its part in a series over time, which may be asked for in pieces and joined. */
  readonly series: SeriesPart | undefined
}

export interface SeriesPart {
  readonly part: 'whole' | 'stream' | 'read'
  /** Where the upstream's object tells which stream it is: the keys of all its plain values. */
  readonly keys: readonly string[]
}

/** One field whose value is a series over time. */
export interface SeriesField {
  readonly field: PlannedField
  readonly interval: Binding
  /** Everything else that decides its value: its own arguments, and those above it that choose no ids. */
  readonly arguments: readonly BoundArgument[]
  /** What is selected of it, as a text. */
  readonly signature: string
}

/** An operation whose series are all asked in one wording: it may be answered apart from its interval. */
export interface PlannedSeries {
  /** Names the operation without its interval. */
  readonly key: string
  /** The variables that decide the rest of it. */
  readonly variables: readonly string[]
  readonly fields: readonly SeriesField[]
  /** The same operation with nothing but these very fields, and what leads to them. */
  readonly alone: OperationPlan
}

export interface PlannedLink {
  readonly rule: LinkRule
  /** The keys to follow in the upstream's object to the join key. */
  readonly keys: readonly string[]
}

/** A document for a source other than Opower, with the variables that it declares. */
export interface SourceDocument {
  readonly document: string
  readonly declared: ReadonlySet<string>
  /** It goes to Opower and holds a field that must not stand beside its like. */
  readonly isHazardous?: boolean
}

/** A root that its source answers as it is. */
export interface SourceLeg extends SourceDocument {
  readonly field: PlannedField
}

/** An argument as the customer wrote it, to be evaluated against the request's variables. */
export interface BoundArgument {
  readonly name: string
  readonly type: GraphQLInputType
  readonly value: ValueNode
}

/** A selector below the accounts: checked or narrowed for every request, and sent as a variable. */
export interface Binding {
  readonly rule: Exclude<ArgumentRule, { readonly chooses: 'nothing' }>
  readonly argument: BoundArgument
  readonly variable: string
  readonly includeVariable: string
  /** The field that carries the argument. */
  readonly coordinate: string
  /** The field's other arguments: a cursor is good for the same ones only. */
  readonly siblings: readonly BoundArgument[]
  /** The nearest agreement selector above, which says whose period a time is narrowed to. */
  readonly agreementBinding: Binding | undefined
  /** The same of a point. */
  readonly pointBinding: Binding | undefined
  /** The leg whose accounts are meant; -1 for all of the scope. */
  readonly leg: number
}

/** One root of the upstream document, and the place in the customer's answer that it fills. */
export interface Leg {
  readonly rule: RootRule
  /** The root's key in the upstream document. */
  readonly alias: string
  /** Where its value stands in the customer's answer. */
  readonly path: readonly string[]
  readonly selected: Selected
  readonly arguments: readonly BoundArgument[]
  /** The account objects to fetch, each under a key of its own in the upstream's edge (or as the root itself). */
  readonly nodes: readonly LegNode[]
  /** What the leg is about: the URNs of its page, or the one value of a job. */
  readonly valueVariable: string
  readonly firstVariable: string
  readonly includeVariable: string
}

export interface LegNode {
  /** The key in the upstream's edge. */
  readonly alias: string
  /** The customer's key of the `edges` that hold the node; undefined where the leg is one account. */
  readonly edgesKey: string | undefined
  readonly field: PlannedField
}

/** Everything about an operation that does not depend on who asks. Compiled once, run for every request. */
export interface OperationPlan {
  /** SHA-256 over document, operation name, conditions and schema. */
  readonly key: string
  readonly operation: OperationTypeNode
  readonly operationName: string | undefined
  readonly roots: readonly Selected[]
  readonly legs: readonly Leg[]
  readonly sourceLegs: readonly SourceLeg[]
  /** The document that each link asks of its source. */
  readonly linkDocuments: ReadonlyMap<PlannedField, SourceDocument>
  readonly bindings: readonly Binding[]
  /** The upstream documents, printed once; the second one also asks for the ids of the accounts. */
  readonly document: string
  readonly documentWithIds: string
  /** Every variable that `document` declares: no other is sent with it. */
  readonly declared: ReadonlySet<string>
  /** Further documents, for fields that the source answers wrongly beside their like. */
  readonly apart: readonly { readonly document: string; readonly declared: ReadonlySet<string> }[]
  /** `document` holds a field that must not stand beside its like. */
  readonly isHazardous: boolean
  /** Touches what the source takes long for: it should not hold up what is quick. */
  readonly isSlow: boolean
  /** A join leads to accounts of the whole scope: the ids of all of them are needed. */
  readonly leadsToAccounts: boolean
  /** Whether the answer can only be judged with the ids of its accounts. */
  readonly judgesIds: boolean
  /** Touches what belongs to the person and not to the household. */
  readonly personal: boolean
  /** Every coordinate of the customer's operation, for the cache rules. */
  readonly coordinates: ReadonlySet<string>
  /** Those of them that are not asked for, since their source says that it does not have them any more. */
  readonly without: ReadonlySet<string>
  /** Undefined for an operation without a series, or with one that cannot be told apart from the rest. */
  readonly series: PlannedSeries | undefined
}

export function isJobLeg({ rule }: Leg): boolean {
  return rule === 'export-job' || rule === 'export-start'
}
