// Compiles every TypeScript file of the product and its stand-ins to dist/, one file to one file,
// and copies the data files beside them; the gateway is also made into one bundle. Types are checked by `npm run check:type`, not here.
import { existsSync } from 'node:fs'
import { cp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { bundleGateway } from './bundle.mjs'

const rooms = ['src', 'plugins', 'simulator']

async function filesOf(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath ?? entry.path, entry.name))
}

const files = (await Promise.all(rooms.filter(room => existsSync(room)).map(filesOf))).flat()
const entryPoints = [...files.filter(file => file.endsWith('.ts')), '.meshrc.ts'].filter(file => existsSync(file))
const data = files.filter(file => !file.endsWith('.ts') && !file.endsWith('.md'))

await rm('dist', { recursive: true, force: true })
await build({ entryPoints, outdir: 'dist', outbase: '.', format: 'esm', target: 'node20', sourcemap: 'linked', logLevel: 'warning' })
await Promise.all(data.map(file => cp(file, join('dist', file))))
await bundleGateway('dist/gateway')
