import { createClientAsync } from 'soap'
import { readMembers } from '../opower/read-members.js'
import { SourceAddFault } from './fault.js'
import type { TakenNames } from './snapshot-openapi.js'

export interface SoapSnapshot {
  readonly sdl: string
  /** The operation behind each root field. */
  readonly operations: Readonly<Record<string, string>>
}

/**
 * A schema for the operations of a WSDL: those whose names say that they read are queries, the rest are mutations.
 *
 * @throws {SourceAddFault} when the file is no WSDL or has no operation
 */
export async function soapSnapshot(file: string, pascal: string, { roots }: TakenNames): Promise<SoapSnapshot> {
  const described = await describe(file)
  const ports = Object.values(described).flatMap(service => Object.values(readMembers(service)))
  const found = ports.flatMap(port => Object.entries(readMembers(port)))
  if (found.length === 0) throw new SourceAddFault('The spec has no operation.')
  const operations = new Map(found.map(([name, operation]) => [fieldName(name, pascal, roots), { name, ...partsOf(operation) }]))
  const types = new Map<string, string>()
  const fields = [...operations].map(([field, { name, input, output }]) => {
    const args = membersOf(input, { name: `${pascal}${name}`, isInput: true, types })
    const answer = typeOf(output, { name: `${pascal}${name}Answer`, isInput: false, types })
    return {
      isQuery: /^(?:get|list|find|search|read|query|check|lookup)/i.test(name),
      text: `${field}${args === '' ? '' : `(${args})`}: ${answer}`,
    }
  })
  const sdl = [
    rootType(
      'Query',
      fields.filter(({ isQuery }) => isQuery),
    ),
    rootType(
      'Mutation',
      fields.filter(({ isQuery }) => !isQuery),
    ),
    ...types.values(),
  ]
  return {
    sdl: `${sdl.filter(text => text !== '').join('\n\n')}\n`,
    operations: Object.fromEntries([...operations].map(([field, { name }]) => [field, name])),
  }
}

async function describe(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return readMembers((await createClientAsync(file, { disableCache: true })).describe())
  } catch {
    throw new SourceAddFault('The spec is no WSDL that can be read.')
  }
}

function partsOf(operation: unknown): { readonly input: unknown; readonly output: unknown } {
  const { input, output } = readMembers(operation)
  return { input, output }
}

function fieldName(operation: string, pascal: string, roots: ReadonlySet<string>): string {
  const own = operation.slice(0, 1).toLowerCase() + operation.slice(1)
  return roots.has(own) ? `${pascal.slice(0, 1).toLowerCase()}${pascal.slice(1)}${operation}` : own
}

function rootType(name: string, fields: readonly { readonly text: string }[]): string {
  return fields.length === 0 ? '' : `type ${name} {\n${fields.map(({ text }) => `  ${text}`).join('\n')}\n}`
}

interface Place {
  readonly name: string
  readonly isInput: boolean
  readonly types: Map<string, string>
}

/** Elements by name; what the library notes beside them, and names that GraphQL does not have, are left out. */
function membersOf(element: unknown, place: Place): string {
  const members = Object.entries(readMembers(element)).filter(([name]) => !/^targetN/.test(name) && /^[A-Za-z_]\w*(?:\[\])?$/.test(name))
  return members
    .map(([name, value]) => {
      const bare = name.replace('[]', '')
      const type = typeOf(value, { ...place, name: `${place.name}${bare.slice(0, 1).toUpperCase()}${bare.slice(1)}` })
      return `${bare}: ${name === bare ? type : `[${type}]`}`
    })
    .join(place.isInput ? ', ' : '\n  ')
}

function typeOf(value: unknown, place: Place): string {
  if (typeof value === 'string') return scalarOf(value)
  const name = place.isInput ? `${place.name}Input` : place.name
  const members = membersOf(value, place)
  if (members === '') return 'String'
  place.types.set(name, `${place.isInput ? 'input' : 'type'} ${name} {\n  ${members}\n}`)
  return name
}

/** `xs:int` or, for a restriction, `Name|xs:string|A,B`. */
function scalarOf(text: string): string {
  const [, type = ''] = /(?:^|\|)\w+:(\w+)/.exec(text) ?? []
  if (/^(?:int|short|byte|unsignedShort|unsignedByte)$/.test(type)) return 'Int'
  if (/^(?:decimal|float|double|long|integer|unsignedInt|unsignedLong|\w*Integer)$/.test(type)) return 'Float'
  return type === 'boolean' ? 'Boolean' : 'String'
}
