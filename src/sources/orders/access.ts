import type { SourceAccess } from '../../plan/access-rules.js'

const containment = { proof: 'containment' } as const

/**
 * Whose data the field service serves. An appointment is a person's and not a household's: joint holders of one account
 * do not see each other's. The person is proven by the account directory alone, since Opower's lists of customers may
 * name somebody who has moved out; so the kind `customer`, whose ids come from those lists, must not open it.
 *
 * Until there is an id kind for a customer number that the directory proves, with the person in the scope key, the root
 * stays out of the customer's schema:
 *   'Query.serviceAppointments': 'source', '(customerIds)' chooses that kind and is filled where it is left out, and
 *   ServiceAppointment has its witness in 'customerId'.
 * The resolver itself sends no number that the context does not prove (`own-customers.ts`).
 */
export const ordersAccess: SourceAccess = {
  source: 'Orders',
  roots: {},
  types: {
    ServiceAppointmentWindow: containment,
    ServiceAppointmentStep: containment,
  },
  arguments: {},
  inputs: {},
  time: {},
  cursors: [],
  personal: {},
  groups: {},
  hidden: ['Query.serviceAppointments', 'ServiceAppointment'],
  unavailable: [],
}
