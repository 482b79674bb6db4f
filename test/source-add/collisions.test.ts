import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { YamlConfig } from '@graphql-mesh/types'
import { buildSchema, graphql } from 'graphql'
import { assertDistinct } from '../../src/server/distinct-names.js'
import { filesFor } from '../../src/source-add/files.js'
import { readRequest } from '../../src/source-add/read-request.js'
import { graphqlSnapshot } from '../../src/source-add/snapshot-graphql.js'
import { openapiSnapshot } from '../../src/source-add/snapshot-openapi.js'
import { meshOf } from '../sources/mesh-of.js'
import type { Upstream } from '../support/upstream.js'
import { answerJson, startUpstream } from '../support/upstream.js'

const sdl = 'type Query { thing(id: ID!): Thing things: [Thing!] } type Thing { id: ID! name: String! part: Part } type Part { id: ID }'
const taken = { types: new Set(['Thing', 'ID', 'Query']), roots: new Set(['thing']) }
const file = join(mkdtempSync(join(tmpdir(), 'substation-collision-')), 'schema.graphql')
writeFileSync(file, sdl)

/** Two systems that speak of the same things, each of its own. */
let first: Upstream
let second: Upstream
beforeAll(async () => {
  ;[first, second] = await Promise.all([startThings('first'), startThings('second')])
})
beforeEach(() => {
  first.received.length = 0
  second.received.length = 0
})
afterAll(() => Promise.all([first.close(), second.close()]))

async function startThings(name: string): Promise<Upstream> {
  const upstream = await startUpstream()
  const rootValue = { thing: ({ id }: { id: string }) => ({ id, name, part: { id: 'p' } }), things: [{ id: '1', name }] }
  upstream.answer = async (response, { body }) => {
    const { query, variables } = JSON.parse(body) as { query: string; variables: Record<string, unknown> }
    const answer = await graphql({ schema: buildSchema(sdl), source: query, variableValues: variables, rootValue })
    answerJson(response, 200, JSON.stringify(answer))
  }
  return upstream
}

type Transforms = NonNullable<YamlConfig.Source['transforms']>
const both = (transforms: Transforms): YamlConfig.Source[] => [
  { name: 'First', handler: { graphql: { endpoint: first.url, source: file, batch: false } } },
  { name: 'Second', handler: { graphql: { endpoint: second.url, source: file, batch: false } }, transforms },
]

describe('two sources with the same names', () => {
  it('are refused at the start, by the names', async () => {
    await using mesh = await meshOf(both([]))
    expect(() => assertDistinct(mesh.mesh.rawSources)).toThrow(/^Two sources have a root field Query.thing: First and Second\./)
    await using renamed = await meshOf(
      both([{ rename: { mode: 'wrap', renames: ['thing', 'things'].map(name => renameOf('Query', 'Query', name, `second_${name}`)) } }]),
    )
    expect(() => assertDistinct(renamed.mesh.rawSources)).toThrow('Two sources have a type Thing: First and Second.')
  })

  it.each<[string, Transforms, string, object]>([
    [
      'prefix',
      [{ prefix: { value: 'Second_', mode: 'wrap', includeRootOperations: true, includeTypes: true } }],
      '{ thing(id: 1) { name } Second_thing(id: 2) { __typename x: name part { id } } }',
      { thing: { name: 'first' }, Second_thing: { __typename: 'Second_Thing', x: 'second', part: { id: 'p' } } },
    ],
    [
      'rename',
      [
        {
          rename: {
            mode: 'wrap',
            renames: [
              renameOf('Query', 'Query', 'thing', 'widget'),
              renameOf('Query', 'Query', 'things', 'widgets'),
              { from: { type: 'Thing' }, to: { type: 'Widget' } },
              { from: { type: 'Part' }, to: { type: 'WidgetPart' } },
            ],
          },
        },
      ],
      '{ thing(id: 1) { name } widget(id: 2) { __typename name } }',
      { thing: { name: 'first' }, widget: { __typename: 'Widget', name: 'second' } },
    ],
    [
      'filter',
      [
        { filterSchema: { mode: 'wrap', filters: ['Query.!thing', 'Type.!Part'] } },
        { prefix: { value: 'Second_', mode: 'wrap', includeRootOperations: true, includeTypes: true } },
      ],
      '{ thing(id: 1) { name } Second_things { name } }',
      { thing: { name: 'first' }, Second_things: [{ name: 'second' }] },
    ],
    [
      'encapsulate',
      [
        { prefix: { value: 'Second_', mode: 'wrap', includeRootOperations: false, includeTypes: true } },
        { encapsulate: { name: 'second', applyTo: { query: true, mutation: false, subscription: false } } },
      ],
      '{ thing(id: 1) { name } second { thing(id: 2) { __typename name } } }',
      { thing: { name: 'first' }, second: { thing: { __typename: 'Second_Thing', name: 'second' } } },
    ],
  ])('are kept apart by %s, and each is asked for its own by its own names', async (_which, transforms, query, data) => {
    await using mesh = await meshOf(both(transforms))
    expect(() => assertDistinct(mesh.mesh.rawSources)).not.toThrow()
    expect(JSON.parse(JSON.stringify(await mesh.ask(query)))).toEqual({ data })
    expect([first.received.length, second.received.length]).toEqual([1, 1])
    expect(second.received[0]?.body).not.toMatch(/Second_T|Widget/)
  })
})

function renameOf(from: string, to: string, field: string, newField: string) {
  return { from: { type: from, field }, to: { type: to, field: newField } }
}

describe('source:add', () => {
  const request = { ...readRequest(['rates', '--kind', 'graphql']), title: 'the rates service' }
  const sourceOf = async (text: string): Promise<string> =>
    (await filesFor({ ...request, text, taken })).all(undefined).find(each => each.file.endsWith('/source.ts'))?.text ?? ''

  it('gives a GraphQL source a prefix where its names are taken, and none where they are free', async () => {
    expect(graphqlSnapshot(sdl, taken).taken).toEqual(['Thing', 'thing'])
    expect(await sourceOf(sdl)).toContain("transforms: [{ prefix: { value: 'Rates_', mode: 'wrap'")
    expect(await sourceOf('type Query { rebate: Rebate } type Rebate { amount: Float }')).not.toContain('transforms')
  })

  it('reads an OpenAPI document in YAML as in JSON, and renames in it what is taken', () => {
    const yaml = `
openapi: 3.0.3
paths:
  /thing: { get: { operationId: thing, responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/Thing' } } } } } } }
components: { schemas: { Thing: { type: object } } }
`
    const snapshot = openapiSnapshot(yaml, 'Rates', taken)
    expect(JSON.parse(snapshot)).toMatchObject({
      paths: { '/thing': { get: { operationId: 'ratesThing' } } },
      components: { schemas: { RatesThing: { type: 'object' } } },
    })
    expect(openapiSnapshot(JSON.stringify(JSON.parse(snapshot)), 'Rates', { types: new Set(), roots: new Set() })).toBe(snapshot)
    expect(() => openapiSnapshot('swagger: "2.0"', 'Rates', taken)).toThrow(/OpenAPI 3 document in JSON or YAML/)
  })
})
