import { readFileSync } from 'node:fs'
import type { GraphQLSchema } from 'graphql'
import { buildSchema, isInputObjectType, isInterfaceType, isObjectType } from 'graphql'
import type { Settings } from '../settings.js'
import type { Finding } from './finding.js'
import { fault, ok, warn } from './finding.js'
import { fetchLiveSchema } from './live-schema.js'

/** Whether the graph answers under the token, and still has everything that the gateway was built for. */
export async function checkSchema({ graphqlUrl, tokenUrl }: Settings['opower'], token: string | undefined): Promise<Finding> {
  if (token === undefined) return warn('schema', 'not asked: there is no token to ask with', 'see the token')
  const live = await fetchLiveSchema(graphqlUrl, token)
  if ('why' in live) {
    if (!live.isTokenRefused)
      return fault('schema', `${graphqlUrl.host}: ${live.why}`, 'the gateway answers from its own copy, but data comes from there')
    const hint = `the token is of ${tokenUrl.host}: do OPOWER_GRAPHQL_URL and OPOWER_TOKEN_URL name one tier, and the client this utility?`
    return fault('schema', `${graphqlUrl.host} does not believe a token that is new`, hint)
  }
  const missing = missingFrom(live)
  if (missing.length === 0) return ok('schema', `${graphqlUrl.host} has every field that the gateway knows`)
  const some = missing.slice(0, 3).join(', ')
  const found = `${graphqlUrl.host} lacks ${missing.length} of the fields that the gateway knows: ${some}${missing.length > 3 ? ' ...' : ''}`
  return warn('schema', found, 'npm run opower:schema shows the whole difference')
}

/** Coordinates of the checked-in schema that the live one lacks; of a missing type only its name. */
function missingFrom(live: GraphQLSchema): readonly string[] {
  const known = buildSchema(readFileSync(new URL('../opower/schema.graphql', import.meta.url), 'utf8'))
  return Object.values(known.getTypeMap()).flatMap(type => {
    const same = live.getType(type.name)
    if (same === undefined) return [type.name]
    if (!hasFields(type) || !hasFields(same)) return []
    const there = same.getFields()
    return Object.keys(type.getFields()).flatMap(name => (name in there ? [] : [`${type.name}.${name}`]))
  })
}

function hasFields(type: unknown) {
  return isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)
}
