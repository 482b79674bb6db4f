import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Population } from '../population/types.js'
import { grantsOf } from './grants.js'
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
}

/**
 * The utility's account directory, played from the demo population: `POST /grants` of
 * `{ "issuer", "sub", "actor", "utilityCode" }` answers the complete list of that subject's accounts.
 * Somebody it does not know has none, and nobody in the demo acts for somebody else.
 */
export async function startDemoDirectory({ host, port, issuer, population }: DemoDirectoryOptions): Promise<RunningServer> {
  const bySubject = new Map(population.customers.map(customer => [subjectOf(customer.login), customer]))
  return startJsonServer({
    host,
    port,
    routes: {
      'POST /grants': body => {
        const question = questionSchema.safeParse(body)
        if (!question.success) return { status: 400, body: { error: 'issuer, sub and utilityCode are needed' } }
        const { data } = question
        const customer = data.issuer === issuer && data.actor === undefined ? bySubject.get(data.sub) : undefined
        return answerTo(data, customer === undefined ? [] : grantsOf(customer, population))
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

function answerTo({ issuer, sub }: z.infer<typeof questionSchema>, grants: readonly unknown[]): JsonAnswer {
  const version = createHash('sha256').update(JSON.stringify(grants)).digest('hex').slice(0, 16)
  return { body: { issuer, sub, complete: true, version, grants } }
}
