import type { ChildProcess } from 'node:child_process'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { requestToken } from '../../simulator/demo/demo-tokens.js'
import { startDemoIssuer } from '../../simulator/demo/issuer.js'
import { population } from '../../simulator/population/population.js'
import type { Simulator } from '../../simulator/server.js'
import { startSimulator } from '../../simulator/server.js'
import type { CompiledCopy } from '../demo/compiled-copy.js'
import { compileCopy } from '../demo/compiled-copy.js'
import { formsOf } from '../support/secrets.js'

const first = { clientId: 'canary-id-one-51f0', clientSecret: 'canary-secret-one-77ab' }
const second = { clientId: 'canary-id-two-0c3d', clientSecret: 'canary-secret-two-e91c' }
const mistyped = { clientId: 'canary-id-bad-1d1d', clientSecret: 'canary-secret-bad-2b2b' }

/** Everything that anybody could read of the gateway, by where it was read. */
const outputs = new Map<string, string>()

function keep(where: string, text: string): void {
  outputs.set(where, (outputs.get(where) ?? '') + text)
}

describe('the secrets of the utility and of the customer', () => {
  let copy: CompiledCopy
  let simulator: Simulator
  let issuer: Awaited<ReturnType<typeof startDemoIssuer>>
  let folder: string
  let session: string
  let gateway: ChildProcess | undefined
  let url: string
  let adminUrl: string
  let asked = 0

  beforeAll(async () => {
    copy = await compileCopy()
    simulator = await startSimulator({ profile: 'test' })
    issuer = await startDemoIssuer({ host: '127.0.0.1', port: 0, audience: 'substation', population })
    session = await requestToken(issuer.url, 'alice')
    folder = mkdtempSync(join(tmpdir(), 'substation-'))
    for (const name of ['work', 'tmp', 'secrets']) mkdirSync(join(folder, name))
    await useCredentials(first)
    await startGateway()
  }, 240_000)

  afterAll(async () => {
    gateway?.kill('SIGKILL')
    await Promise.all([simulator.close(), issuer.close(), copy.remove()])
    rmSync(folder, { recursive: true })
  })

  it('are needed for everything that this test does', async () => {
    expect(await ask('a good answer')).toEqual([200, 'OK'])
    await control('tokens/revoke', {})
    expect(await ask('after a revocation')).toEqual([200, 'OK'])
  })

  it('stay inside while the upstream and the token endpoint misbehave', async () => {
    const codes: unknown[] = []
    for (const fault of [
      { status: { code: 401 } },
      { status: { code: 403 } },
      { status: { code: 302 } },
      { html: true },
      { truncated: true },
    ]) {
      await control('faults', fault)
      codes.push((await ask(JSON.stringify(fault)))[1])
    }
    await control('faults', { tokenEndpoint: { down: true } })
    await control('tokens/revoke', {})
    codes.push((await ask('no token'))[1])
    expect(codes.filter(code => code === 'OK' || code === 'INTERNAL')).toEqual([])
    await readAll('with faults')
    await control('faults', {})
  }, 20_000)

  it('stay inside while they are changed, mistyped, and forgotten by a signal', async () => {
    write(mistyped)
    gateway?.kill('SIGHUP')
    await logged('SIGHUP', 1)
    await logged('invalid_client', 1)
    await readAll('mistyped')
    await useCredentials(second)
    gateway?.kill('SIGHUP')
    await logged('SIGHUP', 2)
    await answers()
    expect(await ask('with the second pair')).toEqual([200, 'OK'])
    expect((await bearers()).length).toBeGreaterThan(1)
  }, 20_000)

  it('stay inside the commands for operators', async () => {
    const doctor = await run('doctor')
    expect(doctor).toMatch(/ok +token/)
    expect(await run('opower-schema')).toContain('the same')
    write(mistyped)
    expect(await run('doctor')).toMatch(/fault +token/)
    expect(await run('opower-schema')).toContain('No utility token')
    write(second)
  }, 240_000)

  it('stand in no name: of the process, of its files, of a heap snapshot', async () => {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'args=', '-p', String(gateway?.pid)]).catch(() => ({ stdout: '' }))
    keep('process title', stdout)
    await readAll('at the end')
    gateway?.kill('SIGUSR2')
    while (!filesIn('work').some(name => name.endsWith('.heapsnapshot'))) await pause(50)
    keep('file names', [...filesIn('work'), ...filesIn('tmp')].join('\n'))
    // Writing it takes long, and what is in it is known: everything.
    gateway?.kill('SIGKILL')
    const written = filesIn('tmp').filter(name => !name.includes('.'))
    for (const name of written) keep(`file ${name}`, readFileSync(join(folder, 'tmp', name), 'utf8'))
  }, 240_000)

  it('are in none of all that was read', async () => {
    const all = [first, second, mistyped].flatMap(({ clientId, clientSecret }) => formsOf(clientId, clientSecret))
    const secrets = [...all, ...(await bearers()), session]
    expect(secrets.length).toBeGreaterThan(11)
    expect([...outputs.keys()]).toEqual(
      expect.arrayContaining(['log', 'metrics', 'readyz', 'page', 'answer', 'doctor', 'opower-schema', 'file names']),
    )
    expect(outputs.get('log')).toContain('"level":"warn"')
    const leaks = [...outputs].flatMap(([where, text]) =>
      secrets.filter(secret => text.includes(secret)).map(secret => `${where}: ${secret}`),
    )
    expect(leaks).toEqual([])
  }, 240_000)

  function write({ clientId, clientSecret }: typeof first): void {
    writeFileSync(join(folder, 'secrets', 'id'), clientId)
    writeFileSync(join(folder, 'secrets', 'secret'), clientSecret)
  }

  async function useCredentials(pair: typeof first): Promise<void> {
    write(pair)
    await control('credentials', pair)
  }

  function environment(): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '',
      TMPDIR: join(folder, 'tmp'),
      OPOWER_ENVIRONMENT: 'simulator',
      OPOWER_GRAPHQL_URL: `${simulator.url}/graphql`,
      OPOWER_TOKEN_URL: `${simulator.url}/apis/authorization-v1/oauth2/token`,
      OPOWER_CLIENT_ID_FILE: join(folder, 'secrets', 'id'),
      OPOWER_CLIENT_SECRET_FILE: join(folder, 'secrets', 'secret'),
      OPOWER_UTILITY_CODE: 'nved',
      SESSION_ISSUER: issuer.url,
      SESSION_AUDIENCE: 'substation',
      SESSION_JWKS_URL: `${issuer.url}/jwks.json`,
      SESSION_ALGORITHMS: 'ES256',
      DIRECTORY: 'claims',
      DIRECTORY_CLAIM: 'accounts',
      LOG_LEVEL: 'trace',
      PORT: '0',
      ADMIN_PORT: '0',
    }
  }

  async function startGateway(): Promise<void> {
    const main = join(copy.folder, 'dist/gateway/main.js')
    const options = { env: environment(), cwd: join(folder, 'work'), stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'] }
    const child = spawn(process.execPath, ['--heapsnapshot-signal=SIGUSR2', main], options)
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => keep('log', chunk.toString('utf8')))
    const ended = once(child, 'exit').then(() => Promise.reject(new Error(`the gateway ended: ${outputs.get('log')}`)))
    ended.catch(() => undefined)
    const address = (pattern: RegExp): string | undefined => pattern.exec(outputs.get('log') ?? '')?.[1]
    while (address(/"url":"(http:[^"]+)\/graphql"/) === undefined) await Promise.race([once(child.stdout, 'data'), ended])
    url = address(/"url":"(http:[^"]+)\/graphql"/) ?? ''
    adminUrl = address(/"admin":"(http:[^"]+)"/) ?? ''
    gateway = child
  }

  /** The status and the first error code of an answer. */
  async function ask(what: string): Promise<readonly [number, unknown]> {
    const headers = {
      authorization: `Bearer ${session}`,
      'content-type': 'application/json',
      'x-request-id': what.replace(/\W/g, '-').slice(0, 40),
    }
    // Another alias each time: what was answered before would not be asked for again.
    const body = JSON.stringify({ query: `{ asked${(asked += 1)}: billingAccountsConnection { edges { node { utilityId } } } }` })
    const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body })
    const text = await response.text()
    keep('answer', `${JSON.stringify([...response.headers])}${text}`)
    const { errors } = JSON.parse(text) as { errors?: { extensions: { code: string } }[] }
    return [response.status, errors?.[0]?.extensions.code ?? 'OK']
  }

  async function readAll(when: string): Promise<void> {
    keep('metrics', await (await fetch(`${adminUrl}/metrics`)).text())
    keep('readyz', `${when}: ${await (await fetch(`${url}/readyz`)).text()}`)
    keep('page', await (await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } })).text())
  }

  async function control(call: string, body: unknown): Promise<void> {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${simulator.url}/__sim/${call}`, { method: 'POST', headers, body: JSON.stringify(body) })
    expect(response.status).toBe(200)
  }

  /** Every utility token that ever came with a call. */
  async function bearers(): Promise<readonly string[]> {
    const { log } = (await (await fetch(`${simulator.url}/__sim/calls`)).json()) as {
      log: { kind: string; headers: Record<string, string> }[]
    }
    const sent = log.filter(({ kind }) => kind === 'graphql').flatMap(({ headers }) => headers['authorization']?.split(' ')[1] ?? [])
    return [...new Set(sent)]
  }

  async function logged(text: string, times: number): Promise<void> {
    while ((outputs.get('log') ?? '').split(text).length <= times) await pause(20)
  }

  async function answers(): Promise<void> {
    while ((await ask('again'))[1] !== 'OK') await pause(50)
  }

  async function run(command: string): Promise<string> {
    const child = spawn(process.execPath, [join(copy.folder, `dist/src/commands/${command}.js`)], { cwd: copy.folder, env: environment() })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
    await once(child, 'close')
    keep(command, text)
    return text
  }

  function filesIn(place: string): readonly string[] {
    return readdirSync(join(folder, place), { recursive: true }).map(String)
  }
})
