import type { FieldNode } from 'graphql'
import { Kind } from 'graphql'
import type { SourceAccess, TimeRule } from './access-rules.js'
import type { Binding, BoundArgument, PlannedField } from './plan.js'
import { reserved } from './plan.js'
import type { Selected } from './selection.js'
import { argumentOf, coordinateOf } from './selection.js'

/** Plans fields one by one and keeps what the upstream documents are made of. */
export interface FieldPlanner {
  planRoot(selected: Selected, leg: number): PlannedField
  readonly parts: FieldParts
  readonly bindings: readonly Binding[]
}

/** What each field that is sent carries upstream beside its own selection. */
export type FieldParts = ReadonlyMap<PlannedField, { readonly bindings: readonly Binding[]; readonly extras: readonly FieldNode[] }>

interface Above {
  readonly leg: number
  readonly agreementBinding: Binding | undefined
}

export function createFieldPlanner(access: SourceAccess): FieldPlanner {
  const parts = new Map<PlannedField, { bindings: readonly Binding[]; extras: readonly FieldNode[] }>()
  const bindings: Binding[] = []

  function plan(selected: Selected, above: Above, own: readonly Binding[]): PlannedField {
    const agreement = own.find(({ rule }) => rule.chooses === 'agreement') ?? above.agreementBinding
    const below = { leg: above.leg, agreementBinding: agreement }
    const children = selected.children.map(child => plan(child, below, bindSelectors(child, below)))
    const extras: FieldNode[] = []
    const field: PlannedField = {
      selected,
      children,
      witness: planWitness(access, selected, extras),
      time: planTime(access, selected, extras),
      unavailable: access.unavailable.includes(coordinateOf(selected)),
      sealing: sealingOf(access, selected),
      includeVariable: own[0]?.includeVariable,
    }
    if (isSent(field)) parts.set(field, { bindings: own, extras })
    return field
  }

  function bindSelectors(selected: Selected, above: Above): Binding[] {
    const own: Binding[] = []
    const all = argumentsOf(selected)
    // All selectors of one field share one switch: a field is sent whole or not at all.
    const includeVariable = `${reserved}With${bindings.length}`
    for (const argument of all) {
      const rule = access.arguments[`${coordinateOf(selected)}(${argument.name})`]
      if (rule === undefined || rule.chooses === 'nothing') continue
      const siblings = all.filter(other => other !== argument && !isCursorArgument(access, selected, other))
      const binding: Binding = {
        rule,
        argument,
        variable: `${reserved}Arg${bindings.length}`,
        includeVariable,
        coordinate: coordinateOf(selected),
        siblings,
        ...above,
      }
      own.push(binding)
      bindings.push(binding)
    }
    return own
  }

  // A root's own selectors choose accounts, and are the leg's.
  return { planRoot: (selected, leg) => plan(selected, { leg, agreementBinding: undefined }, []), parts, bindings }
}

/** The arguments as written; those left out are not in the list. */
export function argumentsOf(selected: Selected): BoundArgument[] {
  return (selected.node.arguments ?? []).flatMap(({ name, value }) => {
    const type = argumentOf(selected, name.value)?.type
    return type === undefined ? [] : [{ name: name.value, type, value }]
  })
}

function isCursorArgument(access: SourceAccess, selected: Selected, { name }: BoundArgument): boolean {
  return access.arguments[`${coordinateOf(selected)}(${name})`]?.chooses === 'cursor'
}

function sealingOf(access: SourceAccess, selected: Selected): PlannedField['sealing'] {
  const paged = selected.definition?.args.some(({ name }) => access.arguments[`${coordinateOf(selected)}(${name})`]?.chooses === 'cursor')
  return paged === true ? { arguments: argumentsOf(selected).filter(argument => !isCursorArgument(access, selected, argument)) } : undefined
}

function isSent(field: PlannedField): boolean {
  return !field.unavailable && !field.selected.name.startsWith('__')
}

function planWitness(access: SourceAccess, selected: Selected, extras: FieldNode[]): PlannedField['witness'] {
  const rule = access.types[selected.type]
  if (rule?.proof !== 'witness') return undefined
  const [first, ...rest] = rule.path
  const selectedKey = rest.length === 0 ? plainKey(selected, first) : undefined
  if (selectedKey !== undefined) return { keys: [selectedKey], kind: rule.kind }
  extras.push(nested(`${reserved}Id`, first, rest))
  return { keys: [`${reserved}Id`, ...rest], kind: rule.kind }
}

function planTime(access: SourceAccess, selected: Selected, extras: FieldNode[]): PlannedField['time'] {
  const byField: TimeRule | undefined = access.time[coordinateOf(selected)]
  const rule = byField ?? access.time[selected.type]
  if (rule === undefined) return undefined
  if (rule.clip !== 'object') return { rule, key: undefined }
  const selectedKey = plainKey(selected, rule.field)
  if (selectedKey === undefined) extras.push(nested(`${reserved}At`, rule.field, []))
  return { rule, key: selectedKey ?? `${reserved}At` }
}

/** The key under which the customer already selects a plain leaf, so that nothing need be added. */
function plainKey(selected: Selected, name: string): string | undefined {
  return selected.children.find(child => child.name === name && child.children.length === 0)?.key
}

export function nested(alias: string | undefined, name: string, path: readonly string[]): FieldNode {
  const [next, ...rest] = path
  return {
    kind: Kind.FIELD,
    name: { kind: Kind.NAME, value: name },
    ...(alias === undefined ? {} : { alias: { kind: Kind.NAME, value: alias } }),
    ...(next === undefined ? {} : { selectionSet: { kind: Kind.SELECTION_SET, selections: [nested(undefined, next, rest)] } }),
  }
}
