import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { CompiledCopy } from '../demo/compiled-copy.js'
import { compileCopy } from '../demo/compiled-copy.js'
import { accountOf } from '../journeys/people.js'
import type { Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'

const folder = mkdtempSync(join(tmpdir(), 'substation-purge-'))
const tokenFile = join(folder, 'operator')
const query = 'query Kept { billingAccountByAuthContext { name bills(last: 1) { timeInterval } } }'
let copy: CompiledCopy
let stack: Stack
beforeAll(async () => {
  writeFileSync(tokenFile, 'operator-of-this-test\n')
  copy = await compileCopy()
  stack = await startStack({ env: { ADMIN_TOKEN_FILE: tokenFile } })
}, 240_000)
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
  await copy.remove()
  rmSync(folder, { recursive: true })
})

it('npm run cache:purge has a running gateway forget by account, by tag and all, and says what went wrong', async () => {
  const costs: number[] = []
  const urn = accountOf('alice').urn
  for (const order of [[], ['--account', urn], ['--tag', 'bills'], ['--account', urn, '--tag', 'bills'], ['--all'], ['--tag', 'reads']]) {
    if (order.length > 0) expect(await purge(...order)).toMatchObject({ code: 0, text: expect.stringContaining('Forgotten: ') })
    await stack.forgetCalls()
    for (const _time of [1, 2]) await stack.ask('alice', query)
    costs.push((await stack.calls()).length)
  }
  expect(costs).toEqual([1, 1, 1, 1, 1, 0])
  expect(await purge('--tag', 'bill')).toMatchObject({
    code: 1,
    text: expect.stringContaining('Expected a tag out of account, agreements, billing'),
  })
  expect(await purge('--account', 'alice')).toMatchObject({ code: 1, text: expect.stringContaining('account URN') })
  for (const order of [[], ['--all', '--tag', 'bills']])
    expect(await purge(...order)).toMatchObject({ code: 1, text: expect.stringContaining('npm run cache:purge') })
  expect(await run(['--all'], 'somebody-else')).toMatchObject({ code: 1, text: expect.stringContaining('401') })
})

function purge(...args: readonly string[]): Promise<{ code: number; text: string }> {
  return run(args, 'operator-of-this-test')
}

async function run(args: readonly string[], token: string): Promise<{ code: number; text: string }> {
  const own = join(folder, 'own')
  writeFileSync(own, token)
  const { hostname, port } = new URL(stack.gateway.adminUrl)
  const env = { ADMIN_HOST: hostname, ADMIN_PORT: port, ADMIN_TOKEN_FILE: own, PATH: process.env['PATH'] }
  const child = spawn(process.execPath, [join(copy.folder, 'dist/src/commands/cache-purge.js'), ...args], { env })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (text += String(chunk)))
  const [code] = (await once(child, 'close')) as [number]
  return { code, text }
}
