import type { MeshPlugin } from '@graphql-mesh/types'
import type { Plugin as YogaPlugin } from 'graphql-yoga'

/**
 * What each file in `plugins/` returns: Yoga's HTTP hooks, Envelop's hooks, and the two hooks of Mesh that see
 * every call to an upstream (`onFetch`) and every delegation to a source (`onDelegate`).
 */
export type GatewayPlugin = YogaPlugin & Pick<MeshPlugin<object>, 'onFetch' | 'onDelegate'>
