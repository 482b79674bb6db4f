import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { IServices, Server } from 'soap'
import { listen } from 'soap'
import { z } from 'zod'
import type { Reply } from '../../http/reply.js'
import { text } from '../../http/reply.js'
import { createSourceCalls } from '../calls.js'
import type { SourceFaults } from '../faults.js'
import { createFaultSwitch, disturbed } from '../faults.js'
import type { SourceRequest, StandIn } from '../stand-in.js'
import { startStandIn } from '../stand-in.js'
import { served } from '../served.js'
import { appointmentsOf, customerIds } from './appointments.js'

const path = '/field-service'
const wsdl = readFileSync(fileURLToPath(new URL('../../../src/sources/orders/orders.wsdl', import.meta.url)), 'utf8')

export interface FieldServiceOptions {
  readonly port: number
  readonly now: () => number
}

/** The utility's field service: SOAP 1.1 at `/field-service`, its WSDL at `/field-service?wsdl`. */
export async function startFieldService({ port, now }: FieldServiceOptions): Promise<StandIn> {
  const controlled = { calls: createSourceCalls(), faults: createFaultSwitch() }
  const operations = { GetAppointments: (question: unknown) => appointments(question, controlled.faults.current, now()) }
  const service = await soapService({ FieldService: { FieldServicePort: operations } })
  const greeting = { system: 'orders', routes: [`POST ${path}`, `GET ${path}?wsdl`] }
  return startStandIn({ port, greeting, controlled, answer: request => answer(request, service) })
}

/** Takes and gives envelopes; resolves when it has read its WSDL. */
function soapService(services: IServices): Promise<Server> {
  return new Promise((resolve, reject) => {
    const callback = (error: unknown, server: Server): void => (error ? reject(error) : resolve(server))
    listen(null, { path, services, xml: wsdl, suppressStack: true, callback })
  })
}

async function answer({ method, url, headers, body }: SourceRequest, service: Server): Promise<Reply> {
  if (url.pathname !== path) return text(404, 'text/plain', 'There is nothing at this address.')
  if (method === 'GET') return text(200, 'text/xml', wsdl)
  const { soapaction } = headers
  // SOAP 1.1 section 6.1.1: a request over HTTP says what it is about.
  if (soapaction === undefined) return text(500, 'text/xml', fault('soap:Client', 'SOAPAction is missing'))
  const answered = await service.processRequest(body, { headers: { soapaction } })
  return text(answered.statusCode, 'text/xml', answered.body)
}

const question = z.object({ customerId: z.array(z.string()).min(1).max(50), status: z.array(z.string()).default([]) })

function appointments(asked: unknown, faults: SourceFaults, now: number): object {
  const { data } = question.safeParse(asked)
  if (data === undefined) throw { Fault: { faultcode: 'soap:Client', faultstring: '1 to 50 elements customerId are needed' } }
  const unknown = data.customerId.find(id => !customerIds.includes(id))
  if (unknown !== undefined) throw { Fault: { faultcode: 'soap:Server', faultstring: hint(unknown) } }
  const rows = data.customerId.flatMap(id => appointmentsOf(id, now))
  const wanted = rows.filter(({ status }) => data.status.length === 0 || data.status.includes(status))
  const stranger = customerIds.find(id => !data.customerId.includes(id))
  const appointment = disturbed(wanted, faults, stranger === undefined ? undefined : appointmentsOf(stranger, now)[0])
  return { answeredAt: new Date(now).toISOString(), appointment }
}

/** Systems like this one like to help the operator, at the cost of somebody else. */
function hint(unknown: string): string {
  return `No customer ${unknown}. The last one looked at was ${served[0]?.name} (${served[0]?.canaries.error}).`
}

function fault(code: string, words: string): string {
  return (
    '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>' +
    `<soap:Fault><faultcode>${code}</faultcode><faultstring>${words}</faultstring></soap:Fault></soap:Body></soap:Envelope>`
  )
}
