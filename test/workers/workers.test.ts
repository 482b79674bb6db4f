import { gatewayEnvironment } from '../../simulator/demo/gateway-environment.js'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { requestToken } from '../../simulator/demo/demo-tokens.js'
import { startDemoIssuer } from '../../simulator/demo/issuer.js'
import { population } from '../../simulator/population/population.js'
import type { Simulator } from '../../simulator/server.js'
import { startSimulator } from '../../simulator/server.js'
import type { CompiledCopy } from '../demo/compiled-copy.js'
import { compileCopy } from '../demo/compiled-copy.js'

interface Answer {
  readonly status: number
  readonly text: string
  readonly cookie: string
}

const accounts = (name = 'A'): string => JSON.stringify({ query: `query ${name} { billingAccountsConnection { edges { node { urn } } } }` })

/** A connection of its own each time: the supervisor hands connections to the workers in turn. */
function send(url: string, { method = 'POST', headers = {}, body = '' } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent: false, headers: { 'content-type': 'application/json', ...headers } }, response => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
      const cookie = response.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text, cookie }))
      response.once('error', reject)
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

async function until<T>(look: () => Promise<T | undefined> | T | undefined, ms = 20_000): Promise<T> {
  const deadline = performance.now() + ms
  while (performance.now() < deadline) {
    const found = await look()
    if (found !== undefined) return found
    await pause(30)
  }
  throw new Error('expected something that did not happen in time')
}

// Calls are counted as they arrive here: where the machine stops this process for a tenth of a second, calls that left in time arrive together.
// At once, since the last of these tests ends the gateway.
jest.retryTimes(3, { logErrorsBeforeRetry: true, retryImmediately: true })

