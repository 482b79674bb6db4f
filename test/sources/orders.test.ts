import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { YamlConfig } from '@graphql-mesh/types'
import { population } from '../../simulator/population/population.js'
import type { AppointmentRow } from '../../simulator/sources/orders/appointments.js'
import { appointmentsOf, customerIdOf } from '../../simulator/sources/orders/appointments.js'
import { startFieldService } from '../../simulator/sources/orders/server.js'
import type { StandIn } from '../../simulator/sources/stand-in.js'
import { checkAccess } from '../../src/access/check-access.js'
import { ordersAccess } from '../../src/sources/orders/access.js'
import { orderFault } from '../../src/sources/orders/order-fault.js'
import { ordersSource } from '../../src/sources/orders/source.js'
import type { SourceMesh } from './mesh-of.js'
import { callsOf, forgetCalls, meshOf, nowhere, setFaults } from './mesh-of.js'

const now = Date.parse('2026-11-01T12:00:00Z')
const everything = `query ($ids: [ID!], $status: [ServiceAppointmentStatus!]) {
  serviceAppointments(customerIds: $ids, status: $status) {
    appointmentId customerId kind status window { from until } note steps { status at }
  }
}`

interface Appointment {
  readonly appointmentId: string
  readonly customerId: string
  readonly status: string
  readonly note: string
  readonly window: { readonly from: string } | null
}

const contextOf = (...logins: readonly string[]) => ({ ownCustomerIds: async () => logins.map(customerIdOf) })

function sourceAt(origin: string): YamlConfig.Source {
  const [[path, config] = []] = Object.entries(ordersSource.handler)
  return { ...ordersSource, handler: { [path ?? '']: { ...config, endpoint: `${origin}/field-service` } } } as YamlConfig.Source
}

