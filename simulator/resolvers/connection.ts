import { createHash } from 'node:crypto'
import { dataFetchingException } from '../graphql/java-errors.js'

export interface PageArgs {
  readonly first?: number | null
  readonly after?: string | null
  readonly last?: number | null
  readonly before?: string | null
}

/** A list to be paged: all of it, and which of it the caller's filter keeps. */
export interface PagedSet<T> {
  readonly kind: 'accounts' | 'premises' | 'agreements' | 'points'
  /** Whose list it is. */
  readonly owner: string
  readonly all: readonly T[]
  /** Tells filters apart; empty for none. */
  readonly filter: string
  keeps(item: T): boolean
  /** The whole list of another owner, where the face is careless enough to follow a cursor into it. */
  elsewhere(owner: string): readonly T[] | undefined
}

export interface Edge<N> {
  readonly cursor: string
  readonly node: N
}

export interface Connection<E> {
  readonly totalCount: number
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly startCursor: string | null
    readonly endCursor: string | null
  }
  readonly edges: readonly E[]
}

interface Place {
  readonly kind: string
  readonly owner: string
  readonly filter: string
  readonly at: number
}

interface Entry<T> {
  readonly item: T
  readonly at: number
}

/**
 * One page of a set, as edges. A cursor holds its place in the unfiltered list: used under the filter it came from it
 * goes on there; used under another filter, or another owner, it goes on through the whole list it came from.
 */
export function page<T, E>(set: PagedSet<T>, args: PageArgs, edgeOf: (item: T, cursor: string) => E): Connection<E> {
  const after = readCursor(args.after, set)
  const before = readCursor(args.before, set)
  const strayed = [after, before].find(place => place !== undefined && isStray(place, set))
  const entries = strayed === undefined ? kept(set) : whole(set, strayed)
  const within = entries.filter(({ at }) => at > (after?.at ?? -1) && at < (before?.at ?? Infinity))
  const shown = cut(within, args)
  const owner = strayed?.owner ?? set.owner
  const cursorOf = (entry: Entry<T> | undefined) => (entry === undefined ? null : cursorText({ ...set, owner, at: entry.at }))
  const [start, end] = [shown[0], shown.at(-1)]
  return {
    totalCount: kept(set).length,
    pageInfo: {
      hasNextPage: end !== undefined && entries.some(({ at }) => at > end.at),
      hasPreviousPage: start !== undefined && entries.some(({ at }) => at < start.at),
      startCursor: cursorOf(start),
      endCursor: cursorOf(end),
    },
    edges: shown.map(entry => edgeOf(entry.item, cursorOf(entry) ?? '')),
  }
}

function kept<T>(set: PagedSet<T>): readonly Entry<T>[] {
  return set.all.map((item, at) => ({ item, at })).filter(({ item }) => set.keeps(item))
}

function whole<T>(set: PagedSet<T>, place: Place): readonly Entry<T>[] {
  const items = place.owner === set.owner ? set.all : (set.elsewhere(place.owner) ?? [])
  return items.map((item, at) => ({ item, at }))
}

function cut<T>(entries: readonly Entry<T>[], { first, last }: PageArgs): readonly Entry<T>[] {
  if ((first ?? 0) < 0 || (last ?? 0) < 0) throw dataFetchingException('A page size must not be negative.')
  const head = first == null ? entries : entries.slice(0, first)
  return last == null ? head : last === 0 ? [] : head.slice(-last)
}

function isStray(place: Place, set: PagedSet<unknown>): boolean {
  return place.owner !== set.owner || place.filter !== digest(set.filter)
}

function cursorText({ kind, owner, filter, at }: Place): string {
  return Buffer.from([kind, owner, digest(filter), at].join('|')).toString('base64')
}

/** A cursor of another kind of list, or one that is none, fails the field. */
function readCursor(text: string | null | undefined, set: PagedSet<unknown>): Place | undefined {
  if (text == null) return undefined
  const [kind, owner, filter, at, ...rest] = Buffer.from(text, 'base64').toString('utf8').split('|')
  const isOurs = kind === set.kind && owner !== undefined && filter !== undefined && /^\d{1,9}$/.test(at ?? '') && rest.length === 0
  if (!isOurs) throw dataFetchingException('The cursor is not valid.')
  return { kind, owner, filter, at: Number(at) }
}

function digest(filter: string): string {
  return filter === '' ? '' : createHash('sha256').update(filter).digest('hex').slice(0, 12)
}
