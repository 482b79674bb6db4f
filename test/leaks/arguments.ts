import type { GraphQLArgument, GraphQLInputField, GraphQLInputType } from 'graphql'
import { getNullableType, isEnumType, isInputObjectType, isListType, isNonNullType } from 'graphql'
import type { Chance } from './chance.js'
import type { IdKind, Whose } from './symbols.js'
import { symbolOf } from './symbols.js'

/** Whether a document asks for what is the customer's own, or mixes everything. */
export type Mood = 'honest' | 'mixed'

/** Which ids an argument takes, by its name or by its field's and its own. */
const kinds: Readonly<Record<string, IdKind>> = {
  byURNs: 'account',
  selectedAccount: 'account',
  urn: 'account',
  urns: 'account',
  accountUrns: 'account',
  singlePremise: 'customer',
  customerUuid: 'customerUuid',
  premiseIds: 'premise',
  premiseId: 'premise',
  customerIds: 'person',
  jobUuid: 'job',
  after: 'cursor',
  before: 'cursor',
  'premisesConnection.matching': 'premise',
  'serviceAgreementsConnection.matching': 'agreement',
  'servicePointsConnection.matching': 'point',
}

/** Around the move at the shared premise, the begin of the adviser's time, the newest reads; then what cannot be read. */
const intervals: readonly [string, ...string[]] = [
  '2026-11-08T05:00:00Z/2026-11-09T05:00:00Z',
  '2026-11-01T00:00:00-04:00/2026-11-02T00:00:00-05:00',
  '2026-03-30T04:00:00Z/2026-04-02T04:00:00Z',
  '2026-04-16T04:00:00Z/2026-04-20T04:00:00Z',
  '2025-12-30T05:00:00Z/2026-01-03T05:00:00Z',
  '2024-01-10T05:00:00Z/2024-01-12T05:00:00Z',
  '2026-06-01T04:00:00Z/2026-06-03T04:00:00Z',
]
const longIntervals: readonly [string, ...string[]] = [
  '2026-01-01T05:00:00Z/2026-11-01T04:00:00Z',
  '2025-03-01T00:00:00-05:00/2026-01-15T00:00:00-05:00',
  '2026-03-01T05:00:00Z/2026-05-01T04:00:00Z',
]
const oddIntervals: readonly [string, ...string[]] = [
  '2026-06-01/2026-06-04',
  '2026-04-20T04:00:00Z/2026-04-16T04:00:00Z',
  '2026-04-16T04:00:00Z/P4D',
  '1970-01-01T00:00:00Z/2038-01-01T00:00:00Z',
  'yesterday',
]

/** A name of the schema's enums, to be written without quotes in a document. */
class Name {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
  toJSON(): string {
    return this.name
  }
}

/** A value for an argument, or for a member of an input object: with ids as symbols, and names of enums as `Name`. */
export function valueFor(argument: GraphQLArgument | GraphQLInputField, field: string, mood: Mood, chance: Chance): unknown {
  const type = getNullableType(argument.type)
  if (!isNonNullType(argument.type) && chance.one(mood === 'honest' ? 12 : 7)) return null
  const value = (): unknown => itemFor(isListType(type) ? getNullableType(type.ofType) : type, argument.name, field, mood, chance)
  if (!isListType(type)) return value()
  // A single value stands for a list of one.
  if (chance.one(5)) return value()
  return Array.from({ length: chance.below(mood === 'honest' ? 3 : 4) }, value)
}

/** What is asked of reads goes together: a long time by the day, a short one by the hour or less. */
export function readWindow(mood: Mood, chance: Chance): Readonly<Record<string, unknown>> {
  if (chance.one(6)) return { timeInterval: chance.pick(longIntervals), readResolution: new Name('DAY') }
  const resolution = chance.pick(['HOUR', 'HALF_HOUR', 'QUARTER_HOUR', 'DAY', 'MONTH'])
  const interval = mood === 'mixed' && chance.one(4) ? chance.pick(oddIntervals) : chance.pick(intervals)
  return { timeInterval: interval, ...(chance.one(5) ? {} : { readResolution: new Name(resolution) }) }
}

/** The value as it is written in a document. */
export function literalOf(value: unknown): string {
  if (value instanceof Name) return value.name
  if (Array.isArray(value)) return `[${value.map(literalOf).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{ ${Object.entries(value)
    .map(([name, inner]) => `${name}: ${literalOf(inner)}`)
    .join(', ')} }`
}

function itemFor(type: GraphQLInputType, name: string, field: string, mood: Mood, chance: Chance): unknown {
  if (isEnumType(type)) return new Name(chance.some(type.getValues())?.name ?? 'NONE')
  if (isInputObjectType(type)) return objectFor(Object.values(type.getFields()), field, mood, chance)
  const kind = kinds[`${field}.${name}`] ?? kinds[name]
  if (kind !== undefined) return symbolOf(kind, whoseIn(mood, chance), chance.below(64))
  if ('name' in type && type.name === 'Boolean') return chance.one(2)
  if ('name' in type && type.name === 'Int') return chance.pick(mood === 'honest' ? [1, 2, 3, 25] : [0, 1, 2, -1, 1000, 2_000_000_000])
  return textFor(name, mood, chance)
}

function textFor(name: string, mood: Mood, chance: Chance): string {
  if (/interval|during/i.test(name)) return mood === 'mixed' && chance.one(4) ? chance.pick(oddIntervals) : chance.pick(intervals)
  if (/utilityCode/i.test(name)) return mood === 'mixed' && chance.one(3) ? 'rvgl' : 'nved'
  if (/^codes?$/.test(name)) return chance.pick(['RES-1', 'RES-TOU', 'GAS-1', 'NONE'])
  if (name === 'areaCode') return chance.pick(['10001', '10005', '12204', '13345'])
  return chance.pick(['', 'a word', 'KWH:NET_USAGE', '" } { x'])
}

/** In an input object the members that choose are there more often than labels; without a time a file is of three years. */
function objectFor(fields: readonly GraphQLInputField[], field: string, mood: Mood, chance: Chance): Record<string, unknown> {
  const isGiven = ({ name, type }: GraphQLInputField): boolean =>
    isNonNullType(type) || (name === 'timeInterval' ? !chance.one(80) : chance.one(kinds[name] === undefined ? 8 : 2))
  return Object.fromEntries(fields.filter(isGiven).map(each => [each.name, memberFor(each, field, mood, chance)]))
}

function memberFor(member: GraphQLInputField, field: string, mood: Mood, chance: Chance): unknown {
  return member.name === 'timeInterval' ? textFor(member.name, mood, chance) : valueFor(member, field, mood, chance)
}

function whoseIn(mood: Mood, chance: Chance): Whose {
  if (mood === 'honest' || chance.one(2)) return 'own'
  return chance.pick(['other', 'other', 'nobody', 'odd'])
}
