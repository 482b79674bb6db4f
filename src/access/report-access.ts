import type { GraphQLSchema } from 'graphql'
import { getNamedType, isAbstractType, isInputType } from 'graphql'
import { personalGroups, roles } from '../accounts/grant.js'
import { roleRules } from '../accounts/role-rules.js'
import type { SourceAccess, TypeRule } from '../plan/access-rules.js'
import { explainArgument, explainKind, explainProof, explainRoot, explainTime } from './rule-words.js'
import { fieldAt, holdersOf, typesOf } from './schema-places.js'

/**
 * The access rules of a source as Markdown tables: whose every type is and how that is proven, what every selector
 * means, what time and roles take away. The same rules and schema always give the same text.
 */
export function reportAccess(schema: GraphQLSchema, access: SourceAccess): string {
  const sections = [
    ['# Who may see what', introduction],
    ['## Roots', table(['root', 'answers', 'belongs to'], rootRows(schema, access))],
    [
      '## Selectors',
      selectorNote,
      table(['argument', 'chooses', 'omitted, null or empty', 'foreign or unknown'], selectorRows(schema, access)),
    ],
    ['## Types', typeNote, table(['type', 'proof', 'stands in'], typeRows(schema, access))],
    ['## Time', timeNote, table(['what', 'rule'], timeRows(access))],
    ['## Fields that tell who somebody is', table(['group', 'fields'], personalRows(access))],
    ['## Joins', linkNote, joinTable(access)],
    ['## Roles', roleNote, table(['role', 'acts for', 'shown', 'may start something'], roleRows())],
    ['## Groups of people', groupNote, table(['type', 'size', 'figures'], groupRows(access))],
    ['## Cursors', 'They leave sealed for one place, one account and one scope.', list(access.cursors)],
    ['## In the schema though the source lacks them', 'Null, with `FIELD_NOT_AVAILABLE` at their path.', list(access.unavailable)],
    ['## Hidden on purpose', 'Known, and not in the schema that customers see.', list(access.hidden)],
  ]
  return `${sections.flat().join('\n\n')}\n`
}

const introduction =
  'Printed by `npm run --silent access:report` from the access rules and the schema; do not edit it. What has no rule here is not served, ' +
  'and `npm run access:check` fails until it has one.'
const selectorNote = 'Ids are compared as whole values, each only with ids of its own kind.'
const typeNote =
  '**Own witness**: the object itself says whose it is, in a field that the gateway asks for whatever the customer selected. **Containment only**: ' +
  'nothing in the object says whose it is; it is believed because the object that holds it is proven. **Hidden**: not served.'
const timeNote = 'A place outlives its occupants: what lies outside the account’s own time, or the grant’s, is taken away on both ways.'
const linkNote = 'Rows of another source are matched by a key that the object above proves, never by position.'
const roleNote =
  'What a role shows where its grant does not say otherwise. A field that is not shown is null, and told once in `extensions.substation.masked`.'
const groupNote = 'With fewer members than `MIN_NEIGHBORS` (or an unknown number) the figures are null.'

function rootRows(schema: GraphQLSchema, access: SourceAccess): string[][] {
  return sorted(Object.entries(access.roots)).map(([coordinate, rule]) => {
    const type = fieldAt(schema, coordinate)?.field.type
    return [code(coordinate), ...explainRoot(rule, type === undefined ? undefined : access.types[getNamedType(type).name])]
  })
}

function selectorRows(schema: GraphQLSchema, access: SourceAccess): string[][] {
  return sorted(Object.entries({ ...access.arguments, ...access.inputs })).map(([coordinate, rule]) => [
    code(coordinate),
    ...explainArgument(schema, access, coordinate, rule),
  ])
}

function typeRows(schema: GraphQLSchema, access: SourceAccess): string[][] {
  return typesOf(schema).flatMap(type => {
    const rule: TypeRule | undefined = access.types[type.name]
    if (isInputType(type) || isAbstractType(type)) return []
    const holders = holdersOf(schema, type.name).map(code)
    return [[code(type.name), rule === undefined ? 'hidden' : explainProof(rule), holders.join(', ')]]
  })
}

function timeRows(access: SourceAccess): string[][] {
  return sorted(Object.entries(access.time)).map(([place, rule]) => [code(place), explainTime(rule)])
}

function personalRows({ personal }: SourceAccess): string[][] {
  return personalGroups.map(group => {
    const fields = sorted(Object.entries(personal)).filter(([, each]) => each === group)
    return [group, fields.map(([coordinate]) => code(coordinate)).join(', ')]
  })
}

function joinTable({ links = {} }: SourceAccess): string {
  const rows = sorted(Object.entries(links)).map(([coordinate, { source, root, argument, to, key }]) => {
    return [code(coordinate), `${source}: ${code(`${root}(${argument})`)}`, code(to), key === 'public' ? 'nobody’s' : explainKind(key)]
  })
  return rows.length === 0 ? 'None.' : table(['field', 'asked of', 'matched by', 'the key is'], rows)
}

function roleRows(): string[][] {
  return roles.map(role => {
    const { fields, write, actsFor } = roleRules[role]
    const shown = fields.length === personalGroups.length ? 'everything' : fields.join(', ') || 'nothing that tells who somebody is'
    return [code(role), actsFor === 'another' ? 'somebody else' : 'themselves', shown, write ? 'yes' : 'no']
  })
}

function groupRows({ groups }: SourceAccess): string[][] {
  return sorted(Object.entries(groups)).map(([type, { size, figures }]) => [code(type), code(size), figures.map(code).join(', ')])
}

function sorted<Value>(entries: readonly (readonly [string, Value])[]): (readonly [string, Value])[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1))
}

function code(text: string): string {
  return `\`${text}\``
}

function list(names: readonly string[]): string {
  return names.length === 0
    ? 'None.'
    : [...names]
        .sort()
        .map(name => `- ${code(name)}`)
        .join('\n')
}

/** Columns as wide as their widest cell, as the formatter writes them. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(3, title.length, ...rows.map(row => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string => `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`
  return [line(head), line(widths.map(width => '-'.repeat(width))), ...rows.map(line)].join('\n')
}
