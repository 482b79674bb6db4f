import type { GraphQLArgument, GraphQLField, GraphQLObjectType, GraphQLSchema } from 'graphql'
import { getNamedType, isLeafType, isNonNullType, isObjectType, isRequiredArgument } from 'graphql'
import type { Mood } from './arguments.js'
import { literalOf, readWindow, valueFor } from './arguments.js'
import type { Chance } from './chance.js'

/** A request with symbols in the place of ids: text, variables and, where there are several operations, which one. */
export interface RandomOperation {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
  readonly operationName: string | undefined
  readonly isMutation: boolean
  readonly mood: Mood
}

/** Names that could be mistaken for something: witnesses, other fields, other levels. */
const aliases = ['urn', 'uuid', 'node', 'edges', 'name', 'data', 'accountNumber', 'premiseId', '_id'] as const

/** The way to reads is long, so each step of it comes up more often; then what else is about people. */
const towardsReads =
  /^(?:serviceAgreements|serviceAgreementsConnection|servicePoints|servicePointsConnection|readStreams|netUsage|reads|measuredAmount)$/
const often =
  /^(?:billing|viewer|accounts?$|edges$|node$|service|premises?|energy|bills$|segments$|value$|timeInterval$|urn$|name$|statements$)/
/** Some documents go straight for them. */
const wayToReads =
  /^(?:billingAccountsConnection|billingAccountByAuthContext|edges|node|serviceAgreements|servicePoints|readStreams|netUsage|energyDelivered|reads|measuredAmount|value)$/
const seldom =
  /^(?:intervalReads|weather|reactive|apparent|power|demand|tariff|areaOutages|exportJob|billing$|billingLedgers|balance|payments)/

/** The most fields of one document; beyond them only values are chosen. */
const manyFields = 36

/**
 * Any operation that the served schema allows, and some that it does not: every root and selector, aliases that look like
 * witnesses, fragments in each other, conditions, variables and their defaults, several operations in one document.
 */
export function randomOperation(schema: GraphQLSchema, chance: Chance): RandomOperation {
  const mood: Mood = chance.one(4) ? 'mixed' : 'honest'
  const isMutation = chance.one(14)
  const root = isMutation ? schema.getMutationType() : schema.getQueryType()
  if (root == null) throw new TypeError('expected a schema with queries and mutations')
  const builder = createBuilder(mood, chance)
  const body = builder.selectionOf(root, isMutation ? 3 : 13)
  const other = chance.one(12) ? 'query Other { __typename viewer { login } }' : undefined
  const name = other !== undefined || chance.one(2) ? 'Asked' : undefined
  const own = `${isMutation ? 'mutation' : 'query'} ${name ?? ''}${builder.definitions()} ${body}`
  return {
    query: [...(other === undefined ? [own] : chance.one(2) ? [own, other] : [other, own]), ...builder.fragments].join('\n'),
    variables: builder.variables,
    operationName: other === undefined ? undefined : name,
    isMutation,
    mood,
  }
}

