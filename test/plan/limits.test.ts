import { describe, expect, it } from '@jest/globals'
import { parse } from 'graphql'
import { GatewayError } from '../../src/errors.js'
import { assertListsWithinLimit, assertTokensWithinLimit, assertWithinLimits } from '../../src/plan/limits.js'

const wide = { depth: 100, aliases: 100, rootFields: 100, listLength: 100 }

/** The message of the refusal; undefined where nothing is refused. */
function refusalOf(act: () => void): string | undefined {
  try {
    act()
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'OPERATION_TOO_COSTLY') return error.message
    throw error
  }
  return undefined
}
const atMost = (limit: number, what: string, came: number | string): string =>
  `An operation may have at most ${limit} ${what}, but this one has ${came}.`
const measured = (document: string, limits: Partial<typeof wide>): string | undefined =>
  refusalOf(() => assertWithinLimits(parse(document), { ...wide, ...limits }))

describe('an operation', () => {
  it('is as deep as its deepest field, through every kind of fragment', () => {
    const document = '{ a { ... { b { ...F } } } c } fragment F on T { ... on T { d } }'
    expect(measured(document, { depth: 3 })).toBeUndefined()
    expect(measured(document, { depth: 2 })).toBe(atMost(2, 'levels of fields', 3))
  })

  it('has the aliases that it spells, once more for each place where a fragment is spread', () => {
    const document = '{ x: a { ...F } b { ...F } } fragment F on T { y: c z: d }'
    expect(measured(document, { aliases: 5 })).toBeUndefined()
    expect(measured(document, { aliases: 4 })).toBe(atMost(4, 'aliases', 5))
  })

  it('has two thousand fields at the most, counted wherever they are spread', () => {
    const fields = (count: number) => `{ ${'...F '.repeat(count)} } fragment F on T { ${'a '.repeat(100)} }`
    expect(measured(fields(20), {})).toBeUndefined()
    expect(measured(`{ ...F ${fields(20).slice(1)}`, {})).toBe(atMost(2_000, 'fields', 2_100))
    expect(measured(`{ f ${'...F '.repeat(20)} } fragment F on T { ${'a '.repeat(100)} }`, {})).toBe(atMost(2_000, 'fields', 2_001))
  })

  it('has the roots that are answered: those of a fragment once', () => {
    const document = '{ a ... { b } ...F ...F } fragment F on Query { c ...G } fragment G on Query { d }'
    expect(measured(document, { rootFields: 4 })).toBeUndefined()
    expect(measured(document, { rootFields: 3 })).toBe(atMost(3, 'root fields', 4))
  })

  it('is measured in each of its definitions, fragments by themselves included', () => {
    expect(measured('{ a } fragment F on T { a { b { c } } }', { depth: 2 })).toBe(atMost(2, 'levels of fields', 3))
    expect(measured('query A { a } query B { a { b } }', { depth: 1 })).toBe(atMost(1, 'levels of fields', 2))
    expect(measured('{ a } fragment F on Query { a b }', { rootFields: 1 })).toBeUndefined()
    expect(measured('type T { a: Int } { a }', {})).toBeUndefined()
  })

  it('may spread fragments that do not exist, or themselves: that is for validation', () => {
    expect(measured('{ ...None ...F } fragment F on T { a ...F }', { depth: 1, rootFields: 1 })).toBeUndefined()
  })

  it('may have lists of a length, in any argument', () => {
    const list = (length: number) => `{ a(by: [[${'1 '.repeat(length)}]]) }`
    expect(measured(list(3), { listLength: 3 })).toBeUndefined()
    expect(measured(list(4), { listLength: 3 })).toBe(atMost(3, 'elements in a list', 4))
  })
})

describe('a text', () => {
  const tokens = (text: string, limit: number) => refusalOf(() => assertTokensWithinLimit(text, limit))

  it('has the tokens of the language, and no other characters', () => {
    expect(tokens('{ a b c }', 5)).toBeUndefined()
    expect(tokens('{ a b c }', 4)).toBe(atMost(4, 'tokens', 'more'))
    expect(tokens(`{ ${'long'.repeat(20)} }`, 3)).toBeUndefined()
    expect(tokens('{ab}', 4)).toBeUndefined()
  })

  it('that cannot be read is left to the parser', () => {
    expect(tokens('{ a "', 4)).toBeUndefined()
    expect(tokens('{ a ? b c d e f g }', 4)).toBeUndefined()
  })

  it.each(['()', '[]', '{}'])('has at most two hundred brackets open at once: %s', pair => {
    const [open = '', close = ''] = pair
    expect(tokens(`${open.repeat(200)}${close.repeat(200)}`.repeat(2), 10_000)).toBeUndefined()
    expect(tokens(open.repeat(201), 10_000)).toBe(atMost(200, 'open brackets', 201))
    expect(tokens(`${open.repeat(200)}${close}${open}${open}`, 10_000)).toBe(atMost(200, 'open brackets', 201))
  })

  it('counts brackets of every kind together', () => {
    expect(tokens('([{'.repeat(67), 10_000)).toBe(atMost(200, 'open brackets', 201))
    expect(tokens('([{'.repeat(66), 10_000)).toBeUndefined()
  })
})

describe('a value', () => {
  const value = (given: unknown) => refusalOf(() => assertListsWithinLimit(given, 3))
  const nested = (levels: number): unknown => (levels === 0 ? 1 : { inner: nested(levels - 1) })

  it('may be no list that is too long, wherever it stands', () => {
    for (const good of [null, undefined, 'text of some length', 7, [1, 2, 3], { a: [1, 2, 3], b: { c: [[1], [2], [3]] }, d: 1, e: 2 }])
      expect(value(good)).toBeUndefined()
    for (const bad of [[1, 2, 3, 4], { a: { b: [1, 2, 3, 4] } }, [[], [1, 2, 3, 4]]])
      expect(value(bad)).toBe(atMost(3, 'elements in a list', 4))
  })

  it('may be nested twelve levels deep', () => {
    expect(value(nested(13))).toBeUndefined()
    expect(value(nested(14))).toBe(atMost(12, 'levels in a value', 13))
  })
})
