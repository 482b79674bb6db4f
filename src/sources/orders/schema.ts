import { readFileSync } from 'node:fs'
import { MapperKind, mapSchema } from '@graphql-tools/utils'
import type { GraphQLFieldResolver, GraphQLResolveInfo, GraphQLSchema } from 'graphql'
import { buildSchema } from 'graphql'
import type { Appointment, FieldService } from './field-service.js'
import type { OrdersContext } from './own-customers.js'

/** For whom the field service is asked: the context of the request and where in it. */
export interface OrdersRequest {
  readonly context: unknown
  readonly info: GraphQLResolveInfo
}

interface Arguments {
  readonly customerIds?: readonly string[] | null
  readonly status?: readonly string[] | null
}

const perCall = 50

/**
 * The executable schema of service orders. A field finds the person's own customer numbers on the context
 * (`OrdersContext`); no other number is sent, and without any the field service is not asked.
 */
export function createOrdersSchema(service: FieldService<OrdersRequest>): GraphQLSchema {
  const serviceAppointments: GraphQLFieldResolver<unknown, Partial<OrdersContext>, Arguments> = async (_root, args, context, info) => {
    const own = [...new Set((await context.ownCustomerIds?.()) ?? [])]
    const customerIds = args.customerIds == null ? own : own.filter(id => args.customerIds?.includes(id))
    const questions = chunksOf(customerIds, perCall).map(chunk => ({ customerIds: chunk, status: args.status ?? [] }))
    const answers = await Promise.all(questions.map(question => service.appointments(question, { context, info })))
    return answers.flat().sort(byTime).map(view)
  }
  return mapSchema(buildSchema(sdl), {
    [MapperKind.QUERY_ROOT_FIELD]: field => ({ ...field, resolve: serviceAppointments }),
  })
}

const sdl = readFileSync(new URL('./schema.graphql', import.meta.url), 'utf8')

function chunksOf<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size))
}

/** ISO 8601 in UTC compares as text; those without a time come last. */
function byTime(a: Appointment, b: Appointment): number {
  const [first, second] = [a, b].map(({ windowFrom, appointmentId }) => `${windowFrom ?? 'later'} ${appointmentId}`)
  return (first ?? '') < (second ?? '') ? -1 : 1
}

function view({ windowFrom, windowUntil, step, ...appointment }: Appointment): object {
  const window = windowFrom === undefined || windowUntil === undefined ? null : { from: windowFrom, until: windowUntil }
  return { ...appointment, window, steps: step }
}
