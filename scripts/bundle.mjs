// Bundles the gateway into dist/gateway/main.js and the files that it loads when they are needed: finding and compiling two thousand modules
// is most of a start. A bundle is made once for what it is made of, and kept under node_modules/.cache.
import { createHash, randomUUID } from 'node:crypto'
import { cp, mkdir, readFile, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { oneGraphql, ownModules, withoutUnused } from './bundle-plugins.mjs'

const shelf = 'node_modules/.cache/substation'
const prefix = 'gateway-'
const keptMs = 86_400_000

/** Puts the bundle of the sources as they are now into a folder. */
export async function bundleGateway(folder) {
  const kept = join(shelf, `${prefix}${await digestOfInputs()}`)
  if (await copied(kept, folder)) return
  await makeBundle(folder)
  await keep(folder, kept).catch(() => undefined)
}

/** The product's own files, and the installed packages as npm has noted them. */
async function digestOfInputs() {
  const rooms = ['src', 'plugins', 'scripts']
  const files = (await Promise.all(rooms.map(filesOf))).flat().sort()
  const hash = createHash('sha256')
  for (const file of [...files, '.meshrc.ts', 'package.json', 'node_modules/.package-lock.json']) {
    hash.update(`${file}\0`).update(await readFile(file).catch(() => ''))
  }
  return hash.digest('hex').slice(0, 24)
}

async function filesOf(room) {
  const entries = await readdir(room, { recursive: true, withFileTypes: true })
  return entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath ?? entry.path, entry.name))
}

async function copied(from, to) {
  try {
    await cp(from, to, { recursive: true })
    return true
  } catch {
    await rm(to, { recursive: true, force: true })
    return false
  }
}

async function makeBundle(outdir) {
  await build({
    entryPoints: { main: 'src/server/main.ts' },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    mainFields: ['module', 'main'],
    // Errors, log lines and Mesh's own look-ups go by names of functions and classes, so these stay as they are. To shorten them and set each
    // function's name again costs a call and 300 bytes for each closure that is ever made.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'warning',
    define: { 'process.env.NODE_ENV': '"production"', 'globalThis.process.env.NODE_ENV': '"production"' },
    // Packages in the older format ask for Node's own modules by a function that is not there in a module.
    banner: { js: `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);` },
    // Not installed, never asked for, or as large as all the rest: these stay where they are.
    external: ['pg-native', 'typescript', '@graphql-yoga/render-graphiql/graphiql'],
    plugins: [oneGraphql(), withoutUnused(), ownModules()],
  })
}

/** Others may be doing the same: what is half written is never found under the name. Yesterday's are let go. */
async function keep(folder, kept) {
  await mkdir(shelf, { recursive: true })
  const unfinished = join(shelf, `unfinished-${randomUUID()}`)
  await cp(folder, unfinished, { recursive: true })
  await rename(unfinished, kept).catch(() => rm(unfinished, { recursive: true }))
  for (const name of await readdir(shelf)) {
    const isOurs = name.startsWith(prefix) || name.startsWith('unfinished-')
    if (isOurs && Date.now() - (await stat(join(shelf, name))).mtimeMs > keptMs) await rm(join(shelf, name), { recursive: true })
  }
}
