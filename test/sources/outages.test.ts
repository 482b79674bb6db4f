import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { population } from '../../simulator/population/population.js'
import type { OutageRow } from '../../simulator/sources/outages/outages.js'
import { outagesAt, premiseIds } from '../../simulator/sources/outages/outages.js'
import { startOutageSystem } from '../../simulator/sources/outages/server.js'
import type { StandIn } from '../../simulator/sources/stand-in.js'
import { checkAccess } from '../../src/access/check-access.js'
import { outagesAccess } from '../../src/sources/outages/access.js'
import { outagesSource } from '../../src/sources/outages/source.js'
import type { SourceMesh } from './mesh-of.js'
import { callsOf, forgetCalls, meshOf, nowhere, setFaults } from './mesh-of.js'

const now = Date.parse('2026-11-01T12:00:00Z')
const accountOf = (login: string) => population.accounts.filter(({ logins }) => logins.includes(login))
const premiseOf = (login: string) => accountOf(login)[0]?.premises[0]?.premise.uuid ?? ''
const canariesOf = (login: string) => Object.values(accountOf(login)[0]?.canaries ?? {})

const byPremise = `query ($ids: [String]!, $during: String) {
  outages(premiseIds: $ids, during: $during) {
    outageId premiseId location areaCode status cause timeInterval startedAt restoredAt estimatedRestorationAt notice crew { status arrivesAt }
  }
}`

function sourceAt(endpoint: string) {
  return { ...outagesSource, handler: { openapi: { ...outagesSource.handler.openapi, endpoint } } }
}

