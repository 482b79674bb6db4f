import { fileURLToPath } from 'node:url'
import { processConfig } from '@graphql-mesh/config'
import { getMesh } from '@graphql-mesh/runtime'
import type { MeshInstance } from '@graphql-mesh/runtime'
import { InMemoryStoreStorageAdapter, MeshStore } from '@graphql-mesh/store'
import type { YamlConfig } from '@graphql-mesh/types'
import config from '../../.meshrc.js'
import type { GatewayPlugin } from '../../plugins/gateway-plugin.js'
import { assertDistinct } from './distinct-names.js'
import { forgivingSchema } from './forgiving-schema.js'
import { importMeshModule } from './mesh-modules.js'
import { createOwnSourceFinder, rememberOwnSourceFinder } from './own-sources/own-source-finder.js'
import { createSourceClients } from './source-clients.js'

/** Where each source really is, by its name in `.meshrc.ts`. */
export type Endpoints = Readonly<Record<string, URL>>

/**
 * Builds the mesh from `.meshrc.ts` at start, from checked-in schemas: no network is touched, so it starts when every source is
 * down. It reads the compiled file beside it, in `dist` as under test; generated artifacts are not used, because from an ES module
 * they are passed over without a word.
 *
 * The pipeline of `plugins` takes the place of the one named in the file, which is for Mesh's own development server.
 *
 * @throws TypeError when two sources have a root field or a type of one name: the later root would silently win, and the types become one
 */
export async function buildMesh(plugins: readonly GatewayPlugin[], endpoints: Endpoints): Promise<MeshInstance> {
  const { additionalEnvelopPlugins: _development, ...table } = config
  const options = await processConfig(
    { ...table, ...tableOf(endpoints), logger: './src/server/mesh-log.ts' },
    {
      dir: root,
      importFn: importMeshModule,
      store: new MeshStore('.mesh', new InMemoryStoreStorageAdapter(), { readonly: false, validate: false }),
    },
  )
  const sources = options.sources.map(source => (isExecutedHere(source.name) ? withForgiveness(source) : source))
  const client = createSourceClients(originsOf(endpoints))
  const mesh = await getMesh({ ...options, sources, fetchFn: client.fetch, additionalEnvelopPlugins: [...plugins] })
  mesh.pubsub.subscribe('destroy', () => void client.close())
  assertDistinct(mesh.rawSources)
  const own = isWholeChanged ? [] : mesh.rawSources.filter(({ name }) => name !== 'Opower')
  rememberOwnSourceFinder(mesh.schema, createOwnSourceFinder(own))
  return mesh
}

/** Resolvers and transforms of the whole may be about any source: with them none can be asked by itself. */
const isWholeChanged = config.additionalResolvers !== undefined || config.transforms !== undefined

/** Opower has a client of its own, and a database is not called by fetch. */
function originsOf({ Opower: _opower, ...own }: Endpoints): readonly string[] {
  const overHttp = Object.values(own).filter(({ protocol }) => /^https?:$/.test(protocol))
  return [...new Set(overHttp.map(({ origin }) => origin))]
}

/** The project's folder, or `dist`, which has the same layout. */
const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Calls in flight are never shared between callers: Mesh's own sharing computes its key before a fetch hook adds what makes two calls
 * different, and one customer's answer would reach another. The option is missing from Mesh's configuration type, hence set here.
 */
function preparedSource(source: YamlConfig.Source, endpoint: string): YamlConfig.Source {
  const handlers = Object.entries(source.handler).map(([kind, options]) => {
    const unshared = kind === 'graphql' ? { deduplicateInflightRequests: false, batch: false } : {}
    return [kind, { ...Object(options), ...unshared, endpoint }] as const
  })
  return { ...source, handler: Object.fromEntries(handlers) as YamlConfig.Handler }
}

/** A source that speaks GraphQL executes its schema itself. */
function isExecutedHere(name: string): boolean {
  return config.sources.some(source => source.name === name && source.handler.graphql === undefined)
}

function withForgiveness({ handler, ...source }: Source): Source {
  const getMeshSource: typeof handler.getMeshSource = async options => {
    const made = await handler.getMeshSource(options)
    return { ...made, schema: forgivingSchema(made.schema) }
  }
  return { ...source, handler: { getMeshSource } }
}

type Source = Parameters<typeof getMesh>[0]['sources'][number]

/** A source without an address is not there, and neither are the joins with it. */
function tableOf(endpoints: Endpoints): Pick<YamlConfig.Config, 'sources' | 'additionalTypeDefs'> {
  const absent = config.sources
    .filter(source => endpoints[source.name] === undefined)
    .map(source => `/links/${source.name.toLowerCase()}.graphql`)
  const typeDefs: unknown = config.additionalTypeDefs
  return {
    sources: config.sources.flatMap(source => {
      const endpoint = endpoints[source.name]
      return endpoint === undefined ? [] : [preparedSource(source, endpoint.href)]
    }),
    additionalTypeDefs: Array.isArray(typeDefs) ? typeDefs.filter(path => !absent.some(link => String(path).endsWith(link))) : typeDefs,
  }
}
