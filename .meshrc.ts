import type { YamlConfig } from '@graphql-mesh/types'
import { billingSource } from './src/sources/billing/source.js'
import { ordersSource } from './src/sources/orders/source.js'
import { outagesSource } from './src/sources/outages/source.js'
import { tariffsSource } from './src/sources/tariffs/source.js'

/** The sources, one line each, and the fields that the gateway adds; what happens to a request is in `plugins/index.ts`. */
const config: YamlConfig.Config = {
  sources: [
    { name: 'Opower', handler: { graphql: { endpoint: '{env.OPOWER_GRAPHQL_URL}', source: './src/opower/schema.graphql', batch: false } } },
    outagesSource,
    billingSource as YamlConfig.Source,
    ordersSource as YamlConfig.Source,
    tariffsSource,
  ],
  // A join is in the file named for the source that it brings in: it is there when the source is.
  additionalTypeDefs: [
    './src/opower/viewer.graphql',
    './src/opower/edge-fields.graphql',
    './src/sources/links/outages.graphql',
    './src/sources/links/billing.graphql',
    './src/sources/links/orders.graphql',
    './src/sources/links/tariffs.graphql',
  ],
  additionalEnvelopPlugins: './plugins/index.ts',
}

export default config