describe('the outage system as a source', () => {
  let standIn: StandIn
  let mesh: SourceMesh

  beforeAll(async () => {
    standIn = await startOutageSystem({ port: 0, now: () => now })
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

  const outagesOf = async (ids: readonly string[], period: object = {}): Promise<readonly OutageRow[]> =>
    (await mesh.ask(byPremise, { ids, ...period })).data?.['outages'] as OutageRow[]

  it('answers several premises in one call, each id a parameter of its own', async () => {
    const ids = [premiseOf('alice'), premiseOf('bruno')]
    const rows = await outagesOf(ids)
    expect(new Set(rows.map(({ premiseId }) => premiseId))).toEqual(new Set(ids))
    expect(rows[0]).toMatchObject({ status: 'ACTIVE', startedAt: '2026-11-01T10:00:00Z', crew: { status: 'EN_ROUTE' } })
    const [call, ...others] = await callsOf(standIn.url)
    expect(others).toEqual([])
    expect(call?.what).toBe(`GET /outages?premiseIds=${ids[0]}&premiseIds=${ids[1]}`)
    expect(call?.headers['accept']).toBe('application/json')
  })

  it('keeps the outages of whoever lived at a premise before, and the texts name them', async () => {
    const texts = JSON.stringify(await outagesOf([premiseOf('emil')]))
    expect(texts).toContain(accountOf('emil')[0]?.canaries.outage)
    expect(texts).toContain(accountOf('dora')[0]?.canaries.outage)
  })

  it('narrows to a stretch of time', async () => {
    const { from } = accountOf('emil')[0]?.occupancy ?? { from: NaN }
    const texts = JSON.stringify(
      await outagesOf([premiseOf('emil')], { during: `${new Date(from).toISOString()}/${new Date(now).toISOString()}` }),
    )
    expect(texts).toContain(accountOf('emil')[0]?.canaries.outage)
    for (const canary of canariesOf('dora')) expect(texts).not.toContain(canary)
  })

  it('keeps an outage that was running while somebody moved out, and one while nobody lived there', async () => {
    const moved = accountOf('dora')[0]?.occupancy.until ?? NaN
    const next = accountOf('emil')[0]?.occupancy.from ?? NaN
    const periods = (await outagesOf([premiseOf('emil')])).map(({ timeInterval }) => timeInterval.split('/').map(Date.parse))
    expect(periods.some(([from = NaN, until = NaN]) => from < moved && until > moved)).toBe(true)
    expect(periods.some(([from = NaN, until = NaN]) => from >= moved && until <= next)).toBe(true)
  })

  it('keeps the words of each account in its own outages, and those of a premise at the premise', () => {
    for (const premiseId of premiseIds) {
      const here = population.accounts.filter(({ premises }) => premises.some(({ premise }) => premise.uuid === premiseId))
      const others = population.accounts.filter(account => !here.includes(account))
      const texts = JSON.stringify(outagesAt(premiseId, now))
      const words = others.flatMap(({ canaries, premises }) => [
        ...Object.values(canaries),
        ...premises.map(({ premise }) => premise.canary),
      ])
      expect(words.filter(word => texts.includes(word))).toEqual([])
    }
  })

  it('publishes the outages of an area without a word of any household', async () => {
    const areaCode = accountOf('alice')[0]?.premises[0]?.premise.postalCode
    const query =
      'query ($areaCode: String!) { areaOutages(areaCode: $areaCode) { areaOutageId areaCode status cause timeInterval startedAt crewStatus customersAffected } }'
    const { data, errors } = await mesh.ask(query, { areaCode })
    expect(errors).toBeUndefined()
    expect(data?.['areaOutages']).toContainEqual(expect.objectContaining({ areaCode, status: 'ACTIVE' }))
    for (const account of population.accounts) {
      for (const canary of Object.values(account.canaries)) expect(JSON.stringify(data)).not.toContain(canary)
      for (const { premise } of account.premises) expect(JSON.stringify(data)).not.toContain(premise.uuid)
    }
  })

  it('takes a report, and shows the outage that it opened', async () => {
    const premiseId = premiseOf('bruno')
    const report = 'mutation ($input: OutageReportRequest_Input) { reportOutage(input: $input) { reportId premiseId symptom outageId } }'
    const input = { premiseId, symptom: 'NO_POWER', description: 'a word for the dispatcher' }
    const { data } = await mesh.ask(report, { input })
    expect(data?.['reportOutage']).toMatchObject({ premiseId, symptom: 'NO_POWER', outageId: expect.any(String) })
    const rows = await outagesOf([premiseId])
    expect(rows.map(({ outageId }) => outageId)).toContain((data?.['reportOutage'] as { outageId: string }).outageId)
    expect(JSON.stringify(rows)).not.toContain(input.description)
  })

  it('answers other rows than were asked for when it is told to', async () => {
    const ids = [premiseOf('alice'), premiseOf('emil')]
    const usual = await outagesOf(ids)
    await setFaults(standIn.url, { foreign: true })
    expect((await outagesOf(ids)).some(({ premiseId }) => !ids.includes(premiseId))).toBe(true)
    await setFaults(standIn.url, { reversed: true })
    const reversed = await outagesOf(ids)
    expect(reversed[0]).toEqual(usual.at(-1))
    expect(reversed.at(-1)).toEqual(reversed[0])
    expect(new Set(reversed.map(({ outageId }) => outageId)).size).toBe(usual.length - 1)
  })

  it('answers null and one coded error at the field when it fails, in no words of its own', async () => {
    const lost = 'mutation { reportOutage(input: { premiseId: "no-such-premise", symptom: NO_POWER }) { reportId } }'
    const refused = await mesh.ask(lost)
    expect(refused.errors).toEqual([expect.objectContaining({ path: ['reportOutage'], extensions: { code: 'UPSTREAM_REFUSED' } })])
    expect(JSON.stringify(refused)).not.toContain('Did you mean')
    for (const [fault, code] of [
      [{ down: true }, 'UPSTREAM_UNAVAILABLE'],
      [{ slow: { ms: 5_000 } }, 'UPSTREAM_TIMEOUT'],
    ] as const) {
      await setFaults(standIn.url, fault)
      const { data, errors } = await mesh.ask(byPremise, { ids: [premiseOf('alice')] })
      expect(data).toEqual({ outages: null })
      expect(errors?.map(({ path, extensions }) => ({ path, code: extensions['code'] }))).toEqual([{ path: ['outages'], code }])
    }
  })

  it('answers null and a coded error when a page of HTML stands in place of the rows', async () => {
    await setFaults(standIn.url, { html: true })
    const { data, errors } = await mesh.ask(byPremise, { ids: [premiseOf('alice')] })
    expect(data).toEqual({ outages: null })
    expect(errors).toEqual([expect.objectContaining({ path: ['outages'], extensions: { code: 'UPSTREAM_UNAVAILABLE' } })])
  })

  it('starts while the system is down, and answers one error at the field', async () => {
    await using early = await meshOf(sourceAt(nowhere))
    const { data, errors } = await early.ask('{ areaOutages(areaCode: "10000") { areaOutageId } }')
    expect(data).toEqual({ areaOutages: null })
    expect(errors).toEqual([expect.objectContaining({ path: ['areaOutages'], extensions: { code: 'UPSTREAM_UNAVAILABLE' } })])
  })

  it('would pass the words of the system on if nothing translated them', async () => {
    await using bare = await meshOf(sourceAt(standIn.url), [])
    const { errors } = await bare.ask('mutation { reportOutage(input: { premiseId: "no-such-premise", symptom: NO_POWER }) { reportId } }')
    expect(JSON.stringify(errors)).toContain('Did you mean')
  })

  it('has rules that fit its schema and leave nothing out', () => {
    expect(checkAccess(mesh.mesh.schema, outagesAccess)).toEqual([])
  })
})
