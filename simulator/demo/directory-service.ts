import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Population } from '../population/types.js'
import { customerIdOf } from '../sources/orders/appointments.js'
import type { DemoGrant } from './grants.js'
import { grantsOf, grantsOfVisitor, visitors } from './grants.js'
import { subjectOf } from './issuer.js'
import type { JsonAnswer, RunningServer } from './json-server.js'
import { startJsonServer } from './json-server.js'

export interface DemoDirectoryOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** The only issuer whose subjects it knows. */
  readonly issuer: string
  readonly population: Population
  /** Whether it says where each account's premises are. @default true */
  readonly namesPremises?: boolean
}

/**
 * The utility's account directory, played from the demo population: `POST /grants` of
 * `{ "issuer", "sub", "actor", "utilityCode" }` answers the complete list of that subject's accounts.
 * Somebody it does not know has none. Who acts for a customer is known for that one customer only.
 */
export async function startDemoDirectory(options: DemoDirectoryOptions): Promise<RunningServer> {
  const { host, port, issuer, population, namesPremises = true } = options
  const known = grantsBySubject(population)
  const spelled = (grants: readonly DemoGrant[]) => (namesPremises ? grants : grants.map(({ premises: _places, ...rest }) => rest))
  const numbers = new Map(population.customers.map(({ login }) => [subjectOf(login), [customerIdOf(login)]]))
  return startJsonServer({
    host,
    port,
    routes: {
      'POST /grants': body => {
        const question = questionSchema.safeParse(body)
        if (!question.success) return { status: 400, body: { error: 'issuer, sub and utilityCode are needed' } }
        const { data } = question
        const grants = data.issuer === issuer ? spelled(known.get(keyOf(data.sub, data.actor)) ?? []) : []
        return answerTo(data, grants, data.issuer === issuer && data.actor === undefined ? (numbers.get(data.sub) ?? []) : [])
      },
    },
  })
}

const questionSchema = z.object({
  issuer: z.string(),
  sub: z.string(),
  actor: z.string().optional(),
  utilityCode: z.string(),
})

/** The grants of everybody, by whom the token is about and who acts. */
function grantsBySubject(population: Population): ReadonlyMap<string, readonly DemoGrant[]> {
  const customers = population.customers.map(customer => [keyOf(subjectOf(customer.login)), grantsOf(customer, population)] as const)
  const others = visitors.map(visitor => {
    const { login, of, role } = visitor
    const key = role === 'agent' ? keyOf(subjectOf(of), subjectOf(login)) : keyOf(subjectOf(login))
    return [key, grantsOfVisitor(visitor, population)] as const
  })
  return new Map([...customers, ...others])
}

function keyOf(sub: string, actor?: string): string {
  return JSON.stringify([sub, actor ?? null])
}

function answerTo(
  { issuer, sub, actor }: z.infer<typeof questionSchema>,
  grants: readonly unknown[],
  customerIds: readonly string[],
): JsonAnswer {
  const version = createHash('sha256').update(JSON.stringify(grants)).digest('hex').slice(0, 16)
  return { body: { issuer, sub, ...(actor === undefined ? {} : { actor }), complete: true, version, grants, customerIds } }
}