describe('the field service as a source', () => {
  let standIn: StandIn
  let mesh: SourceMesh

  beforeAll(async () => {
    standIn = await startFieldService({ port: 0, now: () => now })
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

  const appointmentsFor = async (login: string, variables: object = {}): Promise<readonly Appointment[]> => {
    const { data, errors } = await mesh.ask(everything, { ...variables }, contextOf(login))
    expect(errors).toBeUndefined()
    return data?.['serviceAppointments'] as Appointment[]
  }

  it('answers a person’s appointments in one SOAP 1.1 call', async () => {
    const rows = await appointmentsFor('alice')
    expect(rows.map(({ appointmentId }) => appointmentId).sort()).toEqual(idsOf(appointmentsOf(customerIdOf('alice'), now)))
    const [call, ...others] = await callsOf(standIn.url)
    expect(others).toEqual([])
    expect(call?.headers).toMatchObject({
      'content-type': 'text/xml; charset=utf-8',
      soapaction: '"http://schemas.northvale.example/field-service/v1/GetAppointments"',
    })
  })

  it('answers them in the order in which they take place, whatever order, gaps and doubles come', async () => {
    const usual = await appointmentsFor('fatima')
    const times = usual.map(({ window }) => window?.from ?? '~')
    expect(times).toEqual([...times].sort())
    await setFaults(standIn.url, { reversed: true })
    const others = await appointmentsFor('fatima')
    const otherTimes = others.map(({ window }) => window?.from ?? '~')
    expect(otherTimes).toEqual([...otherTimes].sort())
    expect(new Set(others.map(({ appointmentId }) => appointmentId)).size).toBe(usual.length - 1)
  })

  it('keeps joint holders of one account apart', async () => {
    const [alice, hanna] = [await appointmentsFor('alice'), await appointmentsFor('hanna')]
    expect(alice.length).toBeGreaterThan(0)
    expect(hanna.length).toBeGreaterThan(0)
    expect(alice.filter(({ appointmentId }) => hanna.some(other => other.appointmentId === appointmentId))).toEqual([])
  })

  it('keeps the words of an account in its own appointments', async () => {
    const texts = JSON.stringify(await appointmentsFor('emil'))
    for (const { logins, canaries } of population.accounts) {
      if (logins.includes('emil')) expect(texts).toContain(canaries.bill)
      else for (const canary of Object.values(canaries)) expect(texts).not.toContain(canary)
    }
  })

  it('answers only those in the states that were asked for', async () => {
    const rows = await appointmentsFor('fatima', { status: ['SCHEDULED', 'COMPLETED'] })
    expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(['SCHEDULED', 'COMPLETED']))
  })

  it('sends no customer number that the directory does not prove', async () => {
    const ids = [customerIdOf('bruno')]
    expect(await mesh.ask(everything, { ids }, contextOf('alice'))).toMatchObject({ data: { serviceAppointments: [] } })
    expect(await mesh.ask(everything, { ids })).toMatchObject({ data: { serviceAppointments: [] } })
    expect(await mesh.ask(everything, { ids: [] }, contextOf('alice'))).toMatchObject({ data: { serviceAppointments: [] } })
    expect(await callsOf(standIn.url)).toEqual([])
  })

  it('escapes what it sends', async () => {
    const strange = '1</customerId><customerId>2'
    const context = { ownCustomerIds: async () => [strange] }
    const { errors } = await mesh.ask(everything, {}, context)
    expect(errors?.map(({ extensions }) => extensions['code'])).toEqual(['UPSTREAM_UNAVAILABLE'])
    const [call] = await callsOf(standIn.url)
    expect(call?.body.match(/<[^/>]*customerId[^>]*>/g)).toHaveLength(1)
  })

  it('answers an appointment of somebody else when it is told to', async () => {
    await setFaults(standIn.url, { foreign: true })
    const rows = await appointmentsFor('alice')
    expect(rows.filter(({ customerId }) => customerId !== customerIdOf('alice'))).toHaveLength(1)
  })

  it('answers null and one coded error when it fails, in no words of its own', async () => {
    const failures = [
      [{ down: true }, 'UPSTREAM_UNAVAILABLE'],
      [{ html: true }, 'UPSTREAM_UNAVAILABLE'],
      [{ slow: { ms: 5_000 } }, 'UPSTREAM_TIMEOUT'],
    ] as const
    for (const [fault, code] of failures) {
      await setFaults(standIn.url, fault)
      const { data, errors } = await mesh.ask(everything, {}, contextOf('alice'))
      expect(data).toEqual({ serviceAppointments: null })
      expect(errors?.map(({ path, extensions }) => ({ path, code: extensions['code'] }))).toEqual([{ path: ['serviceAppointments'], code }])
    }
  })

  it('tells a SOAP fault in our words, with and without a hook before it', async () => {
    await using bare = await meshOf(sourceAt(standIn.url), [])
    for (const each of [mesh, bare]) {
      const { errors } = await each.ask(everything, {}, { ownCustomerIds: async () => ['000000000'] })
      expect(errors?.map(({ message, extensions }) => ({ message, extensions }))).toEqual([
        { message: 'The data is not available right now. Try again later.', extensions: { code: 'UPSTREAM_UNAVAILABLE' } },
      ])
    }
    expect(await callsOf(standIn.url)).toHaveLength(2)
  })

  it('tells a wrong question from a failing service, whatever the status of a SOAP fault', () => {
    const codeOf = (faultcode: string): unknown =>
      orderFault({ root: { Envelope: { Body: { Fault: { faultcode, faultstring: 'words' } } } } }).extensions['code']
    expect(['soap:Client', 'env:Client.Authentication', 'soap:Server', ''].map(codeOf)).toEqual([
      'UPSTREAM_REFUSED',
      'UPSTREAM_REFUSED',
      'UPSTREAM_UNAVAILABLE',
      'UPSTREAM_UNAVAILABLE',
    ])
  })

  it('starts while the service is down', async () => {
    await using early = await meshOf(sourceAt(nowhere))
    const { data, errors } = await early.ask(everything, {}, contextOf('alice'))
    expect(data).toEqual({ serviceAppointments: null })
    expect(errors?.map(({ extensions }) => extensions['code'])).toEqual(['UPSTREAM_UNAVAILABLE'])
  })

  it('has rules that fit its schema and leave nothing out', () => {
    expect(checkAccess(mesh.mesh.schema, ordersAccess)).toEqual([])
  })
})

function idsOf(rows: readonly AppointmentRow[]): readonly string[] {
  return rows.map(({ appointmentId }) => appointmentId).sort()
}
