import type { SourceAccess } from '../../plan/access-rules.js'

const containment = { proof: 'containment' } as const

/**
 * Whose data the field service serves. An appointment is a person's and not a household's: joint holders of one account
 * do not see each other's. The person is proven by the account directory alone, since Opower's lists of customers may
 * name somebody who has moved out; so the kind `customer`, whose ids come from those lists, must not open it.
 * The resolver itself sends no number that the context does not prove either (`own-customers.ts`).
 */
export const ordersAccess: SourceAccess = {
  source: 'Orders',
  roots: { 'Query.serviceAppointments': 'source' },
  types: {
    ServiceAppointment: { proof: 'witness', path: ['customerId'], kind: 'person' },
    ServiceAppointmentWindow: containment,
    ServiceAppointmentStep: containment,
  },
  arguments: { 'Query.serviceAppointments(customerIds)': { chooses: 'person', foreign: 'refuse', omitted: 'fill' } },
  inputs: {},
  time: {},
  cursors: [],
  personal: { 'ServiceAppointment.accountNumber': 'number' },
  groups: {},
  hidden: [],
  unavailable: [],
}
