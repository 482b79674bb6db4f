import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe } from '@jest/globals'

/** A Redis of its own for one test file, which keeps nothing on disk. */
export interface RedisServer extends AsyncDisposable {
  readonly url: string
  /** Ends the process at once, as a lost machine would. */
  kill(): Promise<void>
  /** Stops it without a word, as a machine that hangs would: connections stay open and nothing is answered. */
  pause(): void
  /** Starts it again at the same port, empty. */
  restart(): Promise<void>
}

const isInstalled = spawnSync('redis-server', ['--version']).status === 0

/** Like `describe`; without `redis-server` on this machine the tests are skipped, and their title says why. */
export function describeWithRedis(title: string, tests: () => void): void {
  if (isInstalled) describe(title, tests)
  else describe.skip(`${title} (skipped: redis-server is not installed; apt-get install redis-server)`, tests)
}

export async function startRedis(): Promise<RedisServer> {
  if (!isInstalled) throw new Error('redis-server is not installed')
  const port = await freePort()
  let child = await run(port)
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    pause: () => void child.kill('SIGSTOP'),
    async restart() {
      await kill()
      child = await run(port)
    },
    [Symbol.asyncDispose]: kill,
  }
}

async function run(port: number): Promise<ChildProcess> {
  const child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'])
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (text: Buffer) => String(text).includes('Ready to accept connections') && resolve())
    child.once('exit', () => reject(new Error('redis-server did not start')))
  })
  return child
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
