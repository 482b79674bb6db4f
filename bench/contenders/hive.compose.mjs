import { defineConfig, loadGraphQLHTTPSubgraph } from '@graphql-mesh/compose-cli'
import { loadOpenAPISubgraph } from '@omnigraph/openapi'

const { BENCH_UPSTREAM, BENCH_TARIFFS, BENCH_OUTAGES, BENCH_BOOKS } = process.env

const opower = loadGraphQLHTTPSubgraph('opower', {
  endpoint: BENCH_UPSTREAM,
  source: '../src/opower/schema.graphql',
  operationHeaders: { authorization: 'Bearer {env.BENCH_TOKEN}' },
  batch: false,
})

/** The sources that are joined to it. */
const others = () => [
  loadGraphQLHTTPSubgraph('tariffs', { endpoint: BENCH_TARIFFS, source: '../src/sources/tariffs/schema.graphql' }),
  loadGraphQLHTTPSubgraph('books', { endpoint: BENCH_BOOKS }),
  loadOpenAPISubgraph('outages', {
    endpoint: BENCH_OUTAGES,
    source: '../src/sources/outages/openapi.json',
    ignoreErrorResponses: true,
    operationHeaders: { accept: 'application/json' },
  }),
]

const joins = /* GraphQL */ `
  extend type BillingAccount {
    balance: BillingBalance
      @resolveTo(
        sourceName: "books"
        sourceTypeName: "Query"
        sourceFieldName: "balance"
        requiredSelectionSet: "{ urn }"
        sourceArgs: { accountUrn: "{root.urn}" }
      )
  }
  extend type Premise {
    outages: [Outage]
      @resolveTo(
        sourceName: "outages"
        sourceTypeName: "Query"
        sourceFieldName: "outages"
        requiredSelectionSet: "{ uuid }"
        sourceArgs: { premiseIds: "{root.uuid}" }
      )
  }
  extend type ServiceAgreement {
    tariff: TariffPlan
      @resolveTo(
        sourceName: "tariffs"
        sourceTypeName: "Query"
        sourceFieldName: "tariffPlan"
        requiredSelectionSet: "{ ratePlan { code } }"
        sourceArgs: { code: "{root.ratePlan.code}" }
      )
  }
`

const isJoined = BENCH_BOOKS !== undefined
export const composeConfig = defineConfig({
  subgraphs: [opower, ...(isJoined ? others() : [])].map(sourceHandler => ({ sourceHandler })),
  ...(isJoined ? { additionalTypeDefs: joins } : {}),
})
