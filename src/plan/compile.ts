import type { DocumentNode, FragmentDefinitionNode, GraphQLSchema, OperationDefinitionNode } from 'graphql'
import { Kind, visit } from 'graphql'
import { digest } from '../accounts/scope.js'
import { refusal } from '../errors.js'
import type { RootRule, SourceAccess } from './access-rules.js'
import { keepApart } from './hazards.js'
import { argumentsOf, createFieldPlanner } from './plan-field.js'
import { isAboutPerson, planLinks } from './plan-links.js'
import type { Binding, Leg, OperationPlan, PlannedField } from './plan.js'
import { reserved } from './plan.js'
import type { Selected } from './selection.js'
import { coordinateOf, isObjectField, selectFields } from './selection.js'
import { planSeries } from './series.js'
import { printSourceLeg } from './source-document.js'
import { printUpstream } from './upstream-document.js'

export interface CompileInput {
  readonly schema: GraphQLSchema
  readonly schemaHash: string
  readonly access: SourceAccess
  readonly document: DocumentNode
  /** The document as it was sent: no two documents may have one key. */
  readonly text: string
  readonly operation: OperationDefinitionNode
  /** The values of the variables that stand in `@skip` and `@include`: they decide what the plan is. */
  readonly conditions: Readonly<Record<string, unknown>>
  /** Fields that are answered with null and an error, as if the access rules said that their source lacks them. @default none */
  readonly without?: readonly string[]
}

/**
 * Compiles one (validated) operation into its plan.
 *
 * @throws GatewayError `FIELD_NOT_AVAILABLE` for a root without an access rule, or a name that the gateway keeps for itself.
 */
export function compilePlan({ without = [], ...given }: CompileInput): OperationPlan {
  const input = { ...given, access: withoutFields(given.access, without) }
  const { operation, schema } = input
  refuseReservedNames(input.document)
  const rootType = schema.getRootType(operation.operation)
  if (rootType == null) throw refusal('FIELD_NOT_AVAILABLE')
  const source = { schema, fragments: fragmentsOf(input.document), conditions: input.conditions }
  const roots = selectFields(source, rootType, [operation.selectionSet])
  const planner = createFieldPlanner(input.access)
  const legs: Leg[] = []
  for (const root of roots) legs.push(...legsOf(root, input.access, planner, legs.length))
  const sourceFields = roots.filter(root => input.access.roots[coordinateOf(root)] === 'source').map(root => planner.planSourceRoot(root))
  const sourceInput = { operation, parts: planner.parts, bindings: planner.bindings }
  const apart = keepApart(legs, input.access, planner.parts)
  const fields = [...legs.flatMap(leg => leg.nodes.map(node => node.field)), ...sourceFields]
  const { opowerCalls, ...links } = planLinks(fields, input.access, sourceInput)
  assertFewCalls(Math.max(0, ...apart.values()) + 1, opowerCalls)
  const printed = printUpstream({
    operation,
    legs,
    parts: planner.parts,
    apart,
    bindings: planner.bindings,
  })
  const coordinates = new Set(roots.flatMap(coordinatesOf))
  const plan: OperationPlan = {
    key: digest([input.schemaHash, input.text, operation.name?.value ?? '', JSON.stringify(input.conditions), ...without]),
    operation: operation.operation,
    operationName: operation.name?.value,
    roots,
    legs,
    sourceLegs: sourceFields.map(field => printSourceLeg(field, sourceInput)),
    ...links,
    bindings: planner.bindings,
    ...printed,
    isHazardous: apart.size > 0,
    isSlow: input.access.slow?.some(coordinate => coordinates.has(coordinate)) === true,
    judgesIds: fields.some(judgesIds),
    personal: isPersonal(legs, roots, input.access) || fields.some(isAboutPerson) || planner.bindings.some(choosesPerson),
    coordinates,
    without: new Set(without),
    series: undefined,
  }
  return { ...plan, series: planSeries(plan, { ...input, parts: planner.parts, isApart: printed.apart.length > 0 }) }
}

function withoutFields(access: SourceAccess, without: readonly string[]): SourceAccess {
  return without.length === 0 ? access : { ...access, unavailable: [...access.unavailable, ...without] }
}

