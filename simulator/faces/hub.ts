import type { IncomingMessage } from 'node:http'
import type { Call } from '../calls.js'
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
  const token = readBearer(request.headers.authorization)
  const read = await readGraphQLRequest(request)
  if (!isReply(read)) Object.assign(call, read)
  const utilityCode = token === undefined ? undefined : world.utilityTokens.utilityOf(token)
  if (utilityCode === undefined) return json(401, { error: 'invalid_token' }, { 'www-authenticate': 'Bearer error="invalid_token"' })
  if (isReply(read)) return read
  const accounts = world.population.accounts.filter(({ utility }) => utility.code === utilityCode)
  return answerGraphQL(hubSchema, read, { face: 'hub', utilityCode, accounts, ownAccounts: [] }, world, origin)
}
