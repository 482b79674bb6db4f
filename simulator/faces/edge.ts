import type { IncomingMessage } from 'node:http'
import type { Call } from '../calls.js'
import { edgeSchema } from '../graphql/schema.js'
import { json } from '../http/reply.js'
import type { Reply } from '../http/reply.js'
import type { World } from '../world.js'
import { answerGraphQL } from './answer.js'
import { selectedAccounts } from './edge-selection.js'
import { isReply, readBearer, readGraphQLRequest } from './read-request.js'

/** The edge: a customer's own token, the accounts of that customer, narrowed by the entities header. */
export async function answerEdge(request: IncomingMessage, call: Call, world: World, origin: string): Promise<Reply> {
  const read = await readGraphQLRequest(request)
  if (!isReply(read)) Object.assign(call, read)
  const verdict = await world.edgeTokens.verify(readBearer(request.headers.authorization) ?? '')
  if ('fault' in verdict) return verdict.fault === 'expired' ? expired : invalid
  const { login } = verdict
  const allowed = world.population.accounts.filter(({ logins }) => logins.includes(login))
  const [first] = allowed
  if (first === undefined) return noAccounts
  if (isReply(read)) return read
  const accounts = selectedAccounts(headerOf(request), allowed)
  return answerGraphQL(edgeSchema, read, { face: 'edge', utilityCode: first.utility.code, accounts, ownAccounts: accounts }, world, origin)
}

const invalid = json(403, { error: 'invalid token', error_description: 'jwtAuthority is not found.' })
const expired = json(401, { error: 'invalid token', error_description: 'The token is expired.' })
const noAccounts = json(403, { error: 'no active accounts', error_description: 'There are no active accounts' })

function headerOf(request: IncomingMessage): string | undefined {
  const header = request.headers['opower-selected-entities']
  return Array.isArray(header) ? header[0] : header
}
