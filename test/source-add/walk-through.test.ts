import type { ChildProcess } from 'node:child_process'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { requestToken } from '../../simulator/demo/demo-tokens.js'
import { freePorts } from '../demo/free-ports.js'

const root = resolve(import.meta.dirname, '../..')
const run = promisify(execFile)
const places = ['PORT', 'ADMIN_PORT', 'SIMULATOR_PORT', 'ISSUER_PORT', 'DIRECTORY_PORT'] as const
const sources = ['SOURCES_PORT', 'OUTAGES_PORT', 'BILLING_PORT', 'ORDERS_PORT', 'TARIFFS_PORT', 'STORE'] as const

interface Block {
  readonly language: string
  /** What stands behind the language: a file's name, or how the block is meant. */
  readonly note: string
  readonly text: string
}

/** The store is played by a program that none of us wrote, which needs a registry to come from: for CI. */
const isPrism = (process.env['WALK_THROUGH_PRISM'] ?? '') !== ''

/** One of the two stands behind the address. */
function isPlayedElsewhere(note: string, text: string): boolean {
  return isPrism ? text.startsWith('PET_STORE_PORT=') : note === 'prism'
}

describe('docs/adding-a-source.md', () => {
  let folder: string
  let blocks: readonly Block[]
  let ports: Record<(typeof places)[number] | (typeof sources)[number], string>
  const background: ChildProcess[] = []
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'substation-source-'))
    for (const part of ['src', 'plugins', 'simulator', 'scripts', 'docs', '.meshrc.ts', 'package.json'])
      await cp(join(root, part), join(folder, part), { recursive: true })
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
    ports = await freePorts([...places, ...sources])
    await writeFile(join(folder, 'credential'), 'Bearer of-the-store')
    const page = await readFile(join(root, 'docs/adding-a-source.md'), 'utf8')
    const found = page.replaceAll('4030', ports.STORE).matchAll(/^```(\w+) ?([^\n]*)\n([\s\S]*?)^```/gm)
    blocks = [...found].map(([, language = '', note = '', text = '']) => ({ language, note, text }))
  })
  afterAll(async () => {
    for (const child of background) if (child.pid !== undefined) endGroup(child.pid)
    await Promise.all(background.map(child => (child.exitCode ?? child.signalCode) === null && once(child, 'close')))
    await rm(folder, { recursive: true, force: true })
  })

  const environment = () => ({
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    ...ports,
    ...(isPrism ? { PET_STORE_AUTHORIZATION_FILE: join(folder, 'credential') } : {}),
  })
  const ask = async (query: string): Promise<{ status: number; body: unknown }> => {
    const token = await requestToken(`http://127.0.0.1:${ports.ISSUER_PORT}`, 'alice')
    const response = await fetch(`http://127.0.0.1:${ports.PORT}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query }),
    })
    return { status: response.status, body: await response.json() }
  }

  it('leads from the command to the first answer, block by block, in less than ten minutes', async () => {
    const startedAt = performance.now()
    for (const { language, note, text } of blocks) {
      if (language === 'sh' && isPlayedElsewhere(note, text)) continue
      if (language === 'sh' && (note === 'background' || note === 'prism'))
        background.push(await startAndWait(text.trim(), folder, environment()))
      else if (language === 'sh') await run('bash', ['-ec', text], { cwd: folder, env: environment(), maxBuffer: 16 * 1024 * 1024 })
      else if (note.includes('.')) await writeFile(join(folder, note), text)
    }
    const [query, answer] = ['graphql', 'json'].map(
      language => blocks.find(each => each.language === language && !each.note.includes('.'))?.text,
    )
    const { body } = await ask(query ?? '')
    expect(performance.now() - startedAt).toBeLessThan(10 * 60_000)
    // Prism makes a number of its own.
    const given = isPrism
      ? { data: { getPetById: { ...JSON.parse(answer ?? '').data.getPetById, id: expect.any(Number) } } }
      : JSON.parse(answer ?? '')
    expect(body).toEqual(given)

    if (!isPrism) await fetch(`http://127.0.0.1:${ports.STORE}/__sim/calls`, { method: 'DELETE' })
    const hidden = await ask('{ getUserByName(username: "alice") { email } }')
    expect(JSON.stringify(hidden.body)).toContain('"code":"FIELD_NOT_AVAILABLE"')
    if (!isPrism) expect(await (await fetch(`http://127.0.0.1:${ports.STORE}/__sim/calls`)).json()).toEqual({ calls: 0, log: [] })
  }, 300_000)
})

/** Its own process group, so that whatever it starts ends with it; it serves once it has said something. */
async function startAndWait(command: string, cwd: string, env: Record<string, string>): Promise<ChildProcess> {
  const child = spawn('bash', ['-ec', command], { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  while (!/Next:|_URL=|Prism is listening/.test(said)) {
    const data: unknown = await Promise.race([once(child.stdout, 'data'), once(child, 'close')])
    if (child.exitCode !== null) throw new Error(`expected ${command} to serve, but it ended: ${said}`)
    said += String(data)
  }
  return child
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGTERM')
  } catch {
    // It has ended already.
  }
}
