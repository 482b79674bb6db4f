import { defineConfig, loadGraphQLHTTPSubgraph } from '@graphql-mesh/compose-cli'

export const composeConfig = defineConfig({
  subgraphs: [
    {
      sourceHandler: loadGraphQLHTTPSubgraph('opower', {
        endpoint: process.env.BENCH_UPSTREAM,
        source: '../src/opower/schema.graphql',
        operationHeaders: { authorization: 'Bearer {env.BENCH_TOKEN}' },
        batch: false,
      }),
    },
  ],
})
