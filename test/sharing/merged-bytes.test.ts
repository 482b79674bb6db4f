import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { UpstreamRequest } from '../../src/plan/execute.js'
import { mergeRequests } from '../../src/sharing/merge-requests.js'

const requestOf = (query: string): UpstreamRequest => ({ query, variables: {}, operationName: undefined, lane: 'quick' })

/** Requests with one to three roots each, some of them the same question, some under the same name. */
const root = fc.constantFrom('a', 'b', 'x: a', 'a: b', 'c { d }', 'y: c { d }')
const requests = fc
  .array(fc.uniqueArray(root, { minLength: 1, maxLength: 3, selector: each => each.split(/[ :]/)[0] }), { minLength: 2, maxLength: 5 })
  .map(all => all.map(roots => requestOf(`{ ${roots.join(' ')} }`)))

/** What an upstream answers: a value for each root of the merged document, in its order. */
const aliasesIn = (query: string): readonly string[] => [...query.matchAll(/(r\d+_\w+):/g)].map(([, alias = '']) => alias)
const answerTo = (query: string, values: readonly unknown[]): Record<string, unknown> =>
  Object.fromEntries(aliasesIn(query).map((alias, at) => [alias, values[at % values.length]]))
const values = fc.array(
  fc.jsonValue().filter(value => value !== null),
  { minLength: 1, maxLength: 6 },
)

describe('the answer to a merged document, taken apart as bytes', () => {
  it('tells each member what it would be told as a value', () => {
    fc.assert(
      fc.property(requests, values, (all, given) => {
        const merged = mergeRequests(all)
        const answer = { data: answerTo(merged.request.query, given) }
        const text = JSON.stringify(answer)
        const parts = merged.splitBytes(Buffer.from(text))
        // Numbers that parsers read differently are left to the parsed value, and so is what would be copied too often.
        if (parts === undefined) return void expect(/\d{16}|e[+-]?\d{3}|\.\d{21}/.test(text) || all.length > 2).toBe(true)
        expect(parts.map(bytes => JSON.parse(bytes.toString()) as unknown)).toEqual(merged.split(JSON.parse(text)))
      }),
    )
  })

  it('is left to the parsed value where many share a large root', () => {
    const merged = mergeRequests(['a', 'a b', 'a c: b', 'a d: b'].map(roots => requestOf(`{ ${roots} }`)))
    const answer = (a: string) => Buffer.from(JSON.stringify({ data: answerTo(merged.request.query, [a, 1, 2, 3]) }))
    expect(merged.splitBytes(answer('x'))).toHaveLength(4)
    expect(merged.splitBytes(answer('x'.repeat(1_000)))).toBeUndefined()
  })

  it('may end with a line break', () => {
    const merged = mergeRequests([requestOf('{ a }'), requestOf('{ b }')])
    const parts = merged.splitBytes(Buffer.from('{"data":{"r0_a":1,"r1_b":2}}\r\n'))
    expect(parts?.map(String)).toEqual(['{"data":{"a":1}}', '{"data":{"b":2}}'])
  })

  it('lends no member the memory of another', () => {
    const merged = mergeRequests([requestOf('{ a }'), requestOf('{ b }')])
    const bytes = Buffer.from('{"data":{"r0_a":1,"r1_b":2}}')
    const [one, other] = merged.splitBytes(bytes) ?? []
    bytes.fill(0)
    one?.fill(0x20)
    expect(other?.toString()).toBe('{"data":{"b":2}}')
  })

  it.each([
    ['with errors', '{"data":{"r0_a":1,"r1_b":2},"errors":[]}'],
    ['with errors first', '{"errors":[],"data":{"r0_a":1,"r1_b":2}}'],
    ['in another order', '{"data":{"r1_b":2,"r0_a":1}}'],
    ['where one is missing', '{"data":{"r0_a":1}}'],
    ['with one that nobody asked for', '{"data":{"r0_a":1,"r1_b":2,"r2_c":3}}'],
    ['with one twice', '{"data":{"r0_a":1,"r0_a":1,"r1_b":2}}'],
    ['with white space', '{"data": {"r0_a":1,"r1_b":2}}'],
    ['cut short', '{"data":{"r0_a":1,"r1_b":2}'],
    ['with something behind it', '{"data":{"r0_a":1,"r1_b":2}}{}'],
    ['of no data', '{"data":null}'],
    ['with a null root, which may be a hiccup', '{"data":{"r0_a":null,"r1_b":2}}'],
    ['that is no JSON', '{"data":{"r0_a":01,"r1_b":2}}'],
  ])('is left to the parsed value %s', (_what, text) => {
    expect(mergeRequests([requestOf('{ a }'), requestOf('{ b }')]).splitBytes(Buffer.from(text))).toBeUndefined()
  })
})