describe('a gateway of two workers', () => {
  let copy: CompiledCopy
  let simulator: Simulator
  let issuer: Awaited<ReturnType<typeof startDemoIssuer>>
  let gateway: Running
  beforeAll(async () => {
    copy = await compileCopy()
    simulator = await startSimulator({ profile: 'test' })
    issuer = await startDemoIssuer({ host: '127.0.0.1', port: 0, audience: 'substation', population })
    writeFileSync(join(copy.folder, 'operator'), 'operators-token')
    gateway = await start()
  }, 240_000)
  afterAll(async () => {
    gateway.child.kill('SIGKILL')
    await Promise.all([copy.remove(), simulator.close(), issuer.close()])
  })

  it('asks for one token in sum, at the start and for whoever comes then', async () => {
    const authorization = await bearer('alice')
    const answers = await Promise.all(Array.from({ length: 40 }, () => gateway.ask(accounts(), { authorization })))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(await calls()).toMatchObject({ token: 1 })
    expect(await gateway.workersOf('request')).toEqual(new Set([1, 2]))
  })

  it('makes no more calls in any second than one process would, however many are asked for', async () => {
    await fetch(`${simulator.url}/__sim/calls`, { method: 'DELETE' })
    const tokens = await Promise.all(['alice', 'bruno', 'carmen', 'fatima', 'sol', 'emil', 'hanna', 'iris'].map(bearer))
    const codes = new Set<number>()
    const until = performance.now() + 2_500
    // One after the other: what one customer asks at the same moment is one call.
    const asking = [...tokens, ...tokens].map(async (authorization, asker) => {
      for (let turn = 0; performance.now() < until; turn += 1)
        codes.add((await gateway.ask(accounts(`Q${asker}x${turn}`), { authorization })).status)
    })
    await Promise.all(asking)
    expect([...codes].every(code => code === 200 || code === 503)).toBe(true)
    const times = (await calls()).log.filter(({ kind }) => kind === 'graphql').map(({ at }) => Date.parse(at))
    expect(times.length).toBeGreaterThan(25)
    const most = Math.max(...times.map(from => times.filter(at => at >= from && at < from + 1_000).length))
    expect(most).toBeLessThanOrEqual(20)
    const spent = /^substation_budget_spent (\d+)$/m.exec((await gateway.admin('/metrics', { method: 'GET' })).text)?.[1]
    expect(Number(spent)).toBeGreaterThanOrEqual(times.length)
  })

  it('knows a browser session at every worker, and its end', async () => {
    const { cookie } = await send(`${gateway.url}/session`, { headers: { authorization: await bearer('bruno') } })
    const headers = { cookie, 'x-substation-csrf': '1' }
    const ask = async () => (await Promise.all(Array.from({ length: 6 }, () => gateway.ask(accounts(), headers)))).map(each => each.status)
    expect(await ask()).toEqual(Array.from({ length: 6 }, () => 200))
    expect((await send(`${gateway.url}/session`, { method: 'DELETE', headers })).status).toBe(204)
    await until(async () => ((await ask()).every(status => status === 401) ? true : undefined), 5_000)
  })

  it('withdraws a session from all workers within five seconds', async () => {
    const authorization = await bearer('carmen')
    expect((await gateway.ask(accounts(), { authorization })).status).toBe(200)
    await pause(1_100)
    const about = JSON.stringify({ issuer: issuer.url, sub: 'demo-carmen' })
    expect((await gateway.admin('/admin/revocations', { body: about })).status).toBe(204)
    await until(async () => {
      const answers = await Promise.all(Array.from({ length: 6 }, () => gateway.ask(accounts(), { authorization })))
      return answers.every(({ status }) => status === 401) ? true : undefined
    }, 5_000)
  })

  it('gives from any worker what another one has kept', async () => {
    await until(async () => ((await calls()).graphql >= 0 ? true : undefined))
    const authorization = await bearer('sol')
    const body = accounts('Kept')
    await gateway.ask(body, { authorization })
    await fetch(`${simulator.url}/__sim/calls`, { method: 'DELETE' })
    for (let count = 0; count < 6; count += 1) expect((await gateway.ask(body, { authorization })).status).toBe(200)
    expect((await calls()).graphql).toBe(0)
  })

  it('tells the figures of all workers, whichever is asked', async () => {
    const asked = async (): Promise<number> => {
      const { text } = await gateway.admin('/metrics', { method: 'GET' })
      return Number(/^substation_requests_total\{code="OK"\} (\d+)$/m.exec(text)?.[1])
    }
    const [before, authorization] = [await asked(), await bearer('emil')]
    for (let count = 0; count < 4; count += 1) await gateway.ask(accounts(), { authorization })
    expect([await asked(), await asked()]).toEqual([before + 4, before + 4])
  })

  it('drops the token everywhere on SIGHUP', async () => {
    await fetch(`${simulator.url}/__sim/calls`, { method: 'DELETE' })
    gateway.child.kill('SIGHUP')
    await until(() => (gateway.lines.filter(line => line.includes('SIGHUP')).length === 2 ? true : undefined))
    await until(async () => ((await calls()).token > 0 ? true : undefined))
    const authorization = await bearer('alice')
    expect((await gateway.ask(accounts('After'), { authorization })).status).toBe(200)
  })

  it('replaces a worker that falls, and serves meanwhile', async () => {
    const [fallen = 0, other = 0] = gateway.workers()
    process.kill(fallen, 'SIGKILL')
    const authorization = await bearer('alice')
    const now = await until(() => {
      const pids = gateway.workers()
      return pids.length === 2 && !pids.includes(fallen) ? pids : undefined
    })
    expect(now).toContain(other)
    await until(() => (gateway.lines.filter(line => line.includes('a worker serves')).length >= 3 ? true : undefined))
    expect(gateway.lines.some(line => line.includes('a worker has ended unexpectedly'))).toBe(true)
    for (let count = 0; count < 4; count += 1) expect((await gateway.ask(accounts(), { authorization })).status).toBe(200)
  })

  it('finishes what is in flight on SIGTERM, in every worker, and ends with 0', async () => {
    await fault({ slow: { ms: 1_500, rate: 1 } })
    await fetch(`${simulator.url}/__sim/calls`, { method: 'DELETE' })
    const tokens = await Promise.all(['bruno', 'emil'].map(bearer))
    const inFlight = tokens.map(authorization => gateway.ask(accounts('Last'), { authorization }))
    await until(async () => ((await calls()).graphql >= 2 ? true : undefined))
    // As a service manager does it that tells every process of a group.
    for (const pid of [...gateway.workers(), gateway.child.pid ?? 0]) process.kill(pid, 'SIGTERM')
    expect((await Promise.all(inFlight)).map(({ status }) => status)).toEqual([200, 200])
    expect(await gateway.ended).toEqual(0)
    await fault({})
  })

  it('ends its workers with itself, whatever ends it', async () => {
    const own = await start()
    const pids = own.workers()
    own.child.kill('SIGKILL')
    await until(() => (pids.some(isAlive) ? undefined : true))
  }, 240_000)

  it('says what keeps it from starting, and ends with 1', async () => {
    const own = spawnGateway({ PORT: new URL(simulator.url).port })
    expect(await own.ended).toBe(1)
    expect(own.errors()).toContain(`port ${new URL(simulator.url).port}`)
  }, 240_000)

  interface Running {
    readonly child: ChildProcess
    readonly ended: Promise<number | null>
    readonly lines: string[]
    readonly url: string
    errors(): string
    workers(): readonly number[]
    workersOf(message: string): Promise<ReadonlySet<unknown>>
    ask(body: string, headers: Record<string, string>): Promise<Answer>
    admin(path: string, how: { method?: string; body?: string }): Promise<Answer>
  }

  async function start(): Promise<Running> {
    const running = spawnGateway({})
    const line = await until(() => running.lines.find(each => each.includes('the gateway serves')))
    const { url, admin } = JSON.parse(line) as { url: string; admin: string }
    return {
      ...running,
      url: url.replace('/graphql', ''),
      workers: () => childrenOf(running.child.pid ?? 0),
      workersOf: message =>
        until(() => {
          const found = new Set(
            running.lines
              .map(each => JSON.parse(each) as { msg: string; worker: number })
              .flatMap(each => (each.msg === message ? [each.worker] : [])),
          )
          return found.size === 2 ? found : undefined
        }),
      ask: (body, headers) => send(url, { headers: { accept: 'application/graphql-response+json', ...headers }, body }),
      admin: (path, how) => send(`${admin}${path}`, { headers: { authorization: 'Bearer operators-token' }, ...how }),
    }
  }

  function spawnGateway(changes: Record<string, string>) {
    const env = {
      ...gatewayEnvironment(simulator.url, issuer.url),
      DIRECTORY: 'claims',
      DIRECTORY_CLAIM: 'accounts',
      ADMIN_TOKEN_FILE: join(copy.folder, 'operator'),
      AUDIT: 'off',
      PORT: '0',
      ADMIN_PORT: '0',
      WORKERS: '2',
      ...changes,
    }
    const child = spawn(process.execPath, [join(copy.folder, 'dist/gateway/main.js')], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const lines: string[] = []
    let [rest, errors] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => {
      const parts = (rest + chunk.toString('utf8')).split('\n')
      rest = parts.pop() ?? ''
      lines.push(...parts)
    })
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString('utf8')))
    const ended = new Promise<number | null>(resolve => child.once('exit', resolve))
    return { child, ended, lines, errors: () => errors }
  }

  async function bearer(login: string): Promise<string> {
    return `Bearer ${await requestToken(issuer.url, login)}`
  }

  async function fault(faults: object): Promise<void> {
    await fetch(`${simulator.url}/__sim/faults`, { method: 'POST', body: JSON.stringify(faults) })
  }

  async function calls() {
    type Calls = { graphql: number; token: number; log: { at: string; kind: string }[] }
    return (await (await fetch(`${simulator.url}/__sim/calls`)).json()) as Calls
  }
})

function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
