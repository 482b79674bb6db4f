import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where front ends keep what they ask. */
export const savedRooms: readonly string[] = ['test/journeys/operations', 'examples']

/** The documents below a folder, by their files; none where there is no such folder. */
export function savedIn(room: string): ReadonlyMap<string, string> {
  if (!existsSync(room)) return new Map()
  const files = readdirSync(room, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.graphql') && !name.includes('node_modules'))
    .sort()
    .map(name => join(room, name))
  return new Map(files.map(file => [file, readFileSync(file, 'utf8')] as const).filter(([, text]) => isOperation(text)))
}

/** A schema may lie there too. */
function isOperation(text: string): boolean {
  return /^\s*(?:#[^\n]*\n\s*)*(?:query|mutation|fragment|\{)/.test(text)
}
