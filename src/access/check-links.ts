import type { GraphQLOutputType, GraphQLSchema } from 'graphql'
import { getNamedType, getNullableType, isLeafType, isObjectType } from 'graphql'
import type { LinkRule, SourceAccess } from '../plan/access-rules.js'
import type { AccessFault } from './check-access.js'
import { fieldAt, fieldsOf } from './schema-places.js'

/**
 * A join takes a key from the object that holds it and finds each row by the key in the row. Where one of the two is
 * not there, rows would be given out by chance.
 */
export function findLinkFaults(schema: GraphQLSchema, { links = {} }: SourceAccess): readonly AccessFault[] {
  return Object.entries(links).flatMap(([coordinate, rule]) => linkFaults(schema, coordinate, rule))
}

function linkFaults(schema: GraphQLSchema, coordinate: string, rule: LinkRule): AccessFault[] {
  const place = fieldAt(schema, coordinate)
  if (place === undefined) return [{ coordinate, fault: 'a link is declared for it, and the schema has no such field' }]
  const root = rootOf(schema, rule)
  const row = root === undefined ? undefined : rowOf(root.field.type, rule)
  const faults = [
    isLeafAt(place.parent, rule.from) ? undefined : `its key ${rule.from.join('.')} is no value of ${place.parent.name}`,
    root === undefined ? `its rows come from ${rule.root}, which is no query of ${rule.source}` : undefined,
    root?.field.args.some(({ name }) => name === rule.argument) === false ? `${rule.root} takes no argument ${rule.argument}` : undefined,
    row !== undefined && !isLeafAt(row, [rule.to]) ? `the rows of ${rule.root} have no ${rule.to} to tell whose they are` : undefined,
  ]
  return faults.flatMap(fault => (fault === undefined ? [] : [{ coordinate, fault }]))
}

function rootOf(schema: GraphQLSchema, { root }: LinkRule) {
  return fieldsOf(schema).find(({ parent, field }) => parent.name === schema.getQueryType()?.name && field.name === root)
}

function rowOf(type: GraphQLOutputType, { isConnection = false }: LinkRule): unknown {
  const named = getNamedType(type)
  return isConnection ? objectAt(named, ['edges', 'node']) : named
}

function objectAt(start: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((type, step) => {
    const field: { readonly type: GraphQLOutputType } | undefined = isObjectType(type) ? type.getFields()[step] : undefined
    return field === undefined ? undefined : getNamedType(field.type)
  }, start)
}

function isLeafAt(start: unknown, path: readonly string[]): boolean {
  let type: unknown = start
  for (const step of path) {
    const field: { readonly type: GraphQLOutputType } | undefined = isObjectType(type) ? type.getFields()[step] : undefined
    type = field === undefined ? undefined : getNullableType(field.type)
  }
  return isLeafType(type)
}
