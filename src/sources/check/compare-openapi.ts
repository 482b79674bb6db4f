import { readMembers } from '../../opower/read-members.js'
import type { Change } from './change.js'
import { compareNamed } from './change.js'

/** Compares two OpenAPI documents by what is asked and what is read: operations, parameters, properties and their types. */
export function compareOpenapi(known: unknown, live: unknown): readonly Change[] {
  return compareNamed(partsOf(known), partsOf(live), name => {
    if (name.startsWith('operation ')) return 'unclassified'
    if (name.startsWith('required parameter ')) return 'breaking'
    return name.startsWith('value ') ? 'dangerous' : 'safe'
  })
}

function partsOf(spec: unknown): ReadonlyMap<string, string> {
  const { paths, components } = readMembers(spec)
  return new Map([...operationsOf(paths), ...schemasOf(readMembers(components)['schemas'])])
}

type Part = readonly [name: string, like: string]

const methods: ReadonlySet<string> = new Set(['get', 'put', 'post', 'delete', 'patch'])

function operationsOf(paths: unknown): readonly Part[] {
  return Object.entries(readMembers(paths)).flatMap(([path, item]) =>
    Object.entries(readMembers(item))
      .filter(([method]) => methods.has(method))
      .flatMap(([method, operation]): Part[] => {
        const { parameters, responses } = readMembers(operation)
        const place = `${method.toUpperCase()} ${path}`
        return [
          [`operation ${place}`, answerOf(responses)],
          ...(Array.isArray(parameters) ? parameters.map(each => parameterOf(place, each)) : []),
        ]
      }),
  )
}

function answerOf(responses: unknown): string {
  const [, good] = Object.entries(readMembers(responses)).find(([status]) => status.startsWith('2')) ?? []
  return `answered by ${typeOf(readMembers(readMembers(readMembers(good)['content'])['application/json'])['schema'])}`
}

function parameterOf(place: string, parameter: unknown): Part {
  const { name, in: where, required, schema } = readMembers(parameter)
  return [`${required === true ? 'required ' : ''}parameter ${String(name)} of ${place}`, `${typeOf(schema)} in the ${String(where)}`]
}

function schemasOf(schemas: unknown): readonly Part[] {
  return Object.entries(readMembers(schemas)).flatMap(([name, schema]): Part[] => {
    const { properties, enum: values } = readMembers(schema)
    const fields = Object.entries(readMembers(properties)).map(([property, type]): Part => [`property ${name}.${property}`, typeOf(type)])
    const words = Array.isArray(values) ? values.map((value): Part => [`value ${name}.${String(value)}`, 'a value']) : []
    return [...fields, ...words]
  })
}

function typeOf(schema: unknown): string {
  const { $ref, type, format, items, nullable, allOf } = readMembers(schema)
  if (typeof $ref === 'string') return $ref.split('/').at(-1) ?? ''
  if (Array.isArray(allOf)) return `${allOf.map(typeOf).join(' and ')}${nullable === true ? ' or null' : ''}`
  if (type === 'array') return `a list of ${typeOf(items)}`
  return [type ?? 'anything', ...(format === undefined ? [] : [`(${String(format)})`]), ...(nullable === true ? ['or null'] : [])]
    .map(String)
    .join(' ')
}
