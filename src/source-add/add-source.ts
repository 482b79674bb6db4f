import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { buildWholeSchema } from '../access/served-schema.js'
import { editsFor } from './edits.js'
import { SourceAddFault } from './fault.js'
import { filesFor } from './files.js'
import type { BroughtIn } from './list-schema.js'
import type { SourceRequest } from './read-request.js'
import type { TakenNames } from './snapshot-openapi.js'
import { readTemplate } from './templates.js'

export interface AddedSource {
  /** Paths of the files that were written, new and changed. */
  readonly written: readonly string[]
  /** What nobody is served before it is decided whose it is. */
  readonly hidden: readonly string[]
}

/**
 * Writes a new source into the project at `root`: its files, with everything it brings hidden, and the lines that name it.
 *
 * @throws {SourceAddFault} for a request that cannot be carried out; then nothing has been written
 */
export async function addSource(request: SourceRequest, root: string): Promise<AddedSource> {
  const { names, kind } = request
  const title = `the ${names.folder.replaceAll('-', ' ')} service`
  const folder = join(root, 'src/sources', names.folder)
  if (existsSync(folder)) throw new SourceAddFault(`src/sources/${names.folder} is there already.`)
  const files = await filesFor({ ...request, title, text: readSpec(request), taken: namesIn(await buildWholeSchema()) })
  const edited = editsFor(kind, names, title).map(({ file, apply }) => ({ file, text: apply(readFileSync(join(root, file), 'utf8')) }))
  const first = [...edited, ...files.all(undefined)]
  write(root, first)
  await build(root)
  const brought = await listSchema(root, names.pascal, kind === 'sql' ? 'postgres://nobody@127.0.0.1:9/nothing' : 'http://127.0.0.1:9/')
  const last = files.all(brought)
  write(root, last)
  const written = [...new Set([...first, ...last].map(({ file }) => file))]
  await prettify(root, written)
  await build(root)
  await writeReport(root)
  return { written: [...written, reportFile], hidden: [...brought.roots, ...brought.types] }
}

function readSpec({ kind, spec }: SourceRequest): string {
  if (spec === undefined) return readTemplate(`${kind}/starter`)
  try {
    return readFileSync(spec, 'utf8')
  } catch {
    throw new SourceAddFault(`The spec ${spec} cannot be read.`)
  }
}

function namesIn(schema: Awaited<ReturnType<typeof buildWholeSchema>>): TakenNames {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  return { types: new Set(Object.keys(schema.getTypeMap())), roots: new Set(roots.flatMap(type => Object.keys(type?.getFields() ?? {}))) }
}

function write(root: string, files: readonly { readonly file: string; readonly text: string }[]): void {
  for (const { file, text } of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
}

const run = promisify(execFile)

async function build(root: string): Promise<void> {
  await run(process.execPath, ['scripts/build.mjs'], { cwd: root })
}

const broughtShape = z.object({
  roots: z.array(z.string()),
  types: z.array(z.string()),
  sample: z.object({ root: z.string(), query: z.string(), isList: z.boolean() }).optional(),
})

/** In a process of its own: this one has the modules of before. */
async function listSchema(root: string, source: string, address: string): Promise<BroughtIn> {
  const { stdout } = await run(process.execPath, ['dist/src/source-add/list-schema.js', source, address], { cwd: root })
  const { roots, types, sample } = broughtShape.parse(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''))
  return { roots, types, sample }
}

async function prettify(root: string, files: readonly string[]): Promise<void> {
  const known = files.filter(file => /\.(?:ts|json|md|graphql)$/.test(file))
  await run(process.execPath, ['node_modules/prettier/bin/prettier.cjs', '--log-level', 'warn', '--write', ...known], { cwd: root })
}

const reportFile = 'docs/access-report.md'

async function writeReport(root: string): Promise<void> {
  const { stdout } = await run(process.execPath, ['dist/src/commands/access-report.js'], { cwd: root, maxBuffer: 16 * 1024 * 1024 })
  writeFileSync(join(root, reportFile), stdout)
}
