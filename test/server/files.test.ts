import { once } from 'node:events'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createFiles } from '../../src/server/files.js'
import type { Listener } from '../../src/server/listener.js'
import { openListener } from '../../src/server/listener.js'
import { createLog } from '../../src/server/log.js'
import type { SharedState } from '../../src/server/shared-state.js'
import { createSharedState } from '../../src/server/shared-state.js'
import { loadSettings } from '../../src/settings.js'
import { urnOf } from '../accounts/test-directory.js'
import type { TestIssuer } from '../session/test-issuer.js'
import { audience, startTestIssuer } from '../session/test-issuer.js'
import { credentials } from '../support/stack.js'

/** The store of files sends a line every so many milliseconds, for ever. */
const lineEveryMs = 20

describe('a file that is being sent', () => {
  let issuer: TestIssuer
  let storage: Server
  let state: SharedState
  let door: Listener
  let broken: Promise<unknown>

  beforeEach(async () => {
    issuer = await startTestIssuer()
    storage = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/csv' })
      const timer = setInterval(() => response.write('2026-11-01,canary\n'), lineEveryMs)
      broken = once(response, 'close').finally(() => clearInterval(timer))
    }).listen(0, '127.0.0.1')
    await once(storage, 'listening')
    const log = createLog('silent')
    state = createSharedState(settingsFor(issuer), log)
    const files = createFiles({ ...state, log, isFileOrigin: url => url.origin === originOf(storage), timeoutMs: 200 })
    door = await openListener((request, response) => void files(request, response, request.url ?? ''), { host: '127.0.0.1', port: 0 })
  })
  afterEach(async () => {
    await door.close()
    storage.closeAllConnections()
    storage.close()
    await issuer.close()
  })

  it.each<[string, () => Promise<void>]>([
    ['its session', () => state.revocations.withdraw({ issuer: issuer.issuer, sub: 'customer-1' })],
    ['its account', () => state.revocations.withdraw({ account: urnOf(1) })],
  ])('breaks off within a second or so once %s is withdrawn, here and at its source', async (_what, withdraw) => {
    const response = await fetchFile(await issuer.sign({ accounts: [urnOf(1)] }))
    const reader = response.body?.getReader()
    await reader?.read()
    await withdraw()
    const at = performance.now()
    await expect(readToEnd(reader)).rejects.toThrow()
    expect(performance.now() - at).toBeLessThan(4_000)
    await broken
  })

  it('breaks off when its session expires meanwhile', async () => {
    const exp = Math.floor(Date.now() / 1000) + 2
    const response = await fetchFile(await issuer.sign({ accounts: [urnOf(1)], exp }))
    await expect(readToEnd(response.body?.getReader())).rejects.toThrow()
    expect(Date.now() - exp * 1000).toBeLessThan(4_000)
  })

  it('goes on for longer than it may take to begin, while nothing is withdrawn', async () => {
    const response = await fetchFile(await issuer.sign({ accounts: [urnOf(1)] }))
    const reader = response.body?.getReader()
    const until = performance.now() + 1_300
    while (performance.now() < until) expect((await reader?.read())?.done).toBe(false)
    await reader?.cancel()
    await broken
  })

  async function fetchFile(token: string): Promise<Response> {
    const subject = { issuer: issuer.issuer, sub: 'customer-1' }
    const name = await state.jobs.offer({ subject, urns: [urnOf(1)], link: `${originOf(storage)}/file` })
    const response = await fetch(`${door.url}/files/${name}`, { headers: { authorization: `Bearer ${token}` } })
    expect(response.status).toBe(200)
    return response
  }
})

async function readToEnd(reader: ReadableStreamDefaultReader<Uint8Array> | undefined): Promise<void> {
  while ((await reader?.read())?.done === false);
}

function originOf(server: Server): string {
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
}

function settingsFor({ issuer, jwksUrl }: TestIssuer) {
  return loadSettings({
    OPOWER_ENVIRONMENT: 'simulator',
    OPOWER_CLIENT_ID: credentials.id,
    OPOWER_CLIENT_SECRET: credentials.secret,
    OPOWER_UTILITY_CODE: 'nved',
    SESSION_ISSUER: issuer,
    SESSION_AUDIENCE: audience,
    SESSION_JWKS_URL: jwksUrl.href,
    SESSION_ALGORITHMS: 'ES256',
    DIRECTORY: 'claims',
    DIRECTORY_CLAIM: 'accounts',
  })
}
