import type { YamlConfig } from '@graphql-mesh/types'

/** The sources, one line each; the pipeline that every request runs through is `plugins/index.ts`. */
const config: YamlConfig.Config = {
  sources: [
    { name: 'Opower', handler: { graphql: { endpoint: '{env.OPOWER_GRAPHQL_URL}', source: './src/opower/schema.graphql', batch: false } } },
  ],
  additionalEnvelopPlugins: './plugins/index.ts',
}

export default config
