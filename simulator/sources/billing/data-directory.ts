import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import { booksAt } from './books.js'
import { keepCopies } from './mixed-rows.js'

/** Where prepared databases wait to be copied: a build empties `dist`, and new dependencies empty this folder. */
const shelf = fileURLToPath(new URL(`${rootFrom(import.meta.url)}node_modules/.cache/substation/`, import.meta.url))
const day = 86_400_000

/** A data directory of our own, filled with the books of today. Whoever opens it may change it. */
export async function ownDataDirectory(now: number): Promise<string> {
  const filled = await filledDirectory(now)
  const own = await mkdtemp(join(tmpdir(), 'substation-billing-'))
  await cp(filled, own, { recursive: true })
  return own
}

/** Filled once a day, and again when the books are kept otherwise. */
async function filledDirectory(now: number): Promise<string> {
  const key = await fingerprint([schemaFile, sourceOf('./books'), sourceOf('./mixed-rows'), sourceOf('./data-directory')])
  return prepared(`billing-${Math.floor(now / day)}-${key}`, async folder => {
    await sweep()
    await cp(await emptyDirectory(), folder, { recursive: true })
    await inDatabase(folder, database => fill(database, now))
  })
}

/** Making a database takes several seconds of computing, opening one a fraction of one. */
async function emptyDirectory(): Promise<string> {
  return prepared(`empty-${await fingerprint([schemaFile])}`, folder =>
    inDatabase(folder, async database => void (await database.exec(await readFile(schemaFile, 'utf8')))),
  )
}

/** Prepared beside and then moved: whoever is first wins, and the others throw theirs away. */
async function prepared(name: string, prepare: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(shelf, name)
  if (await exists(folder)) return folder
  await mkdir(shelf, { recursive: true })
  const beside = await mkdtemp(join(shelf, 'being-made-'))
  await prepare(beside)
  await rename(beside, folder).catch(() => rm(beside, { recursive: true, force: true }))
  return folder
}

async function inDatabase(folder: string, work: (database: PGlite) => Promise<void>): Promise<void> {
  const database = await PGlite.create(folder)
  await work(database)
  await database.close()
}

async function fill(database: PGlite, now: number): Promise<void> {
  for (const [table, rows] of Object.entries(booksAt(now))) {
    await database.query(`insert into ${table} select * from json_populate_recordset(null::${table}, $1)`, [JSON.stringify(rows)])
  }
  await database.exec(keepCopies)
}

/** What was left behind yesterday. */
async function sweep(): Promise<void> {
  for (const name of await readdir(shelf)) {
    const { mtimeMs } = await stat(join(shelf, name))
    if (!name.startsWith('empty-') && Date.now() - mtimeMs > day) await rm(join(shelf, name), { recursive: true, force: true })
  }
}

async function exists(folder: string): Promise<boolean> {
  return stat(folder).then(
    () => true,
    () => false,
  )
}

const schemaFile = new URL('./schema.sql', import.meta.url)

/** `.ts` under test, `.js` from `dist`. */
function sourceOf(file: string): URL {
  return new URL(`${file}${import.meta.url.slice(-3)}`, import.meta.url)
}

async function fingerprint(files: readonly URL[]): Promise<string> {
  const hash = createHash('sha256')
  for (const file of files) hash.update(await readFile(file))
  return hash.digest('hex').slice(0, 16)
}

/** The project's folder from this file: one level further away in `dist`. */
function rootFrom(url: string): string {
  return url.includes('/dist/simulator/') ? '../../../../' : '../../../'
}
