import type { GraphQLOutputType, GraphQLSchema } from 'graphql'
import { getNamedType, getNullableType, isLeafType, isListType, isObjectType } from 'graphql'
import type { SourceAccess, TimeRule, TypeRule } from '../plan/access-rules.js'
import { findUnclassified } from '../plan/customer-schema.js'
import { findCursorFaults } from './check-cursors.js'
import { findLinkFaults } from './check-links.js'
import { argumentAt, fieldAt, inputAt } from './schema-places.js'

/** What is wrong with a source's access rules, at one coordinate. */
export interface AccessFault {
  readonly coordinate: string
  readonly fault: string
}

/**
 * Compares access rules with the schema they are for. Rules that name what is not there protect nothing, and what no
 * rule names is served to nobody: either is somebody's mistake.
 *
 * @returns every fault, in the order of coordinates; none when the rules fit
 */
export function checkAccess(schema: GraphQLSchema, access: SourceAccess): readonly AccessFault[] {
  const faults = [
    ...findUnclassified(schema, access).map(({ coordinate, what }) => ({ coordinate, fault: `this ${what} has no access rule` })),
    ...missingNames(schema, access),
    ...Object.entries(access.types).flatMap(([name, rule]) => witnessFaults(schema, name, rule)),
    ...Object.entries(access.time).flatMap(([place, rule]) => timeFaults(schema, place, rule)),
    ...groupFaults(schema, access),
    ...rangeFaults(schema, access),
    ...findCursorFaults(schema, access),
    ...findLinkFaults(schema, access),
  ]
  return faults.sort((a, b) => (a.coordinate === b.coordinate ? 0 : a.coordinate < b.coordinate ? -1 : 1))
}

/**
 * For the start of the gateway: rules that do not fit their schema serve nobody.
 *
 * @throws TypeError with every fault in one message
 */
export function assertAccess(schema: GraphQLSchema, access: SourceAccess): void {
  const faults = checkAccess(schema, access)
  if (faults.length > 0) throw new TypeError(`The access rules do not fit the schema:\n${formatFaults(faults)}`)
}

/** One line each. */
export function formatFaults(faults: readonly AccessFault[]): string {
  return faults.map(({ coordinate, fault }) => `  ${coordinate}: ${fault}`).join('\n')
}

function missingNames(schema: GraphQLSchema, access: SourceAccess): AccessFault[] {
  const fields = [...Object.keys(access.roots), ...access.cursors, ...access.unavailable, ...Object.keys(access.personal)]
  return [
    ...missing(fields, 'field', name => fieldAt(schema, name) !== undefined),
    ...missing(Object.keys(access.types), 'type', name => isObjectType(schema.getType(name))),
    ...missing(Object.keys(access.arguments), 'argument', name => argumentAt(schema, name) !== undefined),
    ...missing(Object.keys(access.inputs), 'member of an input', name => inputAt(schema, name) !== undefined),
    ...missing(access.hidden, 'element', name => isThere(schema, name)),
    ...missing(
      access.hidden.filter(name => name in access.types || name in access.roots || name in access.arguments),
      'second rule beside "hidden"',
      () => false,
    ),
  ]
}

function missing(names: readonly string[], what: string, exists: (name: string) => boolean): AccessFault[] {
  return names
    .filter(name => !exists(name))
    .map(coordinate => ({ coordinate, fault: `a rule names it, and the schema has no such ${what}` }))
}

function isThere(schema: GraphQLSchema, name: string): boolean {
  if (name.includes('(')) return argumentAt(schema, name) !== undefined
  return name.includes('.')
    ? fieldAt(schema, name) !== undefined || inputAt(schema, name) !== undefined
    : schema.getType(name) !== undefined
}

/** A witness is one text of the object itself or of one object in it: through a list it would prove one of many. */
function witnessFaults(schema: GraphQLSchema, name: string, rule: TypeRule): AccessFault[] {
  if (rule.proof !== 'witness') return []
  let type: GraphQLOutputType | undefined = toObject(schema, name)
  for (const step of rule.path) {
    type = isObjectType(type) ? getNullable(type.getFields()[step]?.type) : undefined
  }
  const isId = isLeafType(type) && (type.name === 'ID' || type.name === 'String')
  return isId ? [] : [{ coordinate: name, fault: `its witness ${rule.path.join('.')} is not one id of type ID or String` }]
}

function toObject(schema: GraphQLSchema, name: string): GraphQLOutputType | undefined {
  const type = schema.getType(name)
  return isObjectType(type) ? type : undefined
}

function getNullable(type: GraphQLOutputType | undefined): GraphQLOutputType | undefined {
  return type === undefined ? undefined : getNullableType(type)
}

function timeFaults(schema: GraphQLSchema, place: string, rule: TimeRule): AccessFault[] {
  const type = place.includes('.') ? fieldAt(schema, place)?.field.type : toObject(schema, place)
  if (type === undefined) return [{ coordinate: place, fault: 'a time rule names it, and the schema does not have it' }]
  const named = getNamedType(type)
  if (rule.clip === 'interval') {
    return isLeafType(named) && !isListType(getNullableType(type))
      ? []
      : [{ coordinate: place, fault: 'its time rule is for one interval, and it is none' }]
  }
  if (rule.clip === 'today') return place.includes('.') ? [] : [{ coordinate: place, fault: 'its time rule is for a field' }]
  if (rule.clip === 'year-before')
    return isLeafType(named) && !place.includes('.') ? [{ coordinate: place, fault: 'its time rule is for a field' }] : []
  const interval = isObjectType(named) ? getNullable(named.getFields()[rule.field]?.type) : undefined
  return isLeafType(interval)
    ? []
    : [{ coordinate: place, fault: `its time rule asks for the interval ${rule.field}, which it does not have` }]
}

function groupFaults(schema: GraphQLSchema, { groups }: SourceAccess): AccessFault[] {
  return Object.entries(groups).flatMap(([name, rule]) => {
    const gone = [rule.size, ...rule.figures].filter(field => fieldAt(schema, `${name}.${field}`) === undefined)
    return [...new Set(gone)].map(field => ({
      coordinate: `${name}.${field}`,
      fault: 'a group rule names it, and the schema has no such field',
    }))
  })
}

/** The argument that decides a cap must stand beside the one that is capped. */
function rangeFaults(schema: GraphQLSchema, access: SourceAccess): AccessFault[] {
  return Object.entries(access.arguments).flatMap(([coordinate, rule]) => {
    if (rule.chooses !== 'time' || rule.cap === undefined) return []
    const sibling = coordinate.replace(/\(.*$/, `(${rule.cap.argument})`)
    return argumentAt(schema, sibling) === undefined
      ? [{ coordinate: sibling, fault: 'a range is capped by it, and the schema has no such argument' }]
      : []
  })
}
