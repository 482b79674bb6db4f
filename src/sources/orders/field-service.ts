import type { Client } from 'soap'
import { createClientAsync } from 'soap'
import { z } from 'zod'
import type { RequestFetch } from '../kinds/soap-client.js'
import { httpClientOf } from '../kinds/soap-client.js'
import { orderFault } from './order-fault.js'

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
  accountNumber: z.string().optional(),
  // What customers are promised, and an answer can do without: the place of a missing one says so.
  kind: z.string().optional(),
  status: z.string().optional(),
  windowFrom: moment.optional(),
  windowUntil: moment.optional(),
  note: z.string().optional(),
  step: z.array(z.object({ status: z.string().optional(), at: moment.optional() })).default([]),
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
