import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface ChildOptions {
  /** What to call it in messages, such as `the gateway`. */
  readonly what: string
  /** The compiled file, in `dist/` as this one. */
  readonly file: URL
  /** For Node. @default none */
  readonly flags?: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Whether its output goes to stderr as it comes; otherwise only when it fails. */
  readonly show: boolean
}

export interface Child {
  readonly what: string
  /** Settles when it has ended, with how, such as `exit code 1`. */
  readonly ended: Promise<string>
  /** Its last lines that were not shown. */
  lastWords(): string
  /** Asks it to end, insists after `patienceMs`, and waits until it has. */
  stop(patienceMs: number): Promise<void>
  kill(): void
}

const followParent = new URL('./follow-parent.js', import.meta.url)
const keptCharacters = 4000

/**
 * Starts one part of the demo in its own process group, so that Ctrl-C reaches the demo alone and the parts end in order.
 * A part ends by itself when the demo disappears without a word.
 */
export function startChild({ what, file, flags = [], env, show }: ChildOptions): Child {
  const child = spawn(process.execPath, [...flags, '--import', followParent.href, fileURLToPath(file)], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let words = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      if (show) process.stderr.write(chunk)
      else words = (words + chunk.toString('utf8')).slice(-keptCharacters)
    })
  }
  const ended = new Promise<string>(resolve => {
    child.once('error', error => resolve(error.message))
    // `close`, not `exit`: by then its last words have been read.
    child.once('close', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`))
  })
  const kill = () => killGroup(child.pid)
  return {
    what,
    ended,
    kill,
    lastWords: () => words,
    async stop(patienceMs) {
      child.kill('SIGTERM')
      const insist = setTimeout(kill, patienceMs)
      await ended
      clearTimeout(insist)
    },
  }
}

/** With everything that the part itself has started. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}
