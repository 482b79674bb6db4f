import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { ChildProcess } from 'node:child_process'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { assertFree, readPlaces } from '../../simulator/demo/places.js'
import { population } from '../../simulator/population/population.js'
import type { CompiledCopy } from './compiled-copy.js'
import { compileCopy } from './compiled-copy.js'
import { freeDemoPorts } from './free-ports.js'

const run = promisify(execFile)
const alice = population.customers.find(({ login }) => login === 'alice')

let copy: CompiledCopy
let demo: ChildProcess | undefined

beforeAll(async () => {
  copy = await compileCopy()
}, 240_000)

afterEach(async () => {
  if (demo?.exitCode === null && demo.signalCode === null) {
    demo.kill('SIGTERM')
    await once(demo, 'close')
  }
  demo = undefined
})

afterAll(() => copy.remove())

interface Running {
  readonly child: ChildProcess
  readonly env: Record<string, string>
  readonly stdout: () => string
  readonly stderr: () => string
  /** How it ended, once it has. */
  readonly ended: Promise<number | null>
}

function start(env: Record<string, string>): Running {
  const child = spawn(process.execPath, [join(copy.folder, 'dist/simulator/demo.js')], { cwd: copy.folder, env: { ...bare(), ...env } })
  demo = child
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const ended = once(child, 'close').then(([code]) => (typeof code === 'number' ? code : null))
  return { child, env, stdout: () => out, stderr: () => err, ended }
}

/** Nothing of the environment that the tests run in. */
function bare(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '' }
}

async function startAndWait(more: Record<string, string> = {}): Promise<Running> {
  const running = start({ ...(await freeDemoPorts()), ...more })
  while (!running.stdout().includes('Next:')) {
    const code = await Promise.race([once(running.child.stdout ?? running.child, 'data').then(() => undefined), running.ended])
    if (code !== undefined) throw new Error(`the demo ended (${code}): ${running.stderr()}`)
  }
  return running
}

/** Does what the printed `curl` does. */
async function paste(printed: string): Promise<unknown> {
  const line = printed.split('\n').find(text => text.startsWith('curl ')) ?? ''
  const [, url = '', type = '', authorization = '', body = ''] =
    /^curl -s (\S+) -H 'content-type: ([^']+)' -H 'authorization: ([^']+)' -d '([^']+)'$/.exec(line) ?? []
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': type, authorization }, body })
  return response.json()
}

/** Lets every part of the demo write its process id into a file named for it. */
async function withPids() {
  const folder = await mkdtemp(join(copy.folder, 'pids-'))
  const note = `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(`${folder}/`)} + process.argv[1].split('/').pop(), String(process.pid))`
  return {
    env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(note)}` },
    pidOf: async (file: string) => Number(await readFile(join(folder, file), 'utf8')),
  }
}

async function session(login: string, env: Record<string, string>) {
  return run(process.execPath, [join(copy.folder, 'dist/simulator/session-command.js'), login], { env: { ...bare(), ...env } })
}

describe('npm start', () => {
  it('prints addresses, a token and a curl that works when pasted, and ends cleanly', async () => {
    const running = await startAndWait()
    expect(await paste(running.stdout())).toEqual({
      data: {
        billingAccountsConnection: { totalCount: 1, edges: [{ node: expect.objectContaining({ urn: alice?.accountUrns[0] }) }] },
      },
    })
    expect(running.stderr()).toBe('')
    running.child.kill('SIGINT')
    expect(await running.ended).toBe(0)
    await assertFree(readPlaces(running.env))
  }, 240_000)

  it('lets anybody from the population sign in meanwhile, and nobody else', async () => {
    const { env } = await startAndWait()
    expect((await session('bruno', env)).stdout).toMatch(/^ey[\w-]+\.[\w-]+\.[\w-]+\n$/)
    await expect(session('zed', env)).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^Nobody signs in as "zed".*\n$/),
    })
  }, 240_000)

  it('stops everything with one clear line when a part dies', async () => {
    const { env, pidOf } = await withPids()
    const running = await startAndWait(env)
    process.kill(await pidOf('directory-main.js'), 'SIGKILL')
    expect(await running.ended).toBe(1)
    expect(running.stderr()).toBe('The demo directory ended unexpectedly (signal SIGKILL); the demo stops.\n')
    await assertFree(readPlaces(running.env))
  }, 240_000)

  it('leaves nothing behind when it is killed itself', async () => {
    const running = await startAndWait()
    running.child.kill('SIGKILL')
    await running.ended
    await eventually(() => assertFree(readPlaces(running.env)))
  }, 240_000)

  it('leaves no part behind that was not yet loaded when it was killed', async () => {
    const follow = pathToFileURL(join(copy.folder, 'dist/simulator/demo/follow-parent.js')).href
    const part = spawn(process.execPath, ['--import', follow, '--eval', 'setInterval(() => {}, 1000)'], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    part.disconnect()
    expect(await once(part, 'exit')).toEqual([null, 'SIGTERM'])
  }, 240_000)

  it('passes the fault on when the gateway cannot start from the settings', async () => {
    const running = start({ ...(await freeDemoPorts()), OPOWER_UTILITY_CODE: 'NVED' })
    expect(await running.ended).toBe(1)
    expect(running.stderr()).toContain('OPOWER_UTILITY_CODE')
    expect(running.stderr()).toMatch(/\nThe gateway ended unexpectedly \(exit code 1\); the demo stops\.\n$/)
    expect(running.stdout()).toBe('')
  }, 240_000)

  it('names a busy port and its setting in one line', async () => {
    const env = await freeDemoPorts()
    const busy = createServer().listen(Number(env.PORT), '127.0.0.1')
    await once(busy, 'listening')
    const running = start(env)
    expect(await running.ended).toBe(1)
    expect(running.stderr()).toMatch(new RegExp(`^Port ${env.PORT} for the gateway is in use\\. .* PORT=\\d+ npm start\\n$`))
    busy.close()
  }, 240_000)

  it.each(['stage', 'production'])(
    'is not for %s, and says what is',
    async OPOWER_ENVIRONMENT => {
      const running = start({ OPOWER_ENVIRONMENT })
      expect(await running.ended).toBe(1)
      expect(running.stderr()).toMatch(/^OPOWER_ENVIRONMENT is .*: use npm run gateway\.\n$/)
    },
    30_000,
  )

  it('says in one line that no demo runs when a session is asked for', async () => {
    const { ISSUER_PORT } = await freeDemoPorts()
    await expect(session('alice', { ISSUER_PORT })).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^No demo answers.*\n$/),
    })
  })
})

/** The parts notice by themselves that they are alone; there is no event to wait for from here. */
async function eventually(attempt: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + 15_000
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (Date.now() > deadline) throw error
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
}
