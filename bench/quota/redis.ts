import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

/** A Redis of one's own, which keeps nothing on disk. */
export interface Redis extends AsyncDisposable {
  readonly url: string
  /** Ends the process at once, as a lost machine would. */
  kill(): Promise<void>
  /** Stops it without a word, as a machine that hangs would: connections stay open and nothing is answered. */
  pause(): void
  /** Starts it again at the same port, empty. */
  restart(): Promise<void>
}

export async function startRedis(): Promise<Redis> {
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
    child.once('error', () => reject(new Error('redis-server is not installed; apt-get install redis-server')))
    child.once('exit', () => reject(new Error('redis-server did not start')))
  })
  return child
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
