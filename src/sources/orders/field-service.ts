import type { Client, IHttpClient } from 'soap'
import { createClientAsync } from 'soap'
import { z } from 'zod'
import { orderFault } from './order-fault.js'

/** A fetch that runs the hooks of the request for which it is called. */
export type RequestFetch<Request> = (
  url: string,
  init: { method: string; headers: Record<string, string>; body: string },
  request: Request,
) => Promise<Response>

export interface AppointmentQuestion {
  readonly customerIds: readonly string[]
  readonly status: readonly string[]
}

export type Appointment = z.infer<typeof appointmentShape>

export interface FieldService<Request> {
  /**
   * Asks once, in the order in which the service answers.
   *
   * @throws {GatewayError} `UPSTREAM_UNAVAILABLE`, `UPSTREAM_TIMEOUT`, `UPSTREAM_REFUSED`; without a word of the service's
   */
  appointments(question: AppointmentQuestion, request: Request): Promise<readonly Appointment[]>
}

const moment = z.date().transform(date => date.toISOString().replace(/\.\d{3}Z$/, 'Z'))

const appointmentShape = z.object({
  appointmentId: z.string(),
  customerId: z.string(),
  kind: z.string(),
  status: z.string(),
  windowFrom: moment.optional(),
  windowUntil: moment.optional(),
  note: z.string().optional(),
  step: z.array(z.object({ status: z.string(), at: moment })).default([]),
})

/** `answeredAt` tells an empty answer from an envelope of something else. */
const answerShape = z.object({ answeredAt: z.date(), appointment: z.array(appointmentShape).default([]) })

/** The field service at an address, by the checked-in WSDL: nothing is asked before the first question. */
export function createFieldService<Request>(wsdl: string, endpoint: string, fetch: RequestFetch<Request>): FieldService<Request> {
  const clients = new Map<'client', Promise<Client>>()
  const clientOf = (): Promise<Client> => {
    const client = clients.get('client') ?? createClientAsync(wsdl, { endpoint, httpClient: httpClientOf(fetch), disableCache: true })
    clients.set('client', client)
    return client
  }
  return {
    async appointments({ customerIds, status }, request) {
      try {
        const client = await clientOf()
        const answers: unknown = await client['GetAppointmentsAsync']({ customerId: customerIds, status }, { request })
        return readAnswer(answers)
      } catch (error) {
        throw orderFault(error)
      }
    },
  }
}

function readAnswer(answers: unknown): readonly Appointment[] {
  const [answer]: readonly unknown[] = Array.isArray(answers) ? answers : []
  return answerShape.parse(answer).appointment
}

/**
 * The client library's way to the network: by the request's own fetch, so that limits, counting and translation apply.
 * What the answer is comes by `done`; the library has no use for the promise.
 */
export function httpClientOf<Request>(fetch: RequestFetch<Request>): IHttpClient {
  return {
    request(url, body: string, done, headers, options) {
      const action = String(headers?.['SOAPAction'] ?? '""')
      const init = { method: 'POST', body, headers: { 'content-type': 'text/xml; charset=utf-8', accept: 'text/xml', SOAPAction: action } }
      fetch(url, init, readRequest<Request>(options)).then(
        async response => done(null, { status: response.status, headers: {} }, await response.text()),
        (error: unknown) => done(error),
      )
      return new Promise<never>(() => undefined)
    },
  }
}

/** The options of a call come back as they were given. */
function readRequest<Request>(options: unknown): Request {
  return (options as { readonly request: Request }).request
}
