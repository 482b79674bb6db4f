import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { z } from 'zod'
import type { RunningSources } from '../../../simulator/sources/start.js'
import { startSources } from '../../../simulator/sources/start.js'
import { compareColumns } from '../../../src/sources/check/compare-columns.js'
import { compareOpenapi } from '../../../src/sources/check/compare-openapi.js'
import { compareWsdl } from '../../../src/sources/check/compare-wsdl.js'
import { checkSource } from '../../../src/sources/check/check-source.js'
import { exitCodeOf, renderChecks } from '../../../src/sources/check/render.js'
import { sourcesToCheck } from '../../../src/sources/check/sources-to-check.js'
import { readColumns } from '../../../src/sources/kinds/sql-tables.js'
import type { OwnSourceName } from '../../../src/sources/registry.js'
import { ownSources } from '../../../src/sources/registry.js'
import type { Upstream } from '../../support/upstream.js'
import { answerJson, startUpstream } from '../../support/upstream.js'
import { setFaults } from '../mesh-of.js'

const folder = fileURLToPath(new URL('../../../src/sources', import.meta.url))
const read = (file: string): string => readFileSync(new URL(`../../../src/sources/${file}`, import.meta.url), 'utf8')
const severitiesOf = (changes: readonly { severity: string; message: string }[]) =>
  changes.map(({ severity, message }) => `${severity}: ${message}`)

describe('the snapshot of a source', () => {
  let sources: RunningSources
  let upstream: Upstream
  beforeAll(async () => {
    ;[sources, upstream] = await Promise.all([startSources(), startUpstream()])
  }, 240_000)
  afterEach(() => setFaults(sources.origins.tariffs, {}))
  afterAll(async () => {
    await Promise.all([sources.close(), upstream.close()])
  })

  const check = (source: OwnSourceName, address: string) =>
    checkSource({ source, address: new URL(address), access: ownSources[source], folder })

  it('is as the running system is: GraphQL, a WSDL, tables and an OpenAPI document', async () => {
    upstream.answer = response => answerJson(response, 200, read('outages/openapi.json'))
    const checked = await Promise.all([
      check('Tariffs', sources.tariffsUrl),
      check('Orders', sources.ordersUrl),
      check('Billing', sources.billingUrl),
      check('Outages', upstream.origin),
    ])
    expect(renderChecks(checked)).toBe(['Tariffs', 'Orders', 'Billing', 'Outages'].map(name => `${name}: as its snapshot`).join('\n'))
    expect(exitCodeOf(checked)).toBe(0)
  })

  it('that cannot be compared is a fault, and is told in no word of the system’s', async () => {
    await setFaults(sources.origins.tariffs, { html: true })
    upstream.answer = response => response.writeHead(302, { location: 'http://127.0.0.1:9/canary' }).end('canary')
    const checked = await Promise.all([
      check('Tariffs', sources.tariffsUrl),
      check('Outages', upstream.origin),
      check('Billing', 'postgres://gateway@127.0.0.1:9/postgres'),
    ])
    expect(renderChecks(checked)).toBe(
      [
        'Tariffs: not compared, it does not tell its interface: what came is no JSON',
        'Outages: not compared, it does not tell its interface: /openapi.json answers 302',
        'Billing: not compared, no answer (ECONNREFUSED)',
      ].join('\n'),
    )
    expect(exitCodeOf(checked)).toBe(1)
  })
})

describe('a system that wants a credential', () => {
  let upstream: Upstream
  beforeAll(async () => {
    upstream = await startUpstream()
  })
  afterAll(() => upstream.close())

  it('is sent the one of its file, as it is at the time, and nobody else is', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'substation-credential-')), 'outages')
    upstream.answer = (response, { headers }) =>
      headers.authorization === 'Bearer second' ? answerJson(response, 200, read('outages/openapi.json')) : response.writeHead(401).end()
    const places = sourcesToCheck({
      sources: { Outages: { value: upstream.origin }, Orders: { value: `${upstream.origin}/field-service` } },
      sourceCredentials: { Outages: { file } },
    })
    expect(places.map(({ source }) => source)).toEqual(['Outages', 'Orders'])
    const check = async () => renderChecks(await Promise.all(places.map(checkSource))).split('\n')
    expect((await check())[0]).toBe('Outages: not compared, its credential cannot be read')
    writeFileSync(file, 'Bearer first')
    expect((await check())[0]).toBe('Outages: not compared, it does not tell its interface: /openapi.json answers 401')
    writeFileSync(file, 'Bearer second')
    expect(await check()).toEqual([
      'Outages: as its snapshot',
      'Orders: not compared, it does not tell its interface: /field-service?wsdl answers 401',
    ])
    const orders = upstream.received.filter(({ headers }) => headers.authorization === undefined)
    expect(orders).toHaveLength(3)
  })
})