function createBuilder(mood: Mood, chance: Chance) {
  const fragments: string[] = []
  const variables: Record<string, unknown> = {}
  const declared: string[] = []
  const seeksReads = chance.one(5)
  let fields = 0

  /** Keys that are taken in this place belong to one field each, so that no two fields collide. */
  function selectionOf(type: GraphQLObjectType, left: number): string {
    const taken = new Set<string>()
    const count = 1 + chance.below(fields > manyFields ? 1 : type.name === 'Query' ? 3 : 4)
    const chosen = Array.from({ length: count }, () => fieldOf(type, left, taken))
    return `{ ${chosen.map(text => wrapped(text, type)).join(' ')}${chance.one(12) ? ' __typename' : ''} }`
  }

  function fieldOf(type: GraphQLObjectType, left: number, taken: Set<string>): string {
    const field = pickField(type, left)
    if (field === undefined) return '__typename'
    fields++
    const named = getNamedType(field.type)
    const text = `${keyOf(field, taken)}${argumentsOf(field)}${condition()}`
    return isObjectType(named) ? `${text} ${selectionOf(named, left - 1)}` : text
  }

  function pickField(type: GraphQLObjectType, left: number): GraphQLField<unknown, unknown> | undefined {
    const all = Object.values(type.getFields())
    const onTheWay = seeksReads && fields < manyFields && !chance.one(5) ? all.filter(field => wayToReads.test(field.name)) : []
    if (onTheWay.length > 0) return chance.some(onTheWay)
    const objects = all.filter(field => !isLeafType(getNamedType(field.type)))
    const leaves = all.filter(field => isLeafType(getNamedType(field.type)))
    const isDeep = left > 0 && (fields < manyFields ? !chance.one(3) : leaves.length === 0)
    const among = (isDeep && objects.length > 0) || leaves.length === 0 ? objects : leaves
    return chance.some(among.flatMap(field => Array<typeof field>(weightOf(field.name)).fill(field)))
  }

  function keyOf({ name, args, type }: GraphQLField<unknown, unknown>, taken: Set<string>): string {
    const isPlain = args.length === 0 && isLeafType(getNamedType(type))
    const alias = chance.one(8) ? chance.pick(aliases) : undefined
    const key = alias !== undefined && !taken.has(alias) ? alias : name
    if (taken.has(key) && isPlain && key === name) return name
    const free = taken.has(key) ? `k${taken.size}` : key
    taken.add(free)
    return free === name ? name : `${free}: ${name}`
  }

  function argumentsOf({ name, args }: GraphQLField<unknown, unknown>): string {
    const window = windowFor(name)
    const given = args.flatMap(argument => {
      if (argument.name in window) return [`${argument.name}: ${spelled(argument, window[argument.name])}`]
      if (!isRequiredArgument(argument) && !chance.one(rarity(argument.name))) return []
      return [`${argument.name}: ${spelled(argument, valueFor(argument, name, mood, chance))}`]
    })
    return given.length === 0 ? '' : `(${given.join(', ')})`
  }

  /** Years of bills, or of reads in a file, cost seconds to make up, so mostly little is asked for. */
  function windowFor(field: string): Readonly<Record<string, unknown>> {
    if (field === 'readStreams') return chance.one(6) ? {} : readWindow(mood, chance)
    return field === 'bills' && !chance.one(25) ? { last: 1 + chance.below(3) } : {}
  }

  /** Cursors are seldom anybody's own; a second account by another id mostly contradicts the first. */
  function rarity(argument: string): number {
    if (argument === 'usageExportFileConfigurationInput') return 1
    if (/^(?:after|before)$/.test(argument)) return mood === 'honest' ? 30 : 8
    return /^(?:singlePremise|last)$/.test(argument) ? 6 : 3
  }

  /** By literal, by variable, by the default of one, or by a variable inside a list. */
  function spelled(argument: GraphQLArgument, value: unknown): string {
    if (chance.one(2)) return literalOf(value)
    if (Array.isArray(value) && value.length > 0 && chance.one(3)) {
      const [first, ...rest] = value
      return `[${[variable('ID!', first), ...rest.map(literalOf)].join(', ')}]`
    }
    return variable(String(argument.type), value, chance.one(4) && !isNonNullType(argument.type) && value !== null)
  }

  function variable(type: string, value: unknown, byDefault = false): string {
    const name = `v${declared.length}`
    declared.push(`$${name}: ${type}${byDefault ? ` = ${literalOf(value)}` : ''}`)
    if (!byDefault) variables[name] = value
    return `$${name}`
  }

  function condition(): string {
    if (!chance.one(14)) return ''
    const directive = chance.pick(['@include', '@skip'])
    const isKept = !chance.one(3)
    const value = directive === '@include' ? isKept : !isKept
    return ` ${directive}(if: ${chance.one(2) ? String(value) : variable('Boolean!', value)})`
  }

  function wrapped(text: string, type: GraphQLObjectType): string {
    if (chance.one(14)) return `... on ${type.name}${condition()} { ${text} }`
    if (chance.one(30)) return `...${condition()} { ${text} }`
    if (!chance.one(16)) return text
    const name = `F${fragments.length}`
    fragments.push(`fragment ${name} on ${type.name} { ${text} }`)
    return chance.one(3) ? `...${name} ... { ...${name} }` : `...${name}`
  }

  const definitions = (): string => (declared.length === 0 ? '' : `(${declared.join(', ')})`)
  return { selectionOf, fragments, variables, definitions }
}

function weightOf(name: string): number {
  if (towardsReads.test(name)) return 24
  if (seldom.test(name)) return 1
  return often.test(name) ? 6 : 2
}
