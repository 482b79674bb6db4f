import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { lookByGet, onceGood, watchSource } from '../../src/server/looks.js'

describe('a look at what the gateway depends on', () => {
  let status: number
  let asked: number
  let connected: number
  let url: URL
  let close: () => Promise<void>
  beforeEach(async () => {
    ;[status, asked, connected] = [200, 0, 0]
    const server = createServer((_request, response) => {
      asked += 1
      response.writeHead(status).end()
    })
    server.on('connection', () => (connected += 1))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    close = () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  })
  afterEach(() => close())

  it('takes any answer below 500 as a sign of life', async () => {
    status = 404
    expect(await lookByGet(url)()).toBeUndefined()
    status = 503
    expect(await lookByGet(url)()).toBe('answered 503')
    await close()
    expect(await lookByGet(url)()).toBe('not reachable')
  })

  it('asks once for many who look at a time', async () => {
    const look = lookByGet(url)
    await Promise.all(Array.from({ length: 50 }, () => look()))
    await look()
    expect(asked).toBe(1)
  })

  it('is good for ever once it was good, where that is enough', async () => {
    const findings = ['not reachable', undefined, 'not reachable']
    const look = onceGood(() => Promise.resolve(findings.shift()))
    expect([await look(), await look(), await look()]).toEqual(['not reachable', undefined, undefined])
  })

  it('judges a source by its last call, and spends none to look', async () => {
    const watch = watchSource(url)
    watch.called('timeout')
    expect(await watch.look()).toBe('last call: timeout')
    watch.called('ok')
    expect(await watch.look()).toBeUndefined()
    expect([asked, connected]).toEqual([0, 0])
  })

  it('looks whether a source takes a connection when no call was made lately', async () => {
    let now = 0
    const watch = watchSource(url, () => now)
    expect(await watch.look()).toBeUndefined()
    watch.called('timeout')
    now = 60_000
    expect(await watch.look()).toBeUndefined()
    expect([asked, connected]).toEqual([0, 1])
    await close()
    expect(await watchSource(url).look()).toBe('not reachable')
  })
})