describe('a difference', () => {
  const spec = { paths: z.record(z.string(), z.unknown()), components: z.object({ schemas: z.record(z.string(), z.unknown()) }) }
  const outages = () => z.looseObject(spec).parse(JSON.parse(read('outages/openapi.json')))

  it('of an OpenAPI document is breaking, dangerous, safe or to be classified', () => {
    const live = outages()
    const { AreaOutage } = live.components.schemas
    live.components.schemas['AreaOutage'] = {
      type: 'object',
      properties: {
        ...z.object({ properties: z.record(z.string(), z.unknown()) }).parse(AreaOutage).properties,
        customersAffected: { type: 'string' },
        town: { type: 'string' },
      },
    }
    live.components.schemas['OutageStatus'] = { type: 'string', enum: ['REPORTED', 'ACTIVE', 'CLOSED'] }
    Reflect.deleteProperty(live.paths, '/outage-reports')
    live.paths['/crews'] = {
      get: { parameters: [{ name: 'area', in: 'query', required: true, schema: { type: 'string' } }], responses: {} },
    }
    expect(severitiesOf(compareOpenapi(outages(), live)).sort()).toEqual([
      'breaking: operation POST /outage-reports is gone',
      'breaking: property AreaOutage.customersAffected was integer and is string',
      'breaking: required parameter area of GET /crews is new',
      'breaking: value OutageStatus.RESTORED is gone',
      'dangerous: value OutageStatus.CLOSED is new',
      'safe: property AreaOutage.town is new',
      'unclassified: operation GET /crews is new',
    ])
  })

  it('of tables is breaking where what is read is gone or another type', () => {
    const known = readColumns(read('billing/columns.json'))
    const live = known
      .filter(({ table, column }) => `${table}.${column}` !== 'payment.method')
      .map(each => (each.table === 'ledger' && each.column === 'balance' ? { ...each, type: 'text', nullable: true } : each))
    const more = [
      ...live,
      { table: 'ledger', column: 'town', type: 'text', nullable: true },
      { table: 'meter', column: 'id', type: 'text', nullable: false },
    ]
    expect(severitiesOf(compareColumns(known, more))).toEqual([
      'breaking: ledger.balance was numeric and is text',
      'breaking: payment.method is gone',
      'safe: ledger.town is new',
      'unclassified: meter.id is new',
      'dangerous: ledger.balance may be null now',
    ])
  })

  it('of a WSDL is told by operations, elements and values; white space, comments and the address are nothing', async () => {
    const wsdl = read('orders/orders.wsdl')
    const moved = wsdl.replace(/\n\s*/g, '\n').replace(/location="[^"]*"/, 'location="http://elsewhere.example"')
    expect(await compareWsdl(wsdl, moved)).toEqual([])
    const live = wsdl
      .replace('name="windowFrom" type="xs:dateTime"', 'name="windowStart" type="xs:dateTime"')
      .replace('name="note" type="xs:string"', 'name="note" type="xs:int"')
      .replace('<xs:enumeration value="EN_ROUTE"/>', '<xs:enumeration value="ON_THE_WAY"/>')
      .replace('<xs:element name="customerId" type="xs:string" maxOccurs="50"/>', '$&<xs:element name="region" type="xs:string"/>')
    expect(severitiesOf(await compareWsdl(wsdl, live))).toEqual([
      'breaking: value EN_ROUTE of argument GetAppointments.status is gone',
      'breaking: value EN_ROUTE of element GetAppointments.appointment.status is gone',
      'breaking: element GetAppointments.appointment.windowFrom is gone',
      'breaking: element GetAppointments.appointment.note was xs:string and is xs:int',
      'breaking: value EN_ROUTE of element GetAppointments.appointment.step.status is gone',
      'dangerous: argument GetAppointments.region is new',
      'dangerous: value ON_THE_WAY of argument GetAppointments.status is new',
      'dangerous: value ON_THE_WAY of element GetAppointments.appointment.status is new',
      'safe: element GetAppointments.appointment.windowStart is new',
      'dangerous: value ON_THE_WAY of element GetAppointments.appointment.step.status is new',
    ])
  })

  it('of a WSDL that nothing here can tell is dangerous, and no document that it names is fetched', async () => {
    const wsdl = read('orders/orders.wsdl')
    const more = wsdl.replace('<wsdl:types>', '<wsdl:import namespace="urn:x" location="http://127.0.0.1:9/x.wsdl"/><wsdl:types>')
    expect(severitiesOf(await compareWsdl(wsdl, more))).toEqual([expect.stringMatching(/^dangerous: the text/)])
  })
})
