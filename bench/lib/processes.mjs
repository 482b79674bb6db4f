// Processes on chosen cores, and what they cost by the kernel's own count.
import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { availableParallelism } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'

export const cores = availableParallelism()
const hasTaskset = existsSync('/usr/bin/taskset')

/** What is measured runs on the first core, all else on the others; a machine of one core has no choice. */
export const coreOf = { measured: '0', beside: cores > 1 ? `1-${cores - 1}` : '0' }

export function start({ name, core, command = process.execPath, args, env = {}, cwd, ipc = false }) {
  const logFile = new URL(`../results/tmp/${name}.log`, import.meta.url)
  const log = openSync(logFile, 'w')
  const pinned = hasTaskset && core !== undefined ? ['taskset', '-c', core, command] : [command]
  const child = spawn(pinned[0], [...pinned.slice(1), ...args], {
    cwd,
    env: { ...process.env, NODE_ENV: 'production', ...env },
    stdio: ipc ? ['ignore', log, log, 'ipc'] : ['ignore', log, log],
    // A group of its own: a command-line tool that starts others is ended with them.
    detached: true,
    serialization: 'advanced',
  })
  closeSync(log)
  running.add(child)
  child.once('exit', () => running.delete(child))
  child.logFile = logFile
  return child
}

const running = new Set()

export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise(resolve => child.once('exit', resolve))
  signal(child, 'SIGTERM')
  await Promise.race([ended, pause(3_000)])
  signal(child, 'SIGKILL')
}

export function stopAll() {
  for (const child of running) signal(child, 'SIGKILL')
}

function signal(child, name) {
  try {
    process.kill(-child.pid, name)
  } catch {
    // It ended by itself.
  }
}

export async function freePort() {
  const server = createServer()
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise(resolve => server.close(resolve))
  return port
}

/** Resolves once GraphQL, or whatever is there, answers at the address. */
export async function answering(url, child, init, withinMs = 60_000) {
  const from = performance.now()
  while (performance.now() - from < withinMs) {
    if (child.exitCode !== null) throw new Error(`${url} ended before it answered:\n${readFileSync(child.logFile, 'utf8').slice(-3_000)}`)
    const ok = await fetch(url, { ...init, signal: AbortSignal.timeout(5_000) }).then(
      async response => (await response.arrayBuffer(), response.status < 500),
      () => false,
    )
    if (ok) return performance.now() - from
    await pause(10)
  }
  throw new Error(`${url} did not answer within ${withinMs} ms:\n${readFileSync(child.logFile, 'utf8').slice(-3_000)}`)
}

/** The process and all that it started. */
export function treeOf(pid) {
  const parents = new Map()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const fields = statOf(name)
    if (fields !== undefined) parents.set(Number(name), Number(fields[1]))
  }
  const tree = new Set([pid])
  for (let grown = true; grown;) {
    grown = false
    for (const [child, parent] of parents) if (tree.has(parent) && !tree.has(child)) grown = tree.add(child) && true
  }
  return [...tree]
}

/** User and system time of all threads of a tree, microseconds. */
export function cpuOf(pids) {
  let nanoseconds = 0
  for (const pid of pids) {
    for (const thread of list(`/proc/${pid}/task`)) nanoseconds += Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0] || 0)
  }
  return nanoseconds / 1_000
}

/** Resident memory of a tree, bytes. */
export function rssOf(pids) {
  return pids.reduce((sum, pid) => sum + Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1_024, 0)
}

function statOf(pid) {
  const text = read(`/proc/${pid}/stat`)
  return text === '' ? undefined : text.slice(text.lastIndexOf(')') + 2).split(' ')
}

function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function list(folder) {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
