// npm run bench:quota: compiles what is measured beside the build that somebody may be running, and runs it.
import { cp, readdir, rm } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const target = 'bench/results/tmp/quota'

async function filesOf(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath ?? entry.path, entry.name))
}

const files = (await Promise.all(['src', 'plugins', 'simulator', 'bench/quota'].map(filesOf))).flat()
const sources = ['.meshrc.ts', ...files.filter(file => extname(file) === '.ts')]
const data = files.filter(file => !['.ts', '.mjs', '.md'].includes(extname(file)))

await rm(target, { recursive: true, force: true })
await build({ entryPoints: sources, outdir: target, outbase: '.', format: 'esm', target: 'node20', logLevel: 'warning' })
await Promise.all(data.map(file => cp(file, join(target, file))))
await import(pathToFileURL(join(target, 'bench/quota/main.js')).href)
