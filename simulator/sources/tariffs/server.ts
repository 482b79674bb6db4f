import { graphql } from 'graphql'
import { z } from 'zod'
import { readJson } from '../../http/body.js'
import type { Reply } from '../../http/reply.js'
import { json } from '../../http/reply.js'
import type { SourceFaults } from '../faults.js'
import type { SourceRequest, StandIn } from '../stand-in.js'
import { startStandIn } from '../stand-in.js'
import { rootOf, subgraph } from './subgraph.js'

/** The utility's catalogue of tariffs: a GraphQL subgraph at `/graphql`. */
export function startTariffCatalogue({ port }: { readonly port: number }): Promise<StandIn> {
  return startStandIn({ port, greeting: { system: 'tariffs', routes: ['POST /graphql'] }, answer })
}

const question = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
})

async function answer({ method, url, body }: SourceRequest, faults: SourceFaults): Promise<Reply> {
  if (method !== 'POST' || url.pathname !== '/graphql') return json(404, { errors: [{ message: 'There is nothing at this address.' }] })
  const { data } = question.safeParse(readJson(body))
  if (data === undefined) return json(400, { errors: [{ message: 'A query is needed.' }] })
  const { query: source, variables, operationName } = data
  const rootValue = rootOf(faults)
  return json(
    200,
    await graphql({ schema: subgraph, source, rootValue, variableValues: variables ?? null, operationName: operationName ?? null }),
  )
}
