import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import type { Books } from './books.js'
import { booksAt } from './books.js'

/** Where databases that were filled once wait to be copied: a build empties `dist`, but not this folder. */
const shelf = fileURLToPath(new URL(`${rootOf(import.meta.url)}node_modules/.cache/substation/`, import.meta.url))
const day = 86_400_000

/** A data directory of our own, filled with the books of today. Whoever opens it may change it. */
export async function ownDataDirectory(now: number): Promise<string> {
  const filled = await filledDirectory(now)
  const own = await mkdtemp(join(tmpdir(), 'substation-billing-'))
  await cp(filled, own, { recursive: true })
  return own
}

/** Filling takes seconds and copying a tenth of one, so it is done once a day, and again when schema or books change. */
async function filledDirectory(now: number): Promise<string> {
  const folder = join(shelf, `billing-${await fingerprint(now)}`)
  if (await exists(folder)) return folder
  await mkdir(shelf, { recursive: true })
  await sweep()
  const beside = await mkdtemp(join(shelf, 'filling-'))
  await fill(beside, now)
  // Whoever is first wins; the others throw theirs away.
  await rename(beside, folder).catch(() => rm(beside, { recursive: true, force: true }))
  return folder
}

async function fingerprint(now: number): Promise<string> {
  const files = await Promise.all([schemaFile, sourceOf('./books'), sourceOf('./data-directory')].map(file => readFile(file)))
  const hash = createHash('sha256').update(String(Math.floor(now / day)))
  for (const file of files) hash.update(file)
  return hash.digest('hex').slice(0, 16)
}

const schemaFile = new URL('./schema.sql', import.meta.url)

/** `.ts` under test, `.js` from `dist`. */
function sourceOf(file: string): URL {
  return new URL(`${file}${import.meta.url.slice(-3)}`, import.meta.url)
}

async function fill(folder: string, now: number): Promise<void> {
  const database = await PGlite.create(folder)
  await database.exec(await readFile(schemaFile, 'utf8'))
  for (const [table, rows] of Object.entries(booksAt(now) satisfies Books)) {
    await database.query(`insert into ${table} select * from json_populate_recordset(null::${table}, $1)`, [JSON.stringify(rows)])
  }
  await database.close()
}

/** What nobody has used since yesterday. */
async function sweep(): Promise<void> {
  for (const name of await readdir(shelf)) {
    const { mtimeMs } = await stat(join(shelf, name))
    if (Date.now() - mtimeMs > day) await rm(join(shelf, name), { recursive: true, force: true })
  }
}

async function exists(folder: string): Promise<boolean> {
  return stat(folder).then(
    () => true,
    () => false,
  )
}

/** The project's folder from this file: one level further away in `dist`. */
function rootOf(url: string): string {
  return url.includes('/dist/simulator/') ? '../../../../' : '../../../'
}
