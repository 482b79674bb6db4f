import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { requestToken } from '../../simulator/demo/demo-tokens.js'
import type { CompiledCopy } from '../demo/compiled-copy.js'
import { compileCopy } from '../demo/compiled-copy.js'
import { freePorts } from '../demo/free-ports.js'
import { urnsOf } from './two-utilities.js'

const places = ['PORT', 'ADMIN_PORT', 'SIMULATOR_PORT', 'ISSUER_PORT', 'DIRECTORY_PORT'] as const
const sources = ['SOURCES_PORT', 'OUTAGES_PORT', 'BILLING_PORT', 'ORDERS_PORT', 'TARIFFS_PORT'] as const

describe('the demo of two utilities', () => {
  let copy: CompiledCopy
  let demo: ChildProcess
  let ports: Record<(typeof places)[number], string>
  beforeAll(async () => {
    copy = await compileCopy()
    const all = await freePorts([...places, ...sources])
    ports = all
    const env = { PATH: process.env['PATH'] ?? '', ...all, SUBSTATION_CONFIG: 'simulator/demo/two-utilities.json' }
    demo = spawn(process.execPath, ['dist/simulator/demo.js'], { cwd: copy.folder, env })
    let printed = ''
    demo.stderr?.resume()
    for await (const chunk of demo.stdout ?? []) if ((printed += String(chunk)).includes('Next:')) break
  }, 240_000)
  afterAll(async () => {
    demo.kill('SIGTERM')
    await once(demo, 'close')
    await copy.remove()
  }, 240_000)

  async function ask(login: string): Promise<string> {
    const token = await requestToken(`http://127.0.0.1:${ports.ISSUER_PORT}`, login)
    const response = await fetch(`http://127.0.0.1:${ports.PORT}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: '{ billingAccountsConnection { edges { node { urn } } } }' }),
    })
    return response.text()
  }

  it.each([
    ['nved', 'alice'],
    ['nved', 'carmen'],
    ['rvgl', 'vera'],
  ] as const)('%s: %s sees her own accounts', async (code, login) => {
    const edges = urnsOf(code, login).map(urn => ({ node: { urn } }))
    expect(JSON.parse(await ask(login))).toEqual({ data: { billingAccountsConnection: { edges } } })
  })

  it('has a customer without accounts with the first utility', async () => {
    expect(JSON.parse(await ask('nadia'))).toEqual({ data: { billingAccountsConnection: { edges: [] } } })
  })

  it('is ready with both', async () => {
    const state = (await (await fetch(`http://127.0.0.1:${ports.PORT}/readyz`)).json()) as { utilities: object }
    expect(Object.keys(state.utilities)).toEqual(['nved', 'rvgl'])
  })
})
