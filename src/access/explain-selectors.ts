import type { Scope } from '../accounts/scope.js'
import { isShown } from '../accounts/role-rules.js'
import type { ArgumentRule, SourceAccess } from '../plan/access-rules.js'
import type { Variables } from '../plan/argument-values.js'
import { valueNamed, valueOf } from '../plan/argument-values.js'
import type { Leg, OperationPlan, PlannedField } from '../plan/plan.js'
import { coordinateOf } from '../plan/selection.js'
import type { GraphQLSchema } from 'graphql'
import { explainArgument, explainKind } from './rule-words.js'

/** One argument that chooses whose data is read, and what becomes of its value. */
export interface ExplainedSelector {
  readonly coordinate: string
  /** Undefined when it was left out. */
  readonly value: unknown
  readonly chooses: string
  readonly decision: string
}

export interface SelectorsInput {
  readonly schema: GraphQLSchema
  readonly access: SourceAccess
  readonly plan: OperationPlan
  readonly variables: Variables
  readonly scope: Scope
}

/** Every selector of the operation: those of its roots, given or left out, and those below. */
export function explainSelectors(input: SelectorsInput): readonly ExplainedSelector[] {
  const { plan, variables } = input
  const ofRoots = plan.legs.flatMap(leg =>
    rootArguments(leg).map(name => explain(`${coordinateOf(leg.selected)}(${name})`, valueNamed(leg.arguments, name, variables), input)),
  )
  const below = plan.bindings.map(({ coordinate, argument }) =>
    explain(`${coordinate}(${argument.name})`, valueOf(argument, variables), input),
  )
  return [...ofRoots, ...below].flatMap(each => each ?? [])
}

function rootArguments({ selected }: Leg): readonly string[] {
  return (selected.definition?.args ?? []).map(({ name }) => name)
}

function explain(coordinate: string, value: unknown, input: SelectorsInput): ExplainedSelector | undefined {
  const rule: ArgumentRule | undefined = input.access.arguments[coordinate]
  const isGiven = value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0)
  if (rule === undefined || (rule.chooses === 'cursor' && !isGiven)) return undefined
  const [chooses, absent, foreign] = explainArgument(input.schema, input.access, coordinate, rule)
  return { coordinate, value, chooses, decision: isGiven ? decide(rule, value, foreign, input.scope) : `filled: ${absent}` }
}

function decide(rule: ArgumentRule, value: unknown, foreign: string, scope: Scope): string {
  if (rule.chooses === 'time') return 'narrowed; see the variables below'
  if (rule.chooses === 'members' || (typeof value === 'object' && !Array.isArray(value)))
    return 'each member is judged by itself; see the variables below'
  if (!('foreign' in rule)) return 'sent as it is'
  if (rule.chooses !== 'account') return `looked up first; if it is the account’s own it is sent, otherwise: ${foreign}`
  const strangers = [value].flat().filter(urn => typeof urn !== 'string' || !scope.byUrn.has(urn))
  return strangers.length === 0 ? 'in the scope: sent' : `${strangers.join(', ')} not in the scope: ${foreign}`
}

/** How each object of the answer proves whose it is: `place: key`, in the order of the operation. */
export function explainWitnesses({ plan }: Pick<SelectorsInput, 'plan'>): readonly string[] {
  const roots = [
    ...plan.legs.flatMap(leg => leg.nodes.map(node => ({ field: node.field, above: leg.path.slice(0, -1) }))),
    ...plan.sourceLegs.map(leg => ({ field: leg.field, above: [] })),
  ]
  return [...new Set(roots.flatMap(({ field, above }) => witnessesOf(field, above)))]
}

function witnessesOf(field: PlannedField, above: readonly string[]): string[] {
  const place = [...above, field.selected.key]
  const own =
    field.witness === undefined
      ? []
      : [
          `${place.join('.')} (${field.selected.type}): ${field.witness.keys.join('.')} must be the scope’s own: ${explainKind(field.witness.kind)}`,
        ]
  return [...own, ...field.children.flatMap(child => witnessesOf(child, place))]
}

/** Fields of the operation that a grant of the scope does not show, each with the roles that do not show it. */
export function explainMasks({ plan, scope, access }: Pick<SelectorsInput, 'plan' | 'scope' | 'access'>): readonly string[] {
  return [...plan.coordinates].sort().flatMap(coordinate => {
    const group = access.personal[coordinate]
    const roles = group === undefined ? [] : scope.grants.filter(grant => !isShown(grant, group)).map(grant => grant.role)
    return roles.length === 0 ? [] : [`${coordinate}: not shown to ${[...new Set(roles)].join(', ')}`]
  })
}
