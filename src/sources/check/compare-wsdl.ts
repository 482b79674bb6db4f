import { WSDL } from 'soap'
import { readMembers } from '../../opower/read-members.js'
import type { Change } from './change.js'
import { compareNamed } from './change.js'

/**
 * Compares two WSDLs by what is asked and what is read: operations, the elements of their questions and answers, and their types. What else
 * their texts differ in is dangerous, since only somebody who reads it can tell; white space, comments and the service's address are nothing.
 */
export async function compareWsdl(known: string, live: string): Promise<readonly Change[]> {
  if (textOf(known) === textOf(live)) return []
  const changes = compareNamed(await partsOf(known), await partsOf(live), severityOf)
  const beside = { severity: 'dangerous', message: 'the text of the WSDL is another one, beside what can be told here' } as const
  return changes.length === 0 ? [beside] : changes
}

function severityOf(name: string): Change['severity'] {
  if (name.startsWith('operation ')) return 'unclassified'
  return name.startsWith('element ') ? 'safe' : 'dangerous'
}

function textOf(wsdl: string): string {
  return wsdl
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/<(?:\w+:)?address\b[^>]*>/g, '')
    .replace(/\s+/g, ' ')
    .replace(/> </g, '><')
    .trim()
}

async function partsOf(text: string): Promise<ReadonlyMap<string, string>> {
  const ports = Object.values(readMembers(await describe(text))).flatMap(service => Object.values(readMembers(service)))
  return new Map(ports.flatMap(port => Object.entries(readMembers(port))).flatMap(([name, operation]) => partsOfOperation(name, operation)))
}

type Part = readonly [name: string, like: string]

function partsOfOperation(name: string, operation: unknown): readonly Part[] {
  const { input, output } = readMembers(operation)
  return [[`operation ${name}`, 'an operation'], ...elementsOf(`argument ${name}`, input), ...elementsOf(`element ${name}`, output)]
}

/** Elements by name; what the library notes beside them is left out. */
function elementsOf(place: string, value: unknown): readonly Part[] {
  return Object.entries(readMembers(value))
    .filter(([name]) => !name.startsWith('targetN'))
    .flatMap(([name, inner]) => {
      const own = `${place}.${name.replace('[]', '')}`
      const many = name.endsWith('[]') ? 'a list of ' : ''
      return typeof inner === 'string' ? leafOf(own, many, inner) : [[own, `${many}elements`] as const, ...elementsOf(own, inner)]
    })
}

/** `xs:int` or, for a restriction, `Name|xs:string|A,B`: each value is a part of its own. */
function leafOf(place: string, many: string, text: string): readonly Part[] {
  const [name = '', base, values] = text.split('|')
  if (values === undefined) return [[place, many + name]]
  return [[place, `${many}${name} (${base})`], ...values.split(',').map((value): Part => [`value ${value} of ${place}`, 'a value'])]
}

/** Nothing is fetched: what a WSDL includes or imports is not read, wherever it says that this lies. */
function describe(text: string): Promise<unknown> {
  const alone = text.replace(/<(?:\w+:)?(?:import|include)\b[^>]*>/g, '')
  return new Promise((resolve, reject) => {
    try {
      const wsdl = new WSDL(alone, 'service.wsdl', {})
      wsdl.onReady(error => (error ? reject(error) : resolve(wsdl.describeServices())))
    } catch (error) {
      reject(error)
    }
  })
}
