import type { Settings } from '../settings.js'
import { readAccountToken } from './account-token.js'
import { opowerDefaults, tokenPath } from './addresses.js'
import { readClientAuth } from './client-auth.js'
import type { EnvironmentReader } from './environment-reader.js'
import type { KnownEnvironment } from './rules.js'
import { notLocalIn, notPrintedIn, secureIn, tierOf } from './rules.js'

export function readOpower(reader: EnvironmentReader, environment: KnownEnvironment): Settings['opower'] {
  const rules = [notLocalIn(environment), secureIn(environment), tierOf(environment)]
  const graphqlUrl = reader.url('OPOWER_GRAPHQL_URL', rules, opowerDefaults[environment ?? 'production'])
  const account = readAccountToken(reader, rules)
  const isTokenUrlGiven = reader.get('OPOWER_TOKEN_URL') !== undefined
  return {
    graphqlUrl,
    tokenUrl: isTokenUrlGiven ? reader.url('OPOWER_TOKEN_URL', rules) : besideGraphql(graphqlUrl),
    utilityCode: reader.text('OPOWER_UTILITY_CODE', 'three or four lower-case letters', value => /^[a-z]{3,4}$/.test(value)),
    clientId: reader.secret('OPOWER_CLIENT_ID', notPrintedIn(environment)),
    ...readClientAuth(reader, notPrintedIn(environment)),
    ...(account === undefined ? {} : { account }),
  }
}

/** An address that nothing can stand beside is a fault of its own already. */
function besideGraphql(graphqlUrl: URL): URL {
  return URL.canParse(tokenPath, graphqlUrl.href) ? new URL(tokenPath, graphqlUrl) : graphqlUrl
}
