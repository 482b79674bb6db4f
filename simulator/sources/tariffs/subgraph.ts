import { readFileSync } from 'node:fs'
import type { GraphQLSchema } from 'graphql'
import { buildASTSchema, concatAST, GraphQLError, parse } from 'graphql'
import type { SourceFaults } from '../faults.js'
import { disturbed } from '../faults.js'
import type { Plan } from './plans.js'
import { plans } from './plans.js'

/** What the subgraph says of itself to a router (Federation 2). */
const sdl = readFileSync(new URL('./schema.graphql', import.meta.url), 'utf8')

/** What Federation asks of every subgraph. */
const machinery = `
  directive @link(url: String!, import: [String]) repeatable on SCHEMA
  directive @key(fields: String!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE
  schema { query: Query }
  scalar _Any
  type _Service { sdl: String! }
  union _Entity = TariffPlan
  extend type Query {
    _service: _Service!
    _entities(representations: [_Any!]!): [_Entity]!
  }`

/** The catalogue as a subgraph, which answers a plain client as well. */
export const subgraph: GraphQLSchema = buildASTSchema(concatAST([parse(sdl), parse(machinery)]))

const mostCodes = 50

/** The root of one request. */
export function rootOf(faults: SourceFaults) {
  return {
    _service: () => ({ sdl }),
    _entities: ({ representations }: { representations: readonly unknown[] }) => representations.map(entityOf),
    tariffPlans: ({ service }: { service?: string | null }) =>
      disturbed(plans.filter(plan => service == null || plan.service === service).map(view), faults, undefined),
    tariffPlan: ({ code }: { code: string }) => planOf(code),
    tariffPlansByCode: ({ codes }: { codes: readonly string[] }) => {
      if (codes.length > mostCodes) throw new GraphQLError(`At most ${mostCodes} codes, but got: ${codes.join(', ')}`)
      const stranger = plans.find(({ code }) => !codes.includes(code))
      const wanted = plans.filter(({ code }) => codes.includes(code)).map(view)
      return disturbed(wanted, faults, stranger === undefined ? undefined : view(stranger))
    },
  }
}

/** A representation that names no plan of ours is answered with null, at its place. */
function entityOf(representation: unknown): object | null {
  if (typeof representation !== 'object' || representation === null) return null
  const isPlan = '__typename' in representation && representation.__typename === 'TariffPlan'
  return isPlan && 'code' in representation && typeof representation.code === 'string' ? planOf(representation.code) : null
}

function planOf(code: string): object | null {
  const plan = plans.find(each => each.code === code)
  return plan === undefined ? null : view(plan)
}

function view(plan: Plan): object {
  return {
    __typename: 'TariffPlan',
    ...plan,
    currency: 'USD',
    validUntil: null,
    prices: ({ season }: { season?: string | null }) => plan.prices.filter(price => season == null || price.season === season),
  }
}
