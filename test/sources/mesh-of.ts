import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { processConfig } from '@graphql-mesh/config'
import type { MeshInstance } from '@graphql-mesh/runtime'
import { getMesh } from '@graphql-mesh/runtime'
import { InMemoryStoreStorageAdapter, MeshStore } from '@graphql-mesh/store'
import type { YamlConfig } from '@graphql-mesh/types'
import type { ExecutionResult } from 'graphql'
import { parse } from 'graphql'
import type { GatewayPlugin } from '../../plugins/gateway-plugin.js'
import { useUpstreamFetch } from '../../plugins/upstream-fetch.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** An address where nothing listens: port 9 is the discard service, closed on any machine of today. */
export const nowhere = 'http://127.0.0.1:9'

export interface SourceMesh extends AsyncDisposable {
  readonly mesh: MeshInstance
  ask(
    query: string,
    variables?: Record<string, unknown>,
    context?: Record<string, unknown>,
  ): Promise<ExecutionResult<Record<string, unknown>>>
}

/** How a call fails that nothing translates, and how one fails in the gateway. */
export const translating: readonly GatewayPlugin[] = [useUpstreamFetch({ timeoutMs: 1_000, sources: {} })]

/** A mesh of one source, or of several, built from the checked-in files as the gateway builds its own. */
export async function meshOf(
  source: YamlConfig.Source | YamlConfig.Source[],
  plugins: readonly GatewayPlugin[] = translating,
): Promise<SourceMesh> {
  const store = new MeshStore('.mesh', new InMemoryStoreStorageAdapter(), { readonly: false, validate: false })
  const options = await processConfig({ sources: [source].flat() }, { dir: root, importFn: importModule, store })
  const mesh = await getMesh({ ...options, fetchFn: (url, init) => fetch(url, init), additionalEnvelopPlugins: [...plugins] })
  return {
    mesh,
    async ask(query, variables = {}, context = {}) {
      return (await mesh.execute(parse(query), variables, context)) as ExecutionResult<Record<string, unknown>>
    },
    [Symbol.asyncDispose]: async () => void (await mesh.destroy()),
  }
}

async function importModule<T>(id: string): Promise<T> {
  const isLocal = id.startsWith('.') || isAbsolute(id)
  const module: unknown = await import(isLocal ? pathToFileURL(resolve(root, id)).href : id)
  return (typeof module === 'object' && module !== null && 'default' in module ? module.default : module) as T
}

/** Sets what goes wrong at a stand-in, or at all of them through its control address. */
export async function setFaults(origin: string, faults: object): Promise<void> {
  const response = await fetch(`${origin}/__sim/faults`, { method: 'POST', body: JSON.stringify(faults) })
  if (!response.ok) throw new Error(`expected the faults to be taken, but got: ${await response.text()}`)
}

export interface SeenCall {
  readonly what: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  readonly status: number | null
}

/** What a stand-in was asked since the last `forgetCalls`. */
export async function callsOf(origin: string): Promise<readonly SeenCall[]> {
  const { log } = (await (await fetch(`${origin}/__sim/calls`)).json()) as { log: SeenCall[] }
  return log
}

export async function forgetCalls(origin: string): Promise<void> {
  await fetch(`${origin}/__sim/calls`, { method: 'DELETE' })
}
