// GraphQL Yoga as it comes, with the one resolver that everybody would write first: send the operation on, read the answer by its keys.
import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
import { useResponseCache } from '@envelop/response-cache'
import { print } from 'graphql'
import { createSchema, createYoga } from 'graphql-yoga'

const { BENCH_UPSTREAM, BENCH_TOKEN, BENCH_MODE, PORT } = process.env
const headers = { authorization: `Bearer ${BENCH_TOKEN}`, 'content-type': 'application/json' }

async function resolveRoot(_root, _args, _context, info) {
  const body = JSON.stringify({ query: print(info.operation), variables: info.variableValues })
  const response = await fetch(BENCH_UPSTREAM, { method: 'POST', headers, body })
  const { data, errors } = await response.json()
  if (errors !== undefined) throw new Error(JSON.stringify(errors))
  return data[info.path.key]
}

const schema = createSchema({
  typeDefs: readFileSync(new URL('../../src/opower/schema.graphql', import.meta.url), 'utf8'),
  resolvers: { Query: { billingAccountByAuthContext: resolveRoot, billingAccountsConnection: resolveRoot } },
})
for (const type of Object.values(schema.getTypeMap())) {
  if (type.name.startsWith('__') || type === schema.getQueryType() || !('getFields' in type)) continue
  for (const field of Object.values(type.getFields())) field.resolve ??= (source, _args, _context, info) => source[info.path.key]
}

const cache = useResponseCache({ session: ({ request }) => request.headers.get('authorization'), ttl: 3_600_000, idFields: [] })
const yoga = createYoga({ schema, logging: 'error', maskedErrors: false, plugins: BENCH_MODE === 'hit' ? [cache] : [] })
createServer(yoga).listen(Number(PORT), '127.0.0.1')