function legsOf(root: Selected, access: SourceAccess, planner: ReturnType<typeof createFieldPlanner>, first: number): Leg[] {
  if (root.name.startsWith('__')) return []
  const rule = access.roots[coordinateOf(root)]
  if (rule === undefined) throw refusal('FIELD_NOT_AVAILABLE')
  if (rule === 'source') return []
  if (rule !== 'viewer') return [legOf(root, rule, [root.key], root.key, planner, first)]
  const inner = root.children.filter(isObjectField)
  return inner.map((child, index) => {
    const childRule = access.roots[coordinateOf(child)]
    if (childRule === undefined) throw refusal('FIELD_NOT_AVAILABLE')
    return legOf(child, childRule, [root.key, child.key], `${reserved}Root${first + index}`, planner, first + index)
  })
}

function legOf(
  selected: Selected,
  rule: RootRule,
  path: readonly string[],
  alias: string,
  planner: ReturnType<typeof createFieldPlanner>,
  index: number,
): Leg {
  const nodes = rule === 'accounts' ? accountNodes(selected) : [{ edgesKey: undefined, node: selected }]
  return {
    rule,
    alias,
    path,
    selected,
    arguments: argumentsOf(selected),
    nodes: nodes.map(({ edgesKey, node }, at) => ({
      alias: at === 0 ? 'node' : `${reserved}Node${at}`,
      edgesKey,
      field: planner.planRoot(node, index),
    })),
    valueVariable: `${reserved}Urns${index}`,
    firstVariable: `${reserved}First${index}`,
    includeVariable: `${reserved}Send${index}`,
  }
}

/** Two aliases of `edges` or `node` may select differently under the same keys, so each keeps a node of its own. */
function accountNodes(connection: Selected): { edgesKey: string; node: Selected }[] {
  const edges = connection.children.filter(child => child.name === 'edges')
  return edges.flatMap(edge => edge.children.filter(child => child.name === 'node').map(node => ({ edgesKey: edge.key, node })))
}

function judgesIds(field: PlannedField): boolean {
  const byId = field.witness !== undefined && field.witness.kind !== 'account' && field.witness.kind !== 'export-job'
  return byId || field.link !== undefined || field.time !== undefined || field.children.some(judgesIds)
}

function isPersonal(legs: readonly Leg[], roots: readonly Selected[], access: SourceAccess): boolean {
  const jobs = legs.some(leg => leg.rule === 'export-job' || leg.rule === 'export-start')
  return jobs || roots.some(root => access.roots[coordinateOf(root)] === 'viewer')
}

function choosesPerson({ rule }: Binding): boolean {
  return rule.chooses === 'person'
}

function coordinatesOf(selected: Selected): string[] {
  return [coordinateOf(selected), ...selected.children.flatMap(coordinatesOf)]
}

function fragmentsOf(document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  const fragments = document.definitions.filter(definition => definition.kind === Kind.FRAGMENT_DEFINITION)
  return new Map(fragments.map(fragment => [fragment.name.value, fragment]))
}

/** Every document is a call, and calls are what is scarce. */
const mostDocuments = 8

function assertFewCalls(documents: number, joins: number): void {
  if (documents + joins <= mostDocuments) return
  const message =
    documents > mostDocuments
      ? `An operation may ask for reads in at most ${mostDocuments} different ways, but this one has ${documents}.`
      : `An operation may lead back to accounts in at most ${mostDocuments - documents} places, but this one does in ${joins}.`
  throw refusal('OPERATION_TOO_COSTLY', { message })
}

/** Aliases and variables in the gateway's own name space could pass for its witnesses. */
function refuseReservedNames(document: DocumentNode): void {
  const refuse = (name: string): void => {
    // Names that begin with two underscores are the language's own (GraphQL October 2021, section 2.1.9).
    if (name.startsWith('__')) throw refusal('BAD_REQUEST', { message: 'Names that start with "__" are kept for GraphQL itself.' })
    if (name.startsWith(reserved))
      throw refusal('BAD_REQUEST', { message: `Names that start with "${reserved}" are kept for the gateway.` })
  }
  visit(document, {
    Field: node => refuse(node.alias?.value ?? ''),
    VariableDefinition: node => refuse(node.variable.name.value),
  })
}

/** The variables whose values decide `@skip` and `@include` anywhere in the document. */
export function conditionVariables(document: DocumentNode): readonly string[] {
  const names = new Set<string>()
  visit(document, {
    Directive(node) {
      for (const { value } of node.arguments ?? []) if (value.kind === Kind.VARIABLE) names.add(value.name.value)
    },
  })
  return [...names].sort()
}
