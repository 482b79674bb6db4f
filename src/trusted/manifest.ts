import { readFileSync } from 'node:fs'
import { parse } from 'graphql'

/** Registered documents, by the ids under which clients ask for them. */
export interface TrustedDocuments {
  readonly byId: ReadonlyMap<string, string>
  /** Whether exactly this text is registered, under whatever id. */
  hasText(text: string): boolean
}

export const noDocuments: TrustedDocuments = trustedDocuments(new Map())

const plainId = /^[\w:.-]{1,128}$/

/**
 * The manifest of a file: a JSON object of ids and documents. Ids are names, whatever they were made of.
 *
 * @throws TypeError that names the file, the id and what was expected
 */
export function readManifest(file: string): TrustedDocuments {
  const manifest = readJson(file)
  if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest))
    throw new TypeError(`expected ${file} to hold a JSON object of ids and documents`)
  return trustedDocuments(new Map(Object.entries(manifest).map(([id, text]) => [id, documentOf(file, id, text)])))
}

function trustedDocuments(byId: ReadonlyMap<string, string>): TrustedDocuments {
  const texts = new Set(byId.values())
  return { byId, hasText: text => texts.has(text) }
}

function readJson(file: string): unknown {
  const text = readFileSync(file, 'utf8')
  try {
    return JSON.parse(text)
  } catch {
    throw new TypeError(`expected ${file} to hold JSON`)
  }
}

function documentOf(file: string, id: string, text: unknown): string {
  if (!plainId.test(id))
    throw new TypeError(`expected the ids in ${file} to be 1 to 128 letters, digits, "_", ":", "." or "-", but got ${JSON.stringify(id)}`)
  try {
    if (typeof text === 'string' && parse(text).definitions.length > 0) return text
  } catch (fault) {
    throw new TypeError(`expected a GraphQL document as ${id} in ${file}: ${fault instanceof Error ? fault.message : String(fault)}`)
  }
  throw new TypeError(`expected a GraphQL document as ${id} in ${file}, but got ${typeof text}`)
}
