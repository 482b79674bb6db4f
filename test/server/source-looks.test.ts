import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createHealth } from '../../src/server/health.js'
import { watchSources } from '../../src/server/looks.js'

let server: Server
let said: string
let port: number
beforeAll(async () => {
  said = ''
  server = createServer(socket => {
    socket.on('error', () => undefined)
    socket.on('data', chunk => (said += String(chunk)))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => new Promise<void>(resolve => server.close(() => resolve())))

const urls = () => ({
  Outages: new URL(`http://127.0.0.1:${port}`),
  Billing: new URL(`postgres://gateway:secret@127.0.0.1:${port}/books`),
  Orders: new URL('http://127.0.0.1:9/field-service'),
})

describe('the looks at the utility’s own sources', () => {
  it('tell which of them take a connection, and say nothing to them', async () => {
    const { looks } = watchSources(urls())
    const found = await Promise.all(Object.entries(looks).map(async ([name, look]) => [name, await look()]))
    expect(found).toEqual([
      ['Outages', undefined],
      ['Billing', undefined],
      ['Orders', 'not reachable'],
    ])
    expect(said).toBe('')
  })

  it('go by the last call while that is young, each by its own, and pass over what they do not know', async () => {
    let now = 0
    const watches = watchSources(urls(), () => now)
    watches.called('Billing', 'timeout')
    watches.called('Orders', 'ok')
    watches.called('Opower', 'unavailable')
    expect([await watches.looks['Billing']?.(), await watches.looks['Orders']?.()]).toEqual(['last call: timeout', undefined])
    expect(await watches.looks['Outages']?.()).toBeUndefined()
    now = 31_000
    expect([await watches.looks['Billing']?.(), await watches.looks['Orders']?.()]).toEqual([undefined, 'not reachable'])
  })

  it('make readiness degraded, by name, and never refuse traffic', async () => {
    const health = createHealth({ essential: {}, sources: watchSources(urls()).looks, token: () => ({ state: 'fresh' }) })
    health.started()
    const { httpStatus, body } = await health.ready()
    expect([httpStatus, body.status, body.reasons]).toEqual([200, 'degraded', ['Orders: not reachable']])
    expect(body.sources).toEqual({
      Outages: { state: 'ok' },
      Billing: { state: 'ok' },
      Orders: { state: 'failing', reason: 'not reachable' },
    })
  })
})
