import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** The project's folder, or `dist`, which has the same layout. */
const root = fileURLToPath(new URL('../..', import.meta.url))
/** `.ts` where the sources run (under test), `.js` where the compiled files do. */
const running = import.meta.url.slice(-3)

/**
 * Loads what Mesh asks for by name: a package, or a file of the project. The bundled gateway has the same function over what is in the bundle
 * (`scripts/bundle.mjs`).
 */
export async function importMeshModule<T>(id: string): Promise<T> {
  const isLocal = id.startsWith('.') || isAbsolute(id)
  const module: unknown = await import(isLocal ? pathToFileURL(resolve(root, id.replace(/\.[jt]s$/, running))).href : id)
  return readDefault<T>(module)
}

/** What Mesh expects of a module is Mesh's to say: its loader hands over the default export where there is one. */
function readDefault<T>(module: unknown): T {
  return (typeof module === 'object' && module !== null && 'default' in module ? module.default : module) as T
}
