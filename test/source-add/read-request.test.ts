import { describe, expect, it } from '@jest/globals'
import { graphqlSnapshot } from '../../src/source-add/snapshot-graphql.js'
import { openapiSnapshot } from '../../src/source-add/snapshot-openapi.js'
import { readRequest } from '../../src/source-add/read-request.js'

const nothingTaken = { types: new Set<string>(), roots: new Set<string>() }

describe('the arguments of source:add', () => {
  it('give one name in all its forms', () => {
    expect(readRequest(['pet-store', '--kind', 'openapi', '--spec', 'a.json'])).toEqual({
      kind: 'openapi',
      spec: 'a.json',
      names: {
        folder: 'pet-store',
        camel: 'petStore',
        pascal: 'PetStore',
        setting: 'PET_STORE_URL',
        authorization: 'PET_STORE_AUTHORIZATION_FILE',
        port: 'PET_STORE_PORT',
      },
    })
  })

  it.each([
    [[], 'One name'],
    [['a', 'b', '--kind', 'sql'], 'One name'],
    [['../a', '--kind', 'sql'], 'lower-case words'],
    [['A', '--kind', 'sql'], 'lower-case words'],
    [['a'], '--kind must be one of openapi, graphql, soap, sql, but got: nothing'],
    [['a', '--kind', 'rest'], 'but got: rest'],
    [['a', '--king', 'sql'], 'npm run source:add'],
  ])('are refused with what was expected: %j', (args, message) => {
    expect(() => readRequest(args)).toThrow(message)
  })
})

describe('a spec', () => {
  const pet = { type: 'object', properties: { id: { type: 'string' } } }
  const spec = {
    openapi: '3.0.3',
    servers: [{ url: 'https://elsewhere.example' }],
    security: [{ key: [] }],
    paths: {
      '/pets/{id}': {
        get: {
          operationId: 'outages',
          security: [],
          responses: { 200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Outage' } } } } },
        },
        delete: { responses: {} },
      },
    },
    components: { schemas: { Outage: pet, Pet: pet }, securitySchemes: { key: {} } },
  }

  it('has no name that another source has: schemas and operations get the source’s in front', () => {
    const taken = { types: new Set(['Outage']), roots: new Set(['outages']) }
    const text = openapiSnapshot(JSON.stringify(spec), 'PetStore', taken)
    expect(JSON.parse(text)).toMatchObject({
      paths: {
        '/pets/{id}': {
          get: {
            operationId: 'petStoreOutages',
            responses: { 200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/PetStoreOutage' } } } } },
          },
          delete: { operationId: 'deletePetsId' },
        },
      },
      components: { schemas: { PetStoreOutage: pet, Pet: pet } },
    })
    expect(text).not.toMatch(/elsewhere|security/)
  })

  it.each(['', '{}', '{"swagger":"2.0"}', '{"openapi":"3.0.0","paths":{}}', 'openapi: 3.0.3'])('is refused when it is none: %j', text => {
    expect(() => openapiSnapshot(text, 'PetStore', nothingTaken)).toThrow(/^The spec /)
  })

  it('in GraphQL has roots that may be null, and says which of its names are taken', () => {
    const sdl = 'type Query { outages: [Outage!]! } type Outage { id: ID }'
    expect(graphqlSnapshot(sdl, nothingTaken)).toEqual({ sdl: expect.stringContaining('outages: [Outage!]\n'), taken: [] })
    expect(graphqlSnapshot(sdl, { types: new Set(['Outage']), roots: new Set(['outages']) }).taken).toEqual(['Outage', 'outages'])
    expect(() => graphqlSnapshot('nonsense', nothingTaken)).toThrow('no GraphQL schema')
  })
})
