import { gatewayEnvironment } from '../../simulator/demo/gateway-environment.js'
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { version as graphqlVersion } from 'graphql'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { requestToken } from '../../simulator/demo/demo-tokens.js'
import { startDemoIssuer } from '../../simulator/demo/issuer.js'
import { population } from '../../simulator/population/population.js'
import type { Simulator } from '../../simulator/server.js'
import { startSimulator } from '../../simulator/server.js'
import type { CompiledCopy } from '../demo/compiled-copy.js'
import { compileCopy } from '../demo/compiled-copy.js'

const query = JSON.stringify({ query: '{ billingAccountsConnection { edges { node { utilityId } } } }' })

describe('the gateway as a process', () => {
  let copy: CompiledCopy
  let simulator: Simulator
  let issuer: Awaited<ReturnType<typeof startDemoIssuer>>
  beforeAll(async () => {
    copy = await compileCopy()
    simulator = await startSimulator({ profile: 'test' })
    issuer = await startDemoIssuer({ host: '127.0.0.1', port: 0, audience: 'substation', population })
  }, 240_000)
  afterAll(async () => {
    await Promise.all([copy.remove(), simulator.close(), issuer.close()])
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('finishes what is in flight on %s, takes nothing new, and ends with 0', async signal => {
    const gateway = await startGatewayProcess()
    await control('faults', { slow: { ms: 1_500, rate: 1 } })
    const inFlight = post(gateway.url, await requestToken(issuer.url, 'alice'))
    await upstreamCallSeen()
    gateway.child.kill(signal)
    await readyzSays(gateway.url, 'draining')
    const late = await post(gateway.url, await requestToken(issuer.url, 'alice'))
    expect([late.status, late.headers.get('retry-after')]).toEqual([503, '1'])
    const answer = await inFlight
    expect([answer.status, await answer.json()]).toEqual([200, { data: { billingAccountsConnection: { edges: [expect.any(Object)] } } }])
    expect(await gateway.ended).toEqual({ code: 0, signal: null })
  })

  it('ends at once on a second signal', async () => {
    const gateway = await startGatewayProcess()
    await control('faults', { slow: { ms: 20_000, rate: 1 } })
    const cutOff = post(gateway.url, await requestToken(issuer.url, 'alice')).then(
      () => 'answered',
      () => 'cut off',
    )
    await upstreamCallSeen()
    gateway.child.kill('SIGTERM')
    await readyzSays(gateway.url, 'draining')
    gateway.child.kill('SIGTERM')
    expect(await gateway.ended).toEqual({ code: 1, signal: null })
    expect(await cutOff).toBe('cut off')
  })

  it('starts while everything that it talks to is down, and says so', async () => {
    const nowhere = 'http://127.0.0.1:9'
    const gateway = await startGatewayProcess({ OPOWER_GRAPHQL_URL: `${nowhere}/graphql`, OPOWER_TOKEN_URL: `${nowhere}/token` })
    const degraded = await readyzSays(gateway.url, 'degraded')
    expect(degraded.status).toBe(200)
    gateway.child.kill('SIGTERM')
    expect(await gateway.ended).toEqual({ code: 0, signal: null })
  })

  it('says in one message which settings are wrong, without a stack, and ends with 1', async () => {
    const { code, errors } = await failedStart({ OPOWER_UTILITY_CODE: '', SESSION_ISSUER: '' })
    expect(code).toBe(1)
    expect(errors).toContain('OPOWER_UTILITY_CODE')
    expect(errors).toContain('SESSION_ISSUER')
    expect(errors).not.toMatch(/^\s+at /m)
  })

  it('names the port that is in use, and ends with 1', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const { port } = holder.address() as AddressInfo
    const { code, errors } = await failedStart({ PORT: String(port) })
    holder.close()
    expect([code, errors.trim().split('\n')]).toEqual([1, [expect.stringContaining(`port ${port}`)]])
  })

  it.each(['process.exit(0)', "throw new Error('a fault')", ''])('has told every line of its log when it ends by: %s', async end => {
    const lines = "for (let line = 0; line < 90; line += 1) log.info({ line }, 'told')"
    const script = `import { createLog } from ${JSON.stringify(join(copy.folder, 'dist/src/server/log.js'))}; const log = createLog('info'); ${lines}; ${end}`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { env: {}, stdio: ['ignore', 'pipe', 'ignore'] })
    let out = ''
    child.stdout.on('data', (text: Buffer) => (out += text.toString()))
    await once(child, 'close')
    const told = out.split('\n').filter(line => line.includes('"told"'))
    expect([told.length, told.at(-1)]).toEqual([90, expect.stringContaining('"line":89')])
  })

  it('has one copy of graphql, and with Opower alone loads no database driver, no SOAP and no OpenAPI', async () => {
    const bundle = join(copy.folder, 'dist/gateway')
    const texts = new Map(
      await Promise.all((await readdir(bundle)).map(async file => [file, await readFile(join(bundle, file), 'utf8')] as const)),
    )
    const holding = (word: string) => [...texts].flatMap(([file, text]) => (text.includes(word) ? [file] : []))
    expect(holding(`"${graphqlVersion}"`)).toHaveLength(1)
    const records = join(copy.folder, 'loaded')
    const gateway = await startGatewayProcess({ NODE_V8_COVERAGE: records })
    gateway.child.kill('SIGTERM')
    await gateway.ended
    const loaded = await loadedFiles(records)
    expect(loaded).toContain('main.js')
    for (const word of ['SCRAM-SHA-256', 'schemas.xmlsoap.org/wsdl/', 'ObjectTypeComposer']) {
      expect(holding(word)).not.toEqual([])
      expect(holding(word).filter(file => loaded.includes(file))).toEqual([])
    }
  })

  /** The files that Node compiled, by its own account. */
  async function loadedFiles(records: string): Promise<readonly string[]> {
    const texts = await Promise.all((await readdir(records)).map(file => readFile(join(records, file), 'utf8')))
    return texts.flatMap(text => [...text.matchAll(/"url":"file:[^"]*\/dist\/gateway\/([^"/]+)"/g)].map(([, file = '']) => file))
  }

  interface Ending {
    readonly code: number | null
    readonly signal: string | null
  }

  interface GatewayProcess {
    readonly child: ChildProcess
    readonly url: string
    readonly ended: Promise<Ending>
  }

  async function startGatewayProcess(changes: Record<string, string> = {}): Promise<GatewayProcess> {
    await control('faults', {})
    await fetch(`${simulator.url}/__sim/calls`, { method: 'DELETE' })
    const child = spawnGateway(changes)
    const ended = new Promise<Ending>(resolve => child.once('exit', (code, signal) => resolve({ code, signal })))
    const url = await addressIn(child)
    return { child, url, ended }
  }

  function spawnGateway(changes: Record<string, string>): ChildProcess {
    const env = {
      ...gatewayEnvironment(simulator.url, issuer.url),
      DIRECTORY: 'claims',
      DIRECTORY_CLAIM: 'accounts',
      PORT: '0',
      ADMIN_PORT: '0',
      ...changes,
    }
    return spawn(process.execPath, [join(copy.folder, 'dist/gateway/main.js')], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  }

  async function failedStart(changes: Record<string, string>): Promise<{ code: number | null; errors: string }> {
    const child = spawnGateway(changes)
    let errors = ''
    child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString('utf8')))
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, errors }
  }

  async function control(call: string, body: unknown): Promise<void> {
    await fetch(`${simulator.url}/__sim/${call}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  }

  function upstreamCallSeen(): Promise<unknown> {
    return until(async () => {
      const { graphql } = (await (await fetch(`${simulator.url}/__sim/calls`)).json()) as { graphql: number }
      return graphql > 0 ? graphql : undefined
    })
  }
})

/** The address that the gateway's first log line tells. */
function addressIn(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8')
      const found = /"url":"(http:[^"]+)\/graphql"/.exec(text)?.[1]
      if (found !== undefined) resolve(found)
    })
    child.once('exit', () => reject(new Error(`the gateway ended before it served: ${text}`)))
  })
}

function post(url: string, token: string): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return fetch(`${url}/graphql`, { method: 'POST', headers, body: query })
}

function readyzSays(url: string, status: string): Promise<Response> {
  return until(async () => {
    const response = await fetch(`${url}/readyz`)
    const body = (await response.json()) as { status: string }
    return body.status === status ? response : undefined
  })
}

/** For states of another process, which tell no event. Fails with the test's own time limit. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    await pause(20)
  }
}
