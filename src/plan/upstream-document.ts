import type { ArgumentNode, FieldNode, OperationDefinitionNode, SelectionNode, VariableDefinitionNode } from 'graphql'
import { Kind, parse, parseType, print, visit } from 'graphql'
import { jobFields } from '../exports/shape-job.js'
import type { FieldParts } from './plan-field.js'
import { includeIf, renderField, variableArgument } from './render-field.js'
import type { Binding, Leg, OperationPlan, PlannedField } from './plan.js'
import { isJobLeg, reserved } from './plan.js'

interface UpstreamInput {
  readonly operation: OperationDefinitionNode
  readonly legs: readonly Leg[]
  readonly parts: FieldParts
  /** Fields that must not stand in one document with their like, by the number of the document they go in. */
  readonly apart: ReadonlyMap<PlannedField, number>
  readonly bindings: readonly Binding[]
}

/** What a scope must know of its accounts: every id that leads to them, and when each agreement holds. */
const idsSelection = `edges { node {
  urn utilityId accountNumber
  mappedCustomers { uuid }
  premisesConnection(first: 100) { pageInfo { hasNextPage endCursor } edges { node { uuid utilityId } } }
  serviceAgreements { uuid startDateTime endDateTime servicePoints { uuid premise { uuid } } }
  active: serviceAgreements(onlyActive: true) { uuid }
} }`

const idsRoot = `${reserved}Ids: billingAccountsConnection(byURNs: $${reserved}IdsUrns, first: $${reserved}IdsFirst) { ${idsSelection} }`

export const idsDocument = `query SubstationAccountIds($${reserved}IdsUrns: [ID!], $${reserved}IdsFirst: Int) { ${idsRoot} }`
export const idsAlias = `${reserved}Ids`

/** The variables of the ids root, for these accounts. */
export function idsVariables(urns: readonly string[]): Record<string, unknown> {
  return { [`${reserved}IdsUrns`]: urns, [`${reserved}IdsFirst`]: urns.length }
}

/** Prints the upstream documents of a plan. Scoping values never stand in the text: every selector is a variable. */
export function printUpstream(input: UpstreamInput): Pick<OperationPlan, 'document' | 'documentWithIds' | 'declared' | 'apart'> {
  const count = Math.max(0, ...input.apart.values()) + 1
  const [main, ...apart] = Array.from({ length: count }, (_none, number) => documentOf(number, input))
  if (main === undefined) throw new TypeError('expected at least one upstream document, but got none')
  const ids = [variable(`${reserved}IdsUrns`, '[ID!]'), variable(`${reserved}IdsFirst`, 'Int')]
  return {
    document: main.print([], []),
    documentWithIds: main.print(parsedIdsRoot(), ids),
    declared: main.declared,
    apart: apart.map(each => ({ document: each.print([], []), declared: each.declared })),
  }
}

function documentOf(number: number, input: UpstreamInput) {
  const keep = number === 0 ? isMain(input) : isBranch(number, input)
  const roots = input.legs.flatMap(leg => upstreamRoot(leg, input.parts, keep, number))
  const declared = variablesIn(roots)
  const definitions = (input.operation.variableDefinitions ?? [])
    .filter(({ variable }) => declared.has(variable.name.value))
    .map(({ variable, type, kind }): VariableDefinitionNode => ({ kind, variable, type }))
  const own = gatewayVariables(input).filter(({ variable }) => declared.has(variable.name.value))
  return {
    declared,
    print: (more: readonly SelectionNode[], variables: readonly VariableDefinitionNode[]): string =>
      print({
        ...input.operation,
        directives: [],
        variableDefinitions: [...definitions, ...own, ...variables],
        selectionSet: { kind: Kind.SELECTION_SET, selections: [...roots, ...more] },
      }),
  }
}

function isMain({ apart }: UpstreamInput): (field: PlannedField) => boolean {
  return field => (apart.get(field) ?? 0) === 0
}

