import { population } from '../../simulator/population/population.js'
import { customerIds } from '../../simulator/sources/orders/appointments.js'
import { tokensOf } from './policy.js'

/** Whose each token of the population is, for messages. */
const owners: ReadonlyMap<string, string> = new Map([
  ...population.accounts.flatMap(account => tokensOf(account).map(token => [token, account.name] as const)),
  ...customerIds.map(number => [number, 'the field service'] as const),
])

/** Invented words, uuids, and numbers that stand alone. A canary of reads is the last four of six decimals. */
const shapes: readonly RegExp[] = [
  /[a-z]{7,14}/g,
  /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g,
  /(?<![\d.])\d{8,12}(?![\d.])/g,
  /(?<=\.\d\d)9\d{3}(?!\d)/g,
]

/** Every token of the population in a text, however it is cased or percent-encoded. */
export function tokensIn(text: string): ReadonlySet<string> {
  const found = new Set<string>()
  const lower = text.toLowerCase()
  for (const shape of shapes) for (const [token] of lower.matchAll(shape)) if (owners.has(token)) found.add(token)
  return found
}

/** The tokens in a text that are not among the allowed ones, each with its owner. */
export function strangersIn(text: string, allowed: ReadonlySet<string>): readonly string[] {
  return [...tokensIn(text)].filter(token => !allowed.has(token)).map(token => `${token} (${owners.get(token) ?? 'nobody'})`)
}
