// Billing and the field service as GraphQL, from memory: contenders that speak neither SQL nor SOAP are given them like this, at no cost
// of their own.
import { createServer } from 'node:http'
import { createSchema, createYoga } from 'graphql-yoga'

const typeDefs = `
  type Query { balance(accountUrn: ID!): BillingBalance  serviceAppointments(customerIds: [ID!]): [ServiceAppointment!] }
  type BillingBalance { amount: Float! currency: String! }
  type ServiceAppointment { appointmentId: ID! status: String! }
`
const appointments = Array.from({ length: 3 }, (_, at) => ({ appointmentId: `A-${at}`, status: 'SCHEDULED' }))
const resolvers = { Query: { balance: () => ({ amount: 41.25, currency: 'USD' }), serviceAppointments: () => appointments } }
createServer(createYoga({ schema: createSchema({ typeDefs, resolvers }), logging: false })).listen(Number(process.env.PORT), '127.0.0.1')
