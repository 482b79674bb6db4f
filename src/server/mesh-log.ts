import type { Logger } from '@graphql-mesh/types'

/**
 * Mesh writes to the console by itself, and its warnings may hold what a source answered. What matters of it reaches
 * our own log another way: a start that fails throws, and a call that fails is counted and told by its step.
 */
export function silentMeshLog(name = 'mesh'): Logger {
  const nothing = (): void => undefined
  return { name, log: nothing, warn: nothing, info: nothing, error: nothing, debug: nothing, child: () => silentMeshLog(name) }
}

// Mesh loads a logger by the default export of a module.
export default silentMeshLog()
