import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { buildSchema, parse } from 'graphql'
import type { SourceAnswer, SourceCall } from '../../src/plan/ask-sources.js'
import { forgivingSchema } from '../../src/server/forgiving-schema.js'
import { buildMesh } from '../../src/server/mesh.js'
import { createOwnSourceFinder, ownSourceFinderOf } from '../../src/server/own-sources/own-source-finder.js'
import { callSources } from '../../src/server/source-calls.js'
import type { Upstream } from '../support/upstream.js'
import { answerJson, startUpstream } from '../support/upstream.js'

const nowhere = new URL('http://127.0.0.1:9/graphql')
let upstream: Upstream
let mesh: Awaited<ReturnType<typeof buildMesh>>
let ways: { readonly itself: SourceCall; readonly combined: SourceCall }

beforeAll(async () => {
  upstream = await startUpstream()
  const origin = new URL(upstream.origin)
  mesh = await buildMesh([], {
    Opower: nowhere,
    Outages: origin,
    Orders: new URL('/field-service', origin),
    Tariffs: new URL('/graphql', origin),
  })
  const context: object = await mesh.getEnveloped({}).contextFactory({})
  const unified = forgivingSchema(mesh.schema)
  const own = () => ({ ownAccounts: async () => [], ownCustomerIds: async () => ['C-1'] })
  ways = {
    itself: callSources({}, { unified, findOwnSource: ownSourceFinderOf(mesh.schema) }, own),
    combined: callSources(context, { unified, findOwnSource: () => undefined }, own),
  }
}, 60_000)
afterAll(async () => {
  await mesh.destroy()
  await upstream.close()
})

const tariffs = `query ($keys: [ID!]!, $all: Boolean = true) {
  rows: tariffPlansByCode(codes: $keys) { key: code name service fixedCharge seasons @include(if: $all) { name } prices { amount unit hours { weekdays } } }
}`
const outages = `query ($keys: [ID!]!, $status: OutageStatus) {
  rows: outages(premiseIds: $keys, status: $status) { key: premiseId outageId status crew { status arrivesAt } }
}`
const whole: Readonly<Record<string, readonly object[]>> = {
  [tariffs]: [1, 2].map(each => ({
    key: `T-${each}`,
    name: 'a',
    service: 'ELECTRICITY',
    fixedCharge: 7.5,
    seasons: [{ name: 'SUMMER' }],
    prices: [{ amount: each / 3, unit: 'KWH', hours: [{ weekdays: [1, 2] }] }],
  })),
  [outages]: [1, 2].map(each => ({
    premiseId: `P-${each}`,
    outageId: 'O',
    status: 'ACTIVE',
    crew: { status: 'ON_SITE', arrivesAt: null },
  })),
}

type Step = string | number

function pathsIn(value: unknown, path: readonly Step[] = []): readonly (readonly Step[])[] {
  const members = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return [path, ...members.flatMap(([key, inner]) => pathsIn(inner, [...path, Array.isArray(value) ? Number(key) : key]))]
}

/** The same with another value at one place. */
function changed(value: unknown, [step, ...rest]: readonly Step[], to: unknown): unknown {
  if (step === undefined) return to
  const copy: Record<Step, unknown> = Object.assign(Array.isArray(value) ? [] : {}, value)
  copy[step] = changed(copy[step], rest, to)
  return copy
}

/** One value of an answer is another one, or is missing, or an error says why it is null. */
interface Harm {
  readonly at: number
  readonly to: unknown
  readonly code: string | undefined
}

const harms = fc.record<Harm>({
  at: fc.nat(),
  to: fc.constantFrom(null, undefined, 'x', 3, 0.5, true, 'RESTORED', {}, [], [null]),
  code: fc.constantFrom(undefined, 'BAD_USER_INPUT', 'SOMETHING'),
})

function bodyOf(document: string, query: string, { at, to, code }: Harm): string {
  const rows = whole[document]
  const paths = pathsIn(rows)
  const path = paths[at % paths.length] ?? []
  const isGraphql = document === tariffs
  const isError = isGraphql && code !== undefined
  const harmed = changed(rows, path, isError ? null : to)
  if (!isGraphql) return JSON.stringify(harmed === undefined ? null : harmed)
  // The combined schema asks without the name that the root has in the answer.
  const root = /\brows:/.test(query) ? 'rows' : 'tariffPlansByCode'
  const errors = isError ? { errors: [{ message: 'words of a source', path: [root, ...path], extensions: { code } }] } : {}
  return JSON.stringify({ data: { [root]: harmed }, ...errors })
}

