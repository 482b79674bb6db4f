import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

export interface CompiledCopy {
  /** Holds `dist/` and what it was made from. */
  readonly folder: string
  remove(): Promise<void>
}

const root = resolve(import.meta.dirname, '../..')

/** Compiles the sources as they are now, beside the working tree: a test must not replace the `dist/` that somebody is running. */
export async function compileCopy(): Promise<CompiledCopy> {
  const folder = await mkdtemp(join(tmpdir(), 'substation-'))
  for (const part of ['src', 'plugins', 'simulator', 'scripts', '.meshrc.ts', 'package.json']) {
    await cp(join(root, part), join(folder, part), { recursive: true })
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  await promisify(execFile)(process.execPath, ['scripts/build.mjs'], { cwd: folder })
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}