/** Only the fields that go apart, what they hold, and the way to them. */
function isBranch(number: number, { legs, apart }: UpstreamInput): (field: PlannedField) => boolean {
  const kept = new Set<PlannedField>()
  const keepWhole = (field: PlannedField): void => {
    kept.add(field)
    field.children.forEach(keepWhole)
  }
  const leadsThere = (field: PlannedField): boolean => {
    if (apart.get(field) === number) keepWhole(field)
    else if (field.children.filter(leadsThere).length > 0) {
      kept.add(field)
      // What the customer selects may be what proves the object, or tells its time: it is needed here too.
      for (const child of field.children) if (provesOrTells(field, child)) keepWhole(child)
    }
    return kept.has(field)
  }
  for (const leg of legs) for (const node of leg.nodes) leadsThere(node.field)
  return field => kept.has(field)
}

function provesOrTells({ witness, time, group }: PlannedField, { selected }: PlannedField): boolean {
  return [witness?.keys[0], time?.key, group?.key].includes(selected.key)
}

function upstreamRoot(leg: Leg, parts: FieldParts, keep: (field: PlannedField) => boolean, number: number): FieldNode[] {
  if (isJobLeg(leg)) return number === 0 ? [jobRoot(leg)] : []
  const nodes = leg.nodes.flatMap(({ alias, field }) => {
    const node = renderField(field, parts, keep)
    return node?.selectionSet === undefined ? [] : [aliased(alias, 'node', [], node.selectionSet.selections)]
  })
  if (nodes.length === 0) return []
  const legacy = leg.selected.node.arguments?.filter(({ name }) => name.value === 'forceLegacyData') ?? []
  const chosen = [variableArgument('byURNs', leg.valueVariable), variableArgument('first', leg.firstVariable), ...legacy]
  const root = aliased(leg.alias, 'billingAccountsConnection', chosen, [aliased('edges', 'edges', [], nodes)])
  return [{ ...root, directives: [includeIf(leg.includeVariable)] }]
}

/**
 * Everything of a job is asked under our own names: the customer may not have selected what we need, and asks again in other words. What was
 * started before is left out by its switch: a root that stands in a mutation starts another job.
 */
function jobRoot({ alias, selected, valueVariable, includeVariable }: Leg): FieldNode {
  const own = Object.entries(jobFields).map(([name, key]) => leaf(key, name))
  const [chosen] = selected.definition?.args ?? []
  const root = aliased(alias, selected.name, chosen === undefined ? [] : [variableArgument(chosen.name, valueVariable)], own)
  return { ...root, directives: [includeIf(includeVariable)] }
}

function leaf(key: string, name: string): FieldNode {
  return { kind: Kind.FIELD, name: { kind: Kind.NAME, value: name }, ...(key === name ? {} : { alias: { kind: Kind.NAME, value: key } }) }
}

function aliased(alias: string, name: string, args: readonly ArgumentNode[], selections: readonly SelectionNode[]): FieldNode {
  return {
    kind: Kind.FIELD,
    name: { kind: Kind.NAME, value: name },
    ...(alias === name ? {} : { alias: { kind: Kind.NAME, value: alias } }),
    arguments: args,
    selectionSet: { kind: Kind.SELECTION_SET, selections },
  }
}

export function variable(name: string, type: string): VariableDefinitionNode {
  return {
    kind: Kind.VARIABLE_DEFINITION,
    variable: { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: name } },
    type: parseType(type),
  }
}

function gatewayVariables({ legs, bindings }: UpstreamInput): VariableDefinitionNode[] {
  const ofLegs = legs.flatMap(leg => [
    variable(leg.valueVariable, isJobLeg(leg) ? String(leg.selected.definition?.args[0]?.type) : '[ID!]'),
    variable(leg.firstVariable, 'Int'),
    variable(leg.includeVariable, 'Boolean!'),
  ])
  const ofBindings = bindings.map(binding => variable(binding.variable, String(binding.argument.type)))
  const switches = [...new Set(bindings.map(binding => binding.includeVariable))].map(name => variable(name, 'Boolean!'))
  return [...ofLegs, ...ofBindings, ...switches]
}

export function variablesIn(nodes: readonly FieldNode[]): Set<string> {
  const used = new Set<string>()
  for (const node of nodes) visit(node, { Variable: ({ name }) => void used.add(name.value) })
  return used
}

function parsedIdsRoot(): readonly SelectionNode[] {
  const [definition] = parse(idsDocument, { noLocation: true }).definitions
  return definition?.kind === Kind.OPERATION_DEFINITION ? definition.selectionSet.selections : []
}
