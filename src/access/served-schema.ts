import type { GraphQLSchema } from 'graphql'
import { buildMesh } from '../server/mesh.js'
import { ownSourceNames } from '../sources/registry.js'

/**
 * The schema as the gateway builds it from the checked-in snapshots, before any access rule is applied. Nothing is
 * called: the sources need not run.
 */
export async function buildWholeSchema(): Promise<GraphQLSchema> {
  const mesh = await buildMesh([], Object.fromEntries(['Opower', ...ownSourceNames].map(name => [name, nowhere])))
  const { schema } = mesh
  mesh.destroy()
  return schema
}

/** Port 9 is the discard service: an address where nothing answers. */
const nowhere = new URL('http://127.0.0.1:9/graphql')
