import { load } from 'js-yaml'
import { readMembers } from '../opower/read-members.js'
import { SourceAddFault } from './fault.js'

const methods = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options'] as const

/** Names that the combined schema has already: a second type of one name would silently be joined with the first. */
export interface TakenNames {
  readonly types: ReadonlySet<string>
  readonly roots: ReadonlySet<string>
}

/**
 * The checked-in form of an OpenAPI 3 document: whatever would collide with another source gets the source's name in front, what
 * says how to sign in and where the service is goes, since both are settings.
 *
 * @throws {SourceAddFault} for anything else
 */
export function openapiSnapshot(text: string, pascal: string, taken: TakenNames): string {
  const spec = readSpec(text)
  const schemas = Object.keys(readMembers(readMembers(spec['components'])['schemas']))
  const renamed = new Map(schemas.filter(name => collides(name, taken)).map(name => [name, `${pascal}${name}`]))
  const { servers: _where, security: _who, ...rest } = spec
  const snapshot = renameIn(rest, renamed)
  nameOperations(snapshot, pascal, taken)
  return `${JSON.stringify(snapshot, null, 2)}\n`
}

function readSpec(text: string): Readonly<Record<string, unknown>> {
  const spec = readMembers(parse(text))
  const { openapi, paths } = spec
  if (typeof openapi !== 'string' || !openapi.startsWith('3.'))
    throw new SourceAddFault('The spec must be an OpenAPI 3 document in JSON or YAML; a converter makes one of Swagger 2.')
  if (Object.keys(readMembers(paths)).length === 0) throw new SourceAddFault('The spec has no paths: there is nothing to ask.')
  return spec
}

/** JSON is YAML too (YAML 1.2, section 1.3). */
function parse(text: string): unknown {
  try {
    return load(text)
  } catch {
    return undefined
  }
}

/** Each object type of an OpenAPI document may be an input too, under this name. */
function collides(name: string, { types }: TakenNames): boolean {
  return types.has(name) || types.has(`${name}_Input`)
}

const schemaPath = '#/components/schemas/'

/** The same value with the schemas and all references to them renamed. */
function renameIn(value: unknown, renamed: ReadonlyMap<string, string>): Record<string, unknown> {
  const rename = (each: unknown): unknown => {
    if (typeof each === 'string' && each.startsWith(schemaPath)) return schemaPath + newName(each.slice(schemaPath.length))
    if (Array.isArray(each)) return each.map(rename)
    if (typeof each !== 'object' || each === null) return each
    return Object.fromEntries(Object.entries(each).map(([key, inner]) => [key, rename(inner)]))
  }
  const newName = (name: string): string => renamed.get(name) ?? name
  const { components, ...rest } = readMembers(rename(value))
  const { schemas, securitySchemes: _who, ...others } = readMembers(components)
  const named = Object.entries(readMembers(schemas)).map(([name, schema]) => [newName(name), schema])
  return { ...rest, components: { ...others, schemas: Object.fromEntries(named) } }
}

/** Every operation has a name of its own, which becomes the field's. */
function nameOperations({ paths }: Record<string, unknown>, pascal: string, { roots }: TakenNames): void {
  for (const [path, item] of Object.entries(readMembers(paths))) {
    for (const method of methods) {
      const operation = readMembers(item)[method]
      if (typeof operation !== 'object' || operation === null) continue
      const { operationId } = readMembers(operation)
      const name = typeof operationId === 'string' && operationId !== '' ? operationId : `${method}${path.replace(/\W+(\w?)/g, upper)}`
      const free = roots.has(name)
        ? `${pascal.slice(0, 1).toLowerCase()}${pascal.slice(1)}${upper('', name.slice(0, 1))}${name.slice(1)}`
        : name
      Object.assign(operation, { operationId: free })
      Reflect.deleteProperty(operation, 'security')
    }
  }
}

function upper(_all: string, letter: string): string {
  return letter.toUpperCase()
}
