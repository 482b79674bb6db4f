import { parseArgs } from 'node:util'
import { SourceAddFault } from './fault.js'

export const kinds = ['openapi', 'graphql', 'soap', 'sql'] as const
export type SourceKind = (typeof kinds)[number]

export interface SourceRequest {
  readonly kind: SourceKind
  readonly names: SourceNames
  /** The file with the spec; undefined for the small one that comes with each kind. */
  readonly spec: string | undefined
}

/** One name in the forms that it has in different places. */
export interface SourceNames {
  /** Of its folder: `pet-store`. */
  readonly folder: string
  /** In code: `petStore`. */
  readonly camel: string
  /** In the mesh: `PetStore`. */
  readonly pascal: string
  /** Of its setting: `PET_STORE_URL`. */
  readonly setting: string
  /** Of the setting that names the file with its credential: `PET_STORE_AUTHORIZATION_FILE`. */
  readonly authorization: string
  /** Of the port of its stand-in: `PET_STORE_PORT`. */
  readonly port: string
}

const usage = `npm run source:add -- <name> --kind ${kinds.join('|')} [--spec file]`

/**
 * Reads the arguments of the command.
 *
 * @throws {SourceAddFault} with what was expected
 */
export function readRequest(args: readonly string[]): SourceRequest {
  const { values, positionals } = parse(args)
  const [folder, ...others] = positionals
  if (folder === undefined || others.length > 0) throw new SourceAddFault(`One name is needed: ${usage}`)
  if (!/^[a-z][a-z0-9]*(?:-[a-z][a-z0-9]*)*$/.test(folder) || folder.length > 40)
    throw new SourceAddFault(`The name is a folder's, in lower-case words with hyphens between, such as pet-store; got: ${folder}`)
  const kind = kinds.find(each => each === values.kind)
  if (kind === undefined) throw new SourceAddFault(`--kind must be one of ${kinds.join(', ')}, but got: ${values.kind ?? 'nothing'}`)
  return { kind, names: namesOf(folder), spec: values.spec }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: { kind: { type: 'string' }, spec: { type: 'string' } } })
  } catch {
    throw new SourceAddFault(usage)
  }
}

function namesOf(folder: string): SourceNames {
  const pascal = folder
    .split('-')
    .map(word => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('')
  const upper = folder.toUpperCase().replaceAll('-', '_')
  return {
    folder,
    pascal,
    camel: pascal.slice(0, 1).toLowerCase() + pascal.slice(1),
    setting: `${upper}_URL`,
    authorization: `${upper}_AUTHORIZATION_FILE`,
    port: `${upper}_PORT`,
  }
}
