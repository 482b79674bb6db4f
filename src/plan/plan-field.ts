import type { FieldNode } from 'graphql'
import { getNamedType, isLeafType, isObjectType, Kind } from 'graphql'
import type { SourceAccess, TimeRule } from './access-rules.js'
import type { Binding, BoundArgument, PlannedField, PlannedLink, SeriesPart } from './plan.js'
import { reserved } from './plan.js'
import type { Selected } from './selection.js'
import { argumentOf, coordinateOf } from './selection.js'

/** Plans fields one by one and keeps what the upstream documents are made of. */
export interface FieldPlanner {
  planRoot(selected: Selected, leg: number): PlannedField
  /** A root whose selectors are about the whole scope. */
  planSourceRoot(selected: Selected): PlannedField
  readonly parts: FieldParts
  readonly bindings: readonly Binding[]
}

/** What each field that is sent carries upstream beside its own selection. */
export type FieldParts = ReadonlyMap<PlannedField, { readonly bindings: readonly Binding[]; readonly extras: readonly FieldNode[] }>

interface Above {
  readonly leg: number
  readonly agreementBinding: Binding | undefined
  readonly pointBinding: Binding | undefined
  readonly isInSeries: boolean
}

const wholeScope: Above = { leg: -1, agreementBinding: undefined, pointBinding: undefined, isInSeries: false }

export function createFieldPlanner(access: SourceAccess): FieldPlanner {
  const parts = new Map<PlannedField, { bindings: readonly Binding[]; extras: readonly FieldNode[] }>()
  const bindings: Binding[] = []

  function plan(selected: Selected, above: Above, own: readonly Binding[]): PlannedField {
    const nearest = {
      agreementBinding: own.find(({ rule }) => rule.chooses === 'agreement') ?? above.agreementBinding,
      pointBinding: own.find(({ rule }) => rule.chooses === 'point') ?? above.pointBinding,
    }
    const isSeries = own.some(isSeriesInterval)
    const link = keyOfLink(access, selected)?.link
    // What a join finds may be of any account of the scope.
    const below = link?.rule.asks === 'accounts' ? wholeScope : { ...nearest, leg: above.leg, isInSeries: above.isInSeries || isSeries }
    const children = selected.children.map(child => plan(child, below, bindSelectors(child, below)))
    const extras: FieldNode[] = linkKeys(access, selected)
    const field: PlannedField = {
      selected,
      children,
      witness: planWitness(access, selected, extras),
      time: planTime(access, selected, extras),
      personal: access.personal[coordinateOf(selected)],
      group: planGroup(access, selected, extras),
      unavailable: access.unavailable.includes(coordinateOf(selected)),
      sealing: sealingOf(access, selected),
      includeVariable: own[0]?.includeVariable,
      link,
      series: isSeries ? { part: 'whole', keys: [] } : above.isInSeries ? planSeriesPart(access, selected, extras) : undefined,
    }
    if (isSent(field)) parts.set(field, { bindings: own, extras })
    return field
  }

  function bindSelectors(selected: Selected, above: Above): Binding[] {
    const own: Binding[] = []
    const all = argumentsOf(selected)
    // All selectors of one field share one switch: a field is sent whole or not at all.
    const includeVariable = `${reserved}With${bindings.length}`
    for (const argument of [...all, ...filledArguments(access, selected)]) {
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
        leg: above.leg,
        agreementBinding: above.agreementBinding,
        pointBinding: above.pointBinding,
      }
      own.push(binding)
      bindings.push(binding)
    }
    return own
  }

  return {
    // A root's own selectors choose accounts, and are the leg's.
    planRoot: (selected, leg) => plan(selected, { ...wholeScope, leg }, []),
    planSourceRoot: selected => plan(selected, wholeScope, bindSelectors(selected, wholeScope)),
    parts,
    bindings,
  }
}

/** Selectors that were left out and are filled from the scope, as if they had been written as null. */
function filledArguments(access: SourceAccess, selected: Selected): BoundArgument[] {
  return (selected.definition?.args ?? []).flatMap(({ name, type }) => {
    const rule = access.arguments[`${coordinateOf(selected)}(${name})`]
    const isWritten = selected.node.arguments?.some(each => each.name.value === name) === true
    return rule !== undefined && 'omitted' in rule && !isWritten ? [{ name, type, value: { kind: Kind.NULL } }] : []
  })
}

/** Several links may hang on one key. */
function linkKeys(access: SourceAccess, { children }: Selected): FieldNode[] {
  const keys = children.flatMap(child => keyOfLink(access, child)?.node ?? [])
  return [...new Map(keys.map(node => [node.alias?.value, node])).values()]
}

/** What a link needs of the object that holds it, asked under a name of our own. */
function keyOfLink(access: SourceAccess, selected: Selected): { link: PlannedLink; node: FieldNode } | undefined {
  const rule = access.links?.[coordinateOf(selected)]
  if (rule === undefined || access.unavailable.includes(coordinateOf(selected))) return undefined
  const [first, ...rest] = rule.from
  const alias = `${reserved}Key_${rule.from.join('_')}`
  return { link: { rule, keys: [alias, ...rest] }, node: nested(alias, first, rest) }
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

function planGroup(access: SourceAccess, selected: Selected, extras: FieldNode[]): PlannedField['group'] {
  const rule = access.groups[selected.type]
  if (rule === undefined) return undefined
  const selectedKey = plainKey(selected, rule.size)
  if (selectedKey === undefined) extras.push(nested(`${reserved}Size`, rule.size, []))
  return { rule, key: selectedKey ?? `${reserved}Size` }
}

/** An interval that the source caps belongs to a series over time. */
export function isSeriesInterval({ rule }: Binding): boolean {
  return rule.chooses === 'time' && rule.cap !== undefined
}

/** A stream is known by all its plain values, so that two pieces of one are never taken for two, nor two for one. */
function planSeriesPart(access: SourceAccess, selected: Selected, extras: FieldNode[]): SeriesPart | undefined {
  if (access.time[selected.type]?.clip === 'object') return { part: 'read', keys: [] }
  const type = selected.definition === undefined ? undefined : getNamedType(selected.definition.type)
  const fields = isObjectType(type) ? Object.values(type.getFields()) : []
  if (!fields.some(field => access.time[getNamedType(field.type).name]?.clip === 'object')) return undefined
  const keys = fields
    .filter(field => isLeafType(getNamedType(field.type)))
    .map(({ name }) => {
      const selectedKey = plainKey(selected, name)
      if (selectedKey === undefined) extras.push(nested(`${reserved}Of_${name}`, name, []))
      return selectedKey ?? `${reserved}Of_${name}`
    })
  return { part: 'stream', keys }
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
