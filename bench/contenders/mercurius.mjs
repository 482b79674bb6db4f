// Mercurius as a gateway, with its just-in-time compiler on, before the one source.
import { readFileSync } from 'node:fs'
import gateway from '@mercuriusjs/gateway'
import Fastify from 'fastify'

const { BENCH_UPSTREAM, BENCH_TOKEN, PORT } = process.env
const schema = readFileSync(new URL('../../src/opower/schema.graphql', import.meta.url), 'utf8')
const app = Fastify()
app.register(gateway, {
  jit: 1,
  gateway: {
    services: [
      {
        name: 'opower',
        url: BENCH_UPSTREAM,
        schema,
        mandatory: true,
        rewriteHeaders: () => ({ authorization: `Bearer ${BENCH_TOKEN}` }),
      },
    ],
  },
})
await app.listen({ port: Number(PORT), host: '127.0.0.1' })
