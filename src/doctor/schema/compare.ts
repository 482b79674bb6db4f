import { CriticalityLevel, diff } from '@graphql-inspector/core'
import type { GraphQLSchema } from 'graphql'
import type { SourceAccess } from '../../plan/access-rules.js'
import { findUnclassified } from '../../plan/customer-schema.js'

export type Severity = 'breaking' | 'dangerous' | 'safe'

export interface SchemaChange {
  readonly severity: Severity
  readonly message: string
  /** Names with dots between, such as `Query.exportJob.jobUuid`. */
  readonly path: string
  /** Coordinates of the access rules that are about this place, or about what stands inside it. */
  readonly rules: readonly string[]
}

export interface Comparison {
  /** The worst first. */
  readonly changes: readonly SchemaChange[]
  /** What no access rule names: it is not served, whatever is written. */
  readonly unruled: readonly string[]
  /** New fields of types that have a rule: they are served as soon as they are written. */
  readonly opened: readonly string[]
}

const severities: Readonly<Record<CriticalityLevel, Severity>> = {
  [CriticalityLevel.Breaking]: 'breaking',
  [CriticalityLevel.Dangerous]: 'dangerous',
  [CriticalityLevel.NonBreaking]: 'safe',
}
const order: readonly Severity[] = ['breaking', 'dangerous', 'safe']

/** How the live schema differs from the checked-in one, and which access rules that concerns. */
export async function compareSchemas(known: GraphQLSchema, live: GraphQLSchema, access: SourceAccess): Promise<Comparison> {
  const rules = coordinatesOf(access)
  const found = await diff(known, live)
  const changes = found.map(({ criticality, message, path = '' }) => ({
    severity: severities[criticality.level],
    message,
    path,
    rules: rules.filter(rule => isAbout(rule, path)),
  }))
  const unruled = findUnclassified(live, access).map(({ coordinate, what }) => `${coordinate} (${what})`)
  const added = found.filter(({ type }) => String(type) === 'FIELD_ADDED').map(({ path = '' }) => path)
  return {
    changes: changes.sort((one, other) => order.indexOf(one.severity) - order.indexOf(other.severity)),
    unruled,
    opened: added.filter(path => isServed(path, access, unruled)),
  }
}

/** Every coordinate that the rules name, whatever they say about it. */
function coordinatesOf(access: SourceAccess): readonly string[] {
  const groups = Object.values(access).filter(group => typeof group === 'object')
  return [...new Set(groups.flatMap(group => (Array.isArray(group) ? group.map(String) : Object.keys(group))))]
}

/** A rule at the place itself, or anywhere inside it: a type that goes takes the rules of its fields along. */
function isAbout(rule: string, path: string): boolean {
  const dotted = rule.replace(/\((\w+)\)$/, '.$1')
  return path !== '' && (dotted === path || dotted.startsWith(`${path}.`))
}

function isServed(path: string, access: SourceAccess, unruled: readonly string[]): boolean {
  const [type = ''] = path.split('.')
  const isRuled = access.types[type] !== undefined && !access.hidden.includes(path)
  return isRuled && !unruled.some(each => each.startsWith(`${path} `))
}