const told = ({ data, errors, missing }: SourceAnswer) => ({
  data,
  missing,
  // A null takes what holds it along; which place is then named is each library's own.
  errors: errors.map(({ code, message, path }) => [code, message, path?.slice(0, 2).join('.')]).sort(),
})

describe('a source that is asked by itself', () => {
  it.each([tariffs, outages])(
    'answers as it does through the combined schema, whatever comes: %s',
    async document => {
      await fc.assert(
        fc.asyncProperty(harms, async harm => {
          upstream.answer = (response, { body }) => answerJson(response, 200, bodyOf(document, body, harm))
          const variables = { keys: ['A', 'B'] }
          const [itself, combined] = [await ways.itself(document, variables), await ways.combined(document, variables)]
          expect(told(itself)).toEqual(told(combined))
        }),
        { numRuns: 150 },
      )
    },
    60_000,
  )

  it('is sent the very document of the plan', async () => {
    upstream.received.length = 0
    upstream.answer = response => answerJson(response, 200, JSON.stringify({ data: { rows: whole[tariffs] } }))
    await ways.itself(tariffs, { keys: ['T-1'] })
    await ways.itself(outages, { keys: ['P-1', 'P-2'], status: 'ACTIVE' })
    const [first, second] = upstream.received
    const { query, variables } = JSON.parse(first?.body ?? '') as { query: string; variables: object }
    expect(query).toMatch(/\brows: ?tariffPlansByCode\(codes: ?\$keys\)/)
    expect(variables).toEqual({ keys: ['T-1'] })
    expect(second?.path).toBe('/outages?premiseIds=P-1&premiseIds=P-2&status=ACTIVE')
  })

  it.each([[{ keys: ['P-1', null] }], [{ keys: null }], [{}]])('is not asked with keys of which one is missing: %j', async variables => {
    upstream.received.length = 0
    upstream.answer = response => answerJson(response, 200, JSON.stringify(whole[outages]))
    for (const way of [ways.itself, ways.combined]) expect(told(await way(outages, variables)).data).toBeUndefined()
    expect(upstream.received).toEqual([])
  })

  it('tells an error that is about no place of its answer, and none of its words', async () => {
    const errors = [{ message: 'canary', path: ['canary'], extensions: { code: 'canary' } }]
    upstream.answer = response => answerJson(response, 200, JSON.stringify({ data: { rows: whole[tariffs] }, errors }))
    const answer = await ways.itself(tariffs, { keys: ['T-1'] })
    expect(answer.errors.map(({ code, path }) => [code, path])).toEqual([['UPSTREAM_UNAVAILABLE', ['rows']]])
    expect(JSON.stringify([answer.data, answer.errors])).not.toContain('canary')
  })
})

describe('the combined schema is asked', () => {
  const ownSourceOf = (document: string) => ownSourceFinderOf(mesh.schema)(parse(document))

  it.each([
    ['roots of two sources', '{ tariffPlans { code } serviceAppointments { appointmentId } }'],
    ['a root of Opower', '{ billingAccountsConnection { totalCount } }'],
    ['a field that is joined to a source’s own', '{ serviceAgreement { tariff { code } } }'],
    ['a field that the source does not have', '{ tariffPlans { color } }'],
    ['a root of nobody', '{ __typename }'],
  ])('for %s', (_what, document) => {
    expect(ownSourceOf('{ tariffPlans { code } }')).toBeDefined()
    expect(ownSourceOf(document)).toBeUndefined()
  })

  it('for a source whose names are changed on their way into it, and for objects of several types', () => {
    const schema = buildSchema('type Query { one: One all: [Any] } type One { a: ID } union Any = One')
    const raw = { ...mesh.rawSources[0], name: 'A', schema, transforms: [] } as (typeof mesh.rawSources)[number]
    const [plain, renamed] = [[raw], [{ ...raw, transforms: [{}] }]].map(createOwnSourceFinder)
    expect(plain?.(parse('{ one { a } }'))?.source.schema).toBe(schema)
    expect(plain?.(parse('{ all { ... on One { a } } }'))).toBeUndefined()
    expect(renamed?.(parse('{ one { a } }'))).toBeUndefined()
  })
})
