import fc from 'fast-check'
import { describe, expect, it } from '@jest/globals'
import type { FragmentDefinitionNode, GraphQLFieldResolver, GraphQLOutputType } from 'graphql'
import { executeSync, getNullableType, isEnumType, isListType, isObjectType, Kind, parse } from 'graphql'
import { assertWithinLimits } from '../../src/plan/limits.js'
import type { Selected } from '../../src/plan/selection.js'
import { selectFields } from '../../src/plan/selection.js'
import { servedSchema } from './customer-graph.js'
import type { RandomDocument } from './random-document.js'
import { randomDocument } from './random-document.js'

const roots = ['billingAccountsConnection', 'billingAccountByAuthContext', 'viewer']
const documents = fc
  .integer()
  .map(seed => randomDocument(seed, { schema: servedSchema, roots }))
  .filter(document => document !== undefined)

describe('the fields of an operation', () => {
  it('have the keys, and the order, that the library’s own execution gives them', () => {
    fc.assert(
      fc.property(documents, document => {
        expect(keysOf(selected(document))).toEqual(executedKeys(document))
      }),
      { numRuns: 300 },
    )
  })
})

describe('the measure of an operation', () => {
  it('refuses exactly what is larger than a ceiling once its fragments are spread', () => {
    const ceilings = fc.record({
      depth: fc.integer({ min: 1, max: 10 }),
      aliases: fc.integer({ min: 0, max: 8 }),
      rootFields: fc.integer({ min: 1, max: 4 }),
    })
    fc.assert(
      fc.property(documents, ceilings, ({ query }, limits) => {
        const size = sizeOf(query)
        const isLarge = size.depth > limits.depth || size.aliases > limits.aliases || size.roots > limits.rootFields
        const measure = (): void => assertWithinLimits(parse(query), { ...limits, listLength: 500 })
        if (isLarge) expect(measure).toThrow(/at most/)
        else expect(measure).not.toThrow()
      }),
      { numRuns: 300 },
    )
  })
})

function selected({ query, variables }: RandomDocument): readonly Selected[] {
  const { definitions } = parse(query)
  const fragments = new Map(definitions.flatMap(each => (each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : [])))
  const operation = definitions.find(each => each.kind === Kind.OPERATION_DEFINITION)
  const type = servedSchema.getQueryType()
  if (operation === undefined || type == null) throw new TypeError('expected a query and its type')
  return selectFields({ schema: servedSchema, fragments, conditions: variables }, type, [operation.selectionSet])
}

function keysOf(fields: readonly Selected[]): [string, unknown][] {
  return fields.map(({ key, type, children }) => [key, isObjectType(servedSchema.getType(type)) ? keysOf(children) : null])
}

function executedKeys({ query, variables }: RandomDocument): unknown {
  const { data, errors } = executeSync({ schema: servedSchema, document: parse(query), variableValues: variables, fieldResolver: anything })
  expect(errors).toBeUndefined()
  return keysIn(data)
}

/** Something of the right type in every place, one of each in lists. */
const anything: GraphQLFieldResolver<unknown, unknown> = (_source, _args, _context, { returnType }) => valueOf(returnType)

function valueOf(outer: GraphQLOutputType): unknown {
  const type = getNullableType(outer)
  if (isListType(type)) return [valueOf(type.ofType)]
  if (isObjectType(type)) return {}
  if (isEnumType(type)) return type.getValues()[0]?.value
  return String(type) === 'Boolean' ? true : 1
}

function keysIn(value: unknown): unknown {
  if (Array.isArray(value)) return keysIn(value[0])
  if (typeof value !== 'object' || value === null) return null
  return Object.entries(value).map(([key, inner]) => [key, keysIn(inner)])
}

interface Size {
  readonly depth: number
  readonly aliases: number
  readonly roots: number
}

/** Measured the long way: every fragment is written out where it is spread. */
function sizeOf(query: string): Size {
  const { definitions } = parse(query)
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const each of definitions) if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each)
  const operation = definitions.find(each => each.kind === Kind.OPERATION_DEFINITION)
  if (operation === undefined) throw new TypeError('expected an operation')
  type Set = typeof operation.selectionSet
  const sizes = (set: Set): readonly [number, number, number] =>
    set.selections.reduce<readonly [number, number, number]>(
      ([depth, aliases, fields], each) => {
        if (each.kind === Kind.FIELD) {
          const [inner, below] = each.selectionSet === undefined ? [0, 0] : sizes(each.selectionSet)
          return [Math.max(depth, inner + 1), aliases + below + (each.alias === undefined ? 0 : 1), fields + 1]
        }
        const body = each.kind === Kind.INLINE_FRAGMENT ? each.selectionSet : fragments.get(each.name.value)?.selectionSet
        const [inner, below, here] = body === undefined ? [0, 0, 0] : sizes(body)
        return [Math.max(depth, inner), aliases + below, fields + here]
      },
      [0, 0, 0],
    )
  const [depth, aliases] = sizes(operation.selectionSet)
  return { depth, aliases, roots: rootsOf(operation.selectionSet.selections, fragments, new Set()) }
}

/** A fragment's roots are counted once, however often it is spread: they are merged by their keys. */
function rootsOf(
  selections: FragmentDefinitionNode['selectionSet']['selections'],
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  seen: Set<string>,
): number {
  let count = 0
  for (const each of selections) {
    if (each.kind === Kind.FIELD) count++
    else if (each.kind === Kind.INLINE_FRAGMENT) count += rootsOf(each.selectionSet.selections, fragments, seen)
    else if (!seen.has(each.name.value)) {
      seen.add(each.name.value)
      count += rootsOf(fragments.get(each.name.value)?.selectionSet.selections ?? [], fragments, seen)
    }
  }
  return count
}
