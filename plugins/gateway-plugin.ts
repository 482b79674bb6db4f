import type { RequestListener } from 'node:http'
import type { MeshPlugin } from '@graphql-mesh/types'
import type { Plugin as YogaPlugin } from 'graphql-yoga'

/**
 * What each file in `plugins/` returns: Yoga's HTTP hooks, Envelop's hooks, and the two hooks of Mesh that see
 * every call to an upstream (`onFetch`) and every delegation to a source (`onDelegate`).
 */
export type GatewayPlugin = YogaPlugin & Pick<MeshPlugin<object>, 'onFetch' | 'onDelegate'> & ListeningPlugin

/** The hook of our own: a step that may answer a request before Yoga hears of it. */
export interface ListeningPlugin {
  /** @returns what listens in place of `listen`, and hands on to it whatever it does not answer */
  wrapListener?(listen: RequestListener): RequestListener
}

/**
 * A stock Envelop plugin as one of ours. Each declares the context that it builds itself, which no type of a list
 * can promise to all the others.
 */
export function stockPlugin(plugin: object): GatewayPlugin {
  return plugin as GatewayPlugin
}
