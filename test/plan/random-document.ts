import type { GraphQLObjectType, GraphQLSchema } from 'graphql'
import { getNamedType, isLeafType, isObjectType, isRequiredArgument, parse, validate } from 'graphql'

export interface RandomDocument {
  readonly query: string
  /** The variables of its conditions. */
  readonly variables: Readonly<Record<string, boolean>>
}

export interface RandomDocumentOptions {
  readonly schema: GraphQLSchema
  /** The roots to choose from. */
  readonly roots: readonly string[]
  /** Levels below the root. @default 5 */
  readonly depth?: number
  /** Fields that are never chosen, by coordinate. */
  readonly without?: readonly string[]
}

/** Names that could be mistaken for something: witnesses, other fields, other levels. */
const aliases = ['a', 'b', 'urn', 'uuid', 'node', 'edges', 'name', '_id']

/**
 * A valid document that depends on the seed alone: fields with and without aliases, the same field twice, inline and
 * named fragments in each other, and conditions by variables and by literals. Undefined when chance made none.
 */
export function randomDocument(seed: number, options: RandomDocumentOptions): RandomDocument | undefined {
  const builder = createBuilder(seed, options)
  const query = builder.build()
  const variables = { yes: builder.chance(2), no: builder.chance(2) }
  return validate(options.schema, parse(query)).length === 0 ? { query, variables } : undefined
}

function createBuilder(seed: number, { schema, roots, depth = 5, without = [] }: RandomDocumentOptions) {
  let state = seed >>> 0
  const fragments: string[] = []

  function below(limit: number): number {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
  const chance = (one: number): boolean => below(one) === 0
  const pick = <T>(from: readonly T[]): T | undefined => from[below(from.length)]

  function selectionOf(type: GraphQLObjectType, left: number, among?: readonly string[]): string {
    const fields = Object.values(type.getFields()).filter(
      field => isChoosable(type, field.name, left) && among?.includes(field.name) !== false,
    )
    const chosen = Array.from({ length: 1 + below(3) }, () => pick(fields)).flatMap(field =>
      field === undefined ? [] : fieldOf(type, field.name, left),
    )
    const extra = chance(6) ? ['__typename'] : []
    return `{ ${[...chosen, ...extra].map(text => wrapped(text, type.name)).join(' ') || '__typename'} }`
  }

  function isChoosable(type: GraphQLObjectType, name: string, left: number): boolean {
    const field = type.getFields()[name]
    if (field === undefined || field.args.some(isRequiredArgument) || without.includes(`${type.name}.${name}`)) return false
    return left > 0 || isLeafType(getNamedType(field.type))
  }

  function fieldOf(type: GraphQLObjectType, name: string, left: number): string {
    const named = getNamedType(type.getFields()[name]?.type)
    const alias = chance(4) ? `${pick(aliases) ?? 'a'}: ` : ''
    return `${alias}${name}${condition()} ${isObjectType(named) ? selectionOf(named, left - 1) : ''}`
  }

  function condition(): string {
    if (!chance(8)) return ''
    return (
      pick([' @include(if: $yes)', ' @skip(if: $no)', ' @include(if: true)', ' @skip(if: true)', ' @skip(if: $no) @include(if: $yes)']) ??
      ''
    )
  }

  function wrapped(text: string, type: string): string {
    if (chance(6)) return `... on ${type}${condition()} { ${text} }`
    if (chance(8)) return `...${condition()} { ${text} }`
    if (!chance(8)) return text
    const name = `F${fragments.length}`
    fragments.push(`fragment ${name} on ${type} { ${text} }`)
    return `...${name} ${chance(3) ? `...${name}` : ''}`
  }

  function build(): string {
    const query = schema.getQueryType()
    if (query == null) throw new TypeError('expected a schema with a query type, but got none')
    const body = selectionOf(query, depth, roots)
    // Conditions that chance did not use are used here, so that the document is valid.
    const used = `used: __typename @include(if: $yes) @skip(if: $no)`
    return [`query Random($yes: Boolean!, $no: Boolean!) ${body.replace(/\}$/, `${used} }`)}`, ...fragments].join('\n')
  }

  return { build, chance }
}
