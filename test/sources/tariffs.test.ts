import { readFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { IntrospectionQuery } from 'graphql'
import { buildClientSchema, getIntrospectionQuery } from 'graphql'
import type { StandIn } from '../../simulator/sources/stand-in.js'
import { startTariffCatalogue } from '../../simulator/sources/tariffs/server.js'
import { checkAccess } from '../../src/access/check-access.js'
import { tariffsAccess } from '../../src/sources/tariffs/access.js'
import { tariffsSource } from '../../src/sources/tariffs/source.js'
import type { SourceMesh } from './mesh-of.js'
import { callsOf, forgetCalls, meshOf, nowhere, setFaults } from './mesh-of.js'
import { snapshotOf } from './snapshot.js'

const byCode =
  'query ($codes: [ID!]!) { tariffPlansByCode(codes: $codes) { code name prices { season timeOfUse amount unit hours { from until } } } }'

function sourceAt(origin: string) {
  const { graphql } = tariffsSource.handler
  return { ...tariffsSource, handler: { graphql: { ...graphql, endpoint: `${origin}/graphql` } } }
}

describe('the catalogue of tariffs as a source', () => {
  let standIn: StandIn
  let mesh: SourceMesh

  beforeAll(async () => {
    standIn = await startTariffCatalogue({ port: 0 })
    mesh = await meshOf(sourceAt(standIn.url))
  })
  afterAll(async () => {
    await mesh[Symbol.asyncDispose]()
    await standIn.close()
  })
  afterEach(async () => {
    await setFaults(standIn.url, {})
    await forgetCalls(standIn.url)
  })

  async function askItself(query: string, variables: object = {}): Promise<Record<string, unknown>> {
    const response = await fetch(`${standIn.url}/graphql`, { method: 'POST', body: JSON.stringify({ query, variables }) })
    return ((await response.json()) as { data: Record<string, unknown> }).data
  }

  it('has the schema of which a snapshot is kept', async () => {
    const live = buildClientSchema((await askItself(getIntrospectionQuery())) as unknown as IntrospectionQuery)
    expect(await readFile(new URL('../../src/sources/tariffs/schema.graphql', import.meta.url), 'utf8')).toBe(snapshotOf(live))
  })

  it('answers plans by code, with prices by season and time of use', async () => {
    const { data } = await mesh.ask(byCode, { codes: ['RES-TOU', 'GAS-1'] })
    const plans = data?.['tariffPlansByCode'] as { code: string; prices: object[] }[]
    expect(plans.map(({ code }) => code)).toEqual(['GAS-1', 'RES-TOU'])
    expect(plans[1]?.prices[0]).toMatchObject({
      season: 'SUMMER',
      timeOfUse: 'ON_PEAK',
      amount: 0.51233,
      hours: [{ from: '16:00', until: '21:00' }],
    })
    expect(await callsOf(standIn.url)).toHaveLength(1)
  })

  it('is a subgraph to a router, and has no such door in the mesh', async () => {
    const representations = [
      { __typename: 'TariffPlan', code: 'RES-1' },
      { __typename: 'TariffPlan', code: 'NONE' },
    ]
    const entities =
      'query ($representations: [_Any!]!) { _service { sdl } _entities(representations: $representations) { ... on TariffPlan { name } } }'
    const answer = await askItself(entities, { representations })
    expect(answer['_entities']).toEqual([{ name: 'Residential flat rate' }, null])
    expect(answer['_service']).toEqual({ sdl: expect.stringContaining('@key(fields: "code")') })
    expect(Object.keys(mesh.mesh.schema.getQueryType()?.getFields() ?? {}).sort()).toEqual([
      'tariffPlan',
      'tariffPlans',
      'tariffPlansByCode',
    ])
  })

  it('answers in another order, with a gap, twice, or with another plan when it is told to', async () => {
    await setFaults(standIn.url, { reversed: true, foreign: true })
    const { data } = await mesh.ask(byCode, { codes: ['RES-1', 'RES-TOU'] })
    expect((data?.['tariffPlansByCode'] as { code: string }[]).map(({ code }) => code)).toEqual(['COM-1', 'RES-1', 'COM-1'])
  })

  it('answers null and one coded error when it fails', async () => {
    for (const [fault, code] of [
      [{ down: true }, 'UPSTREAM_UNAVAILABLE'],
      [{ html: true }, 'UPSTREAM_UNAVAILABLE'],
      [{ slow: { ms: 5_000 } }, 'UPSTREAM_TIMEOUT'],
    ] as const) {
      await setFaults(standIn.url, fault)
      const { data, errors } = await mesh.ask(byCode, { codes: ['RES-1'] })
      expect(data).toEqual({ tariffPlansByCode: null })
      expect(errors?.map(({ path, extensions }) => ({ path, code: extensions['code'] }))).toEqual([{ path: ['tariffPlansByCode'], code }])
    }
  })

  it('starts while the catalogue is down', async () => {
    await using early = await meshOf(sourceAt(nowhere))
    const { data, errors } = await early.ask('{ tariffPlans { code } }')
    expect(data).toEqual({ tariffPlans: null })
    expect(errors?.map(({ extensions }) => extensions['code'])).toEqual(['UPSTREAM_UNAVAILABLE'])
  })

  it('tells errors of its own in its own words, which only the gateway’s guard keeps back', async () => {
    const codes = Array.from({ length: 51 }, (_, index) => `CODE-${index}`)
    const { errors } = await mesh.ask(byCode, { codes })
    expect(errors?.map(({ message }) => message)).toEqual([expect.stringContaining('CODE-50')])
    expect(errors?.map(({ extensions }) => extensions['code'])).toEqual([undefined])
  })

  it('has rules that fit its schema and leave nothing out', () => {
    expect(checkAccess(mesh.mesh.schema, tariffsAccess)).toEqual([])
  })
})
