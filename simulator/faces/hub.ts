import type { IncomingMessage } from 'node:http'
import type { Call } from '../calls.js'
import type { GraphQLRequest } from '../graphql/run.js'
import { hubSchema } from '../graphql/schema.js'
import { json } from '../http/reply.js'
import type { Reply } from '../http/reply.js'
import type { World } from '../world.js'
import { answerGraphQL } from './answer.js'
import { isReply, readBearer, readGraphQLRequest } from './read-request.js'

/**
 * The hub: whoever holds a utility's token sees every account of that utility, and nothing that is asked for is
 * refused. The entities header has no say here.
 */
export async function answerHub(request: IncomingMessage, call: Call, world: World, origin: string): Promise<Reply> {
  const read = await readGraphQLRequest(request)
  if (!isReply(read)) Object.assign(call, read)
  return answerHubRequest(utilityOfCaller(request, world), read, world, origin)
}

/** The utility that the caller's token opens, or undefined. */
export function utilityOfCaller({ headers }: IncomingMessage, world: World): string | undefined {
  const token = readBearer(headers.authorization)
  return token === undefined ? undefined : world.utilityTokens.utilityOf(token)
}

/** Answers a request that was read, or could not be, to a caller of this utility. */
export async function answerHubRequest(
  utilityCode: string | undefined,
  read: GraphQLRequest | Reply,
  world: World,
  origin: string,
): Promise<Reply> {
  if (utilityCode === undefined) return json(401, { error: 'invalid_token' }, { 'www-authenticate': 'Bearer error="invalid_token"' })
  if (isReply(read)) return read
  const accounts = world.population.accounts.filter(({ utility }) => utility.code === utilityCode)
  return answerGraphQL(hubSchema, read, { face: 'hub', utilityCode, accounts, ownAccounts: [] }, world, origin)
}
