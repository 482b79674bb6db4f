import { inspect } from 'node:util'

/** Everything that a log could make of a value, causes and hidden members included. */
export function everySpelling(value: unknown): string {
  const open = inspect(value, { depth: 20, showHidden: true, getters: true })
  const hidden =
    value instanceof Error ? inspect([value.cause, value.stack, Reflect.get(value, 'reason')], { depth: 20, showHidden: true }) : ''
  return [inspect(value), JSON.stringify(value), String(value), open, hidden].join('\n')
}

/** A secret and what becomes of it on the way: base64 of a pair, percent-encoding. */
export function formsOf(clientId: string, clientSecret: string): readonly string[] {
  return [clientId, clientSecret, Buffer.from(`${clientId}:${clientSecret}`).toString('base64')]
}
