import type { ConstValueNode, DocumentNode, FieldNode, ValueNode } from 'graphql'
import { Kind, parse, valueFromASTUntyped, visit } from 'graphql'
import type { SeenCall } from '../support/stack.js'
import { hullOf, isWithin } from './judge-answer.js'
import type { Entitlement } from './policy.js'
import { strangersIn } from './scan.js'
import type { SourceCall } from './world.js'

export interface Asker {
  readonly who: Entitlement
}

/** Whom each request id was given to. */
export type Askers = ReadonlyMap<string, Asker>

/** Whose each export job is, as far as it was told. */
export type JobOwners = ReadonlyMap<string, string>

/** What is wrong with a call to Opower: ids of others, accounts left open, or a time that is not the customer's. */
export function faultsOfOpowerCall(call: SeenCall, askers: Askers, owners: JobOwners): readonly string[] {
  const { who } = askers.get(call.headers['x-request-id'] ?? '') ?? {}
  if (who === undefined) return [`asked for nobody: ${call.query}`]
  const foreign = strangersIn(JSON.stringify([call.query, call.variables]), who.sendable).map(each => `sent ${each}`)
  // A call that was cut, or refused for its token, was not read.
  const query: string | null = call.query
  const choices = query === null ? [] : choicesIn(parse(query, { noLocation: true }), call.variables ?? {})
  return [...foreign, ...choices.flatMap(choice => faultsOfChoice(choice, who, owners))]
}

/** What is wrong with a call to one of the utility's own systems. The database's statements hold no values at all. */
export function faultsOfSourceCall({ source, what, body, headers }: SourceCall, askers: Askers): readonly string[] {
  const asker = askers.get(headers['x-request-id'] ?? '')
  if (asker === undefined && source !== 'billing') return [`${source} asked for nobody: ${what}`]
  const url = decodeURIComponent(what.replaceAll('+', ' '))
  const foreign = strangersIn(`${url}\n${body}`, asker?.who.sendable ?? new Set()).map(each => `sent ${source} ${each}`)
  const during = /[?&]during=([^&]+)/.exec(url)?.[1]
  if (during === undefined || asker === undefined || isWithin(during, [hullOf(asker.who.held)])) return foreign
  return [...foreign, `asked ${source} for ${during}`]
}

interface Choice {
  readonly field: string
  readonly argument: string
  readonly value: unknown
}

/** Every argument that is given in a document, with its value. */
function choicesIn(document: DocumentNode, variables: Readonly<Record<string, unknown>>): readonly Choice[] {
  const choices: Choice[] = []
  visit(document, {
    Field(node: FieldNode) {
      if (isLeftOut(node, variables)) return false
      for (const { name, value } of node.arguments ?? [])
        choices.push({ field: node.name.value, argument: name.value, value: valueOf(value, variables) })
      return undefined
    },
  })
  return choices
}

function isLeftOut({ directives }: FieldNode, variables: Readonly<Record<string, unknown>>): boolean {
  return (directives ?? []).some(({ name, arguments: given }) => {
    const value = given?.[0]?.value
    return value !== undefined && valueOf(value, variables) === (name.value === 'skip')
  })
}

function valueOf(value: ValueNode | ConstValueNode, variables: Readonly<Record<string, unknown>>): unknown {
  return value.kind === Kind.VARIABLE ? variables[value.name.value] : valueFromASTUntyped(value, { ...variables })
}

function faultsOfChoice({ field, argument, value }: Choice, who: Entitlement, owners: JobOwners): readonly string[] {
  const own: readonly unknown[] = who.accounts.map(({ urn }) => urn)
  if (argument === 'byURNs') return isOwnList(value, own) ? [] : [`left the accounts open: ${JSON.stringify(value)}`]
  if (argument === 'jobUuid') {
    const owner = owners.get(String(value))
    return owner === undefined || owner === who.login ? [] : [`asked for a job of ${owner}`]
  }
  if (field === 'generateUsageExportFile') return faultsOfExport(Object(value), own, who)
  const stretch = argument === 'during' ? who.granted : argument === 'timeInterval' ? hullOf(who.held) : undefined
  if (stretch === undefined || value == null || isWithin(String(value), [stretch])) return []
  return [`asked ${field} for ${String(value)}`]
}

function faultsOfExport(input: object, own: readonly unknown[], who: Entitlement): readonly string[] {
  const { urns, timeInterval } = Object(input) as { urns?: unknown; timeInterval?: unknown }
  return [
    ...(isOwnList(urns, own) ? [] : [`exported ${JSON.stringify(urns)}`]),
    ...(isWithin(String(timeInterval), [hullOf(who.held)]) ? [] : [`exported ${String(timeInterval)}`]),
  ]
}

function isOwnList(value: unknown, own: readonly unknown[]): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(each => own.includes(each))
}
