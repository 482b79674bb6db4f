// What the bundle of the gateway does differently from its parts, each as a plugin of esbuild.
import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'

/** One copy of graphql, whoever asks for it and how: two do not know each other's schemas. */
export function oneGraphql() {
  return {
    name: 'one graphql',
    async setup({ onResolve }) {
      const folder = resolve('node_modules/graphql')
      const files = new Set(await readdir(folder, { recursive: true }))
      onResolve({ filter: /^graphql($|\/)/ }, ({ path }) => {
        const inside = path.slice('graphql/'.length).replace(/\.m?js$/, '')
        const file = [`${inside}.mjs`, join(inside, 'index.mjs')].find(each => files.has(each))
        return file === undefined ? { errors: [{ text: `there is no ${path}` }] } : { path: join(folder, file) }
      })
    },
  }
}

/** What is loaded with something else and used nowhere here, by who asks for it. */
const unused = [
  // A reader of schemas in program code, with a compiler of its own; ours are in .graphql files.
  {
    asked: /^@graphql-tools\/code-file-loader$/,
    by: /@graphql-mesh/,
    contents: 'export class CodeFileLoader { load() { return Promise.resolve([]) } loadSync() { return [] } }',
  },
  // Texts in fifty languages.
  { asked: /^\.\.\/locales\/index\.js$/, by: /node_modules\/zod\//, contents: "export { default as en } from '../locales/en.js'" },
]

export function withoutUnused() {
  return {
    name: 'without what is unused',
    setup({ onResolve, onLoad }) {
      for (const { asked, by, contents } of unused) {
        onResolve({ filter: asked }, ({ path, importer, resolveDir }) =>
          by.test(importer.split(sep).join('/')) ? { path, namespace: 'unused', pluginData: { contents, resolveDir } } : undefined,
        )
      }
      onLoad({ filter: /./, namespace: 'unused' }, ({ pluginData }) => pluginData)
    },
  }
}

const meshModules = resolve('src/server/mesh-modules.ts')

/** A module of ours goes on finding the files that lie beside its compiled form in dist/, and Mesh finds its own in the bundle. */
export function ownModules() {
  return {
    name: 'own modules',
    setup({ onLoad }) {
      const root = resolve('.')
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const place = relative(root, path).split(sep).join('/')
        if (place.startsWith('node_modules/')) return undefined
        const text = path === meshModules ? await tableOfMeshModules() : await readFile(path, 'utf8')
        const compiled = `../${place.replace(/\.ts$/, '.js')}`
        return { loader: 'ts', contents: text.replaceAll('import.meta.url', `new URL(${JSON.stringify(compiled)}, import.meta.url).href`) }
      })
    },
  }
}

/** Those that Mesh loads by name: the handlers that the project depends on, its own, and what every mesh has. */
async function tableOfMeshModules() {
  const { dependencies } = JSON.parse(await readFile('package.json', 'utf8'))
  const named = Object.keys(dependencies).filter(name => name.startsWith('@graphql-mesh/') && !/\/(config|runtime|store)$/.test(name))
  // Most of them serve one source or one transform: what is not installed is only missed by who asks for it.
  const ofMesh = named.filter(name => existsSync(join('node_modules', name)))
  const always = ['cache-localforage', 'merger-bare', 'merger-stitching'].map(name => `@graphql-mesh/${name}`)
  const sources = (await readdir('src/sources', { recursive: true })).map(file => file.split(sep).join('/'))
  const own = ['server/mesh-log.ts', ...sources.filter(file => /(^|[-/])handler\.ts$/.test(file)).map(file => `sources/${file}`)]
  const entries = [
    ...[...ofMesh, ...always].map(name => [name, name]),
    ...own.map(file => [`./src/${file}`, `../${file.replace(/\.ts$/, '.js')}`]),
  ]
  return `
    import { relative } from 'node:path'
    import { fileURLToPath } from 'node:url'
    const root = fileURLToPath(new URL('../..', import.meta.url))
    const modules = new Map([${entries.map(([id, file]) => `[${JSON.stringify(id)}, () => import(${JSON.stringify(file)})]`).join(', ')}])
    export async function importMeshModule(id: string) {
      const load = modules.get(id) ?? modules.get('./' + relative(root, id))
      if (load === undefined) throw new Error(\`Cannot find module '\${id}' in the bundle\`)
      const module = await load()
      return 'default' in module ? module.default : module
    }`
}
