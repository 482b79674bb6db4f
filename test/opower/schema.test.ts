import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql'
import type { GraphQLArgument, GraphQLNamedType, GraphQLSchema } from 'graphql'

const hub = textOf('src/opower/schema.graphql')
const edge = textOf('src/opower/edge-fields.graphql')

/** One element of a schema: where it stands, its type, and what is said about it. */
interface Element {
  readonly at: string
  readonly type: string
  readonly description: string | null | undefined
}

describe("the snapshot of Opower's schema", () => {
  it('describes every type, field, argument, input field and enum value', () => {
    const bare = elementsOf(buildSchema(hub + edge)).filter(({ description }) => !description?.trim())
    expect(bare.map(({ at }) => at)).toEqual([])
  })

  it('builds without the fields that the hub lacks, and has them with the second file', () => {
    expect(elementsOf(buildSchema(hub)).filter(({ at }) => /intervalReads/i.test(at))).toEqual([])
    const added = elementsOf(buildSchema(hub + edge)).filter(({ at }) => /\.intervalReads$/.test(at))
    expect(added.map(({ at, type }) => `${at}: ${type}`)).toEqual([
      'ServiceAgreement.intervalReads: [IntervalReads]',
      'ServicePoint.intervalReads: [IntervalReads]',
    ])
  })

  it('lets every root field be null, so that one silent source does not take the rest of an answer with it', () => {
    const schema = buildSchema(hub)
    const roots = [schema.getQueryType(), schema.getMutationType()].flatMap(type => Object.values(type?.getFields() ?? {}))
    expect(roots.length).toBeGreaterThan(0)
    expect(roots.filter(({ type }) => isNonNullType(type)).map(({ name }) => name)).toEqual([])
  })

  it('has exactly the names and types of the simulator, hub and edge', () => {
    expect(shapeOf(hub)).toEqual(shapeOf(textOf('simulator/schema.graphql')))
    expect(shapeOf(hub + edge)).toEqual(shapeOf(textOf('simulator/schema.graphql') + textOf('simulator/edge-fields.graphql')))
  })
})

function textOf(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
}

function shapeOf(text: string): string[] {
  const elements = elementsOf(buildSchema(text))
  return elements.map(({ at, type }) => `${at}: ${type}`).sort()
}

function elementsOf(schema: GraphQLSchema): Element[] {
  const types = Object.values(schema.getTypeMap()).filter(type => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
  return types.flatMap(type => [{ at: type.name, type: type.constructor.name, description: type.description }, ...membersOf(type)])
}

function membersOf(type: GraphQLNamedType): Element[] {
  if (isEnumType(type))
    return type.getValues().map(({ name, description }) => ({ at: `${type.name}.${name}`, type: type.name, description }))
  if (isInputObjectType(type)) return argumentsOf(type.name, Object.values(type.getFields()))
  if (!isObjectType(type) && !isInterfaceType(type)) return []
  return Object.values(type.getFields()).flatMap(field => {
    const at = `${type.name}.${field.name}`
    return [{ at, type: String(field.type), description: field.description }, ...argumentsOf(at, field.args)]
  })
}

function argumentsOf(at: string, inputs: readonly Pick<GraphQLArgument, 'name' | 'type' | 'description' | 'defaultValue'>[]): Element[] {
  return inputs.map(({ name, type, description, defaultValue }) => {
    return { at: `${at}(${name})`, type: `${String(type)} = ${JSON.stringify(defaultValue)}`, description }
  })
}
