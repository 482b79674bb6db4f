import type { GraphQLSchema } from 'graphql'
import { getNamedType, isLeafType, isObjectType } from 'graphql'
import type { SourceAccess } from '../plan/access-rules.js'
import type { AccessFault } from './check-access.js'
import type { FieldPlace } from './schema-places.js'
import { fieldsOf } from './schema-places.js'

/**
 * Cursors leave sealed and come back through an argument that opens them. A cursor that no rule names would leave as
 * the source spelled it; one that no argument takes back is sealed for nothing, and hints at an argument without a rule.
 */
export function findCursorFaults(schema: GraphQLSchema, access: SourceAccess): readonly AccessFault[] {
  const fields = fieldsOf(schema).filter(({ coordinate, parent }) => !isHidden(coordinate, access) && !isHidden(parent.name, access))
  return [...unsealed(fields, access), ...unopened(fields, access)]
}

function isHidden(name: string, { hidden }: SourceAccess): boolean {
  return hidden.includes(name)
}

function unsealed(fields: readonly FieldPlace[], { cursors }: SourceAccess): AccessFault[] {
  return fields
    .filter(({ coordinate, field }) => /cursor$/i.test(field.name) && isLeafType(getNamedType(field.type)) && !cursors.includes(coordinate))
    .map(({ coordinate }) => ({ coordinate, fault: 'this cursor has no access rule: it would leave unsealed' }))
}

/** A connection holds its cursors in its page information and in its edges, one level below it. */
function unopened(fields: readonly FieldPlace[], access: SourceAccess): AccessFault[] {
  return fields
    .filter(place => holdsCursors(place, access) && !takesCursors(place, access))
    .map(({ coordinate }) => ({ coordinate, fault: 'it has cursors, and no argument with the rule "cursor" takes them back' }))
}

function holdsCursors({ field }: FieldPlace, { cursors }: SourceAccess): boolean {
  const type = getNamedType(field.type)
  if (!isObjectType(type)) return false
  const inside = Object.values(type.getFields()).map(each => getNamedType(each.type).name)
  return cursors.some(cursor => inside.includes(cursor.split('.')[0] ?? ''))
}

function takesCursors({ coordinate, field }: FieldPlace, access: SourceAccess): boolean {
  return field.args.some(({ name }) => access.arguments[`${coordinate}(${name})`]?.chooses === 'cursor')
}
