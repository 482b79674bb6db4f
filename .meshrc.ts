import type { YamlConfig } from '@graphql-mesh/types'

/** The sources, one line each, and the fields that the gateway adds; what happens to a request is in `plugins/index.ts`. */
const config: YamlConfig.Config = {
  sources: [
    { name: 'Opower', handler: { graphql: { endpoint: '{env.OPOWER_GRAPHQL_URL}', source: './src/opower/schema.graphql', batch: false } } },
  ],
  additionalTypeDefs: ['./src/opower/viewer.graphql', './src/opower/edge-fields.graphql'],
  additionalEnvelopPlugins: './plugins/index.ts',
}

export default config
