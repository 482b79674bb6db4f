import { valueFromAST } from 'graphql'
import type { BoundArgument } from './plan.js'

/** The values of an operation's variables, coerced as its definitions say. */
export type Variables = Readonly<Record<string, unknown>>

/** The value of an argument in this request; undefined when its variable was left out. */
export function valueOf({ value, type }: BoundArgument, variables: Variables): unknown {
  return valueFromAST(value, type, variables)
}

/** The value of the argument of that name; undefined when there is no such argument. */
export function valueNamed(list: readonly BoundArgument[], name: string, variables: Variables): unknown {
  for (const argument of list) if (argument.name === name) return valueOf(argument, variables)
  return undefined
}

/** A text for arguments that is equal exactly when their values are. */
export function canonicalArguments(list: readonly BoundArgument[], variables: Variables): string {
  const values = list.map(argument => [argument.name, valueOf(argument, variables) ?? null] as const)
  return canonicalJson(values.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** JSON with the keys of every object in order; a part of every key of the cache, so it is made for each request. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`
  if ('toJSON' in value && typeof value.toJSON === 'function') return canonicalJson(value.toJSON())
  let text = ''
  for (const key of Object.keys(value).sort()) {
    const member: unknown = Reflect.get(value, key)
    if (member !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`
  }
  return `{${text}}`
}
