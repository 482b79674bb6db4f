import type { GraphQLSchema } from 'graphql'
import type { Chance } from './chance.js'
import type { RandomOperation } from './operations.js'
import { randomOperation } from './operations.js'
import { logins } from './policy.js'
import type { IdKind, Whose } from './symbols.js'
import { symbolOf } from './symbols.js'
import type { Way } from './world.js'

/** One request of a round: who asks which of its operations, and how. */
export interface Ask {
  readonly login: string
  readonly operation: RandomOperation
  /** Symbols for the selected entities; undefined for no such header. */
  readonly entities: string | undefined
  /** Milliseconds after which the client hangs up; undefined for never. */
  readonly abortAfter: number | undefined
  readonly way: Way
  /** In the second wave answers of the first may be repeated from the cache, and cursors of it are known. */
  readonly wave: 0 | 1
}

/** A few operations that several people ask at the same time, and the faults that are in force meanwhile. */
export interface Round {
  readonly asks: readonly Ask[]
  readonly faults: object
  readonly sourceFaults: Readonly<Record<string, object>>
  readonly revokesTokens: boolean
}

/** Requests of one round. */
export const asksPerRound = 20

/** Two places at once, both alike in saying whose they are: only a directory that names premises knows better. */
function isBeyondDoubt(kinds: readonly string[]): boolean {
  return kinds.includes('premise') && kinds.includes('point') && kinds.length === 2
}

/** @param knowsPlaces whether the directory says where each account's premises are */
export function randomRound(schema: GraphQLSchema, chance: Chance, knowsPlaces: boolean): Round {
  const operations = [0, 1, 2, 3, 4].map(() => randomOperation(schema, chance))
  const people = [0, 1, 2].map(() => chance.pick(everybody))
  const asks = Array.from({ length: asksPerRound }, (_none, at): Ask => {
    const operation = chance.some(operations) ?? randomOperation(schema, chance)
    return {
      login: chance.some(people) ?? 'alice',
      operation,
      entities: chance.one(20) ? entitiesBy(chance) : undefined,
      way: operation.isMutation ? chance.pick<Way>(['post', 'inside']) : chance.pick<Way>(['post', 'post', 'post', 'get', 'inside']),
      abortAfter: chance.one(16) ? 1 + chance.below(25) : undefined,
      wave: at < asksPerRound / 2 ? 0 : 1,
    }
  })
  return { asks, ...(chance.one(3) ? faultsBy(chance, knowsPlaces) : noFaults) }
}

/** Those who share something with somebody come up more often; the landlord's 45 accounts cost as much as all others. */
const everybody: readonly [string, ...string[]] = [
  'alice',
  ...logins,
  ...logins.filter(login => login !== 'fatima'),
  ...['alice', 'hanna', 'theo', 'theo', 'agnes', 'dora', 'emil', 'dora', 'emil', 'bruno', 'carmen', 'sol'],
]

const promptExports = { exports: { runningMs: 0 } }
const noFaults: Omit<Round, 'asks'> = { faults: promptExports, sourceFaults: {}, revokesTokens: false }

const foreignKinds = ['node', 'edge', 'segment', 'premise', 'point', 'error'] as const

/**
 * Mostly what could mix people up. What merely fails is seldom, or the breaker would answer for everybody; and a token that is
 * refused every few seconds is not asked for again at once.
 */
function faultsBy(chance: Chance, knowsPlaces: boolean): Omit<Round, 'asks'> {
  const two = (): readonly string[] => {
    const kinds = [chance.pick(foreignKinds), chance.pick(foreignKinds)]
    return !knowsPlaces && isBeyondDoubt(kinds) ? ['premise', 'error'] : kinds
  }
  const fault: object = chance.pick<object>([
    { foreign: [chance.pick(foreignKinds)] },
    { foreign: two() },
    { foreign: two() },
    { foreign: knowsPlaces ? ['premise', 'point'] : two() },
    { partial: { rate: 0.5 } },
    { nullRoot: { rate: 0.3 } },
    { slow: { rate: 0.5, ms: 20 } },
    { aliasBleed: chance.pick(['last', 'mixed']) },
    { foreign: ['error'], partial: true },
    { foreign: [...foreignKinds], outsideRange: 'error' },
    { status: { rate: 0.3, code: chance.pick([429, 503, 429, 503, 429, 503, 401]), retryAfter: 0 } },
    { html: { rate: 0.3 } },
    { truncated: { rate: 0.2 }, reset: { rate: 0.2 } },
  ])
  const source = chance.pick(['outages', 'billing', 'orders', 'tariffs'])
  const own = chance.one(2) ? {} : { [source]: chance.pick([{ foreign: true }, { foreign: true }, { reversed: true }, { html: true }]) }
  return { faults: { ...promptExports, ...fault }, sourceFaults: own, revokesTokens: chance.one(25) }
}

/** The header by which other gateways choose accounts: one entity, or a list of several kinds. */
function entitiesBy(chance: Chance): string {
  const entity = (): string => {
    const whose = chance.pick<Whose>(['own', 'own', 'other', 'nobody'])
    const kind = chance.pick<IdKind>(['account', 'customer', 'utilityId'])
    const symbol = symbolOf(kind, whose, chance.below(64))
    return kind === 'utilityId' ? `urn:session:account:${symbol}` : symbol
  }
  return chance.one(2) ? entity() : JSON.stringify([entity(), entity()])
}
