import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { BillingServer } from '../../simulator/sources/billing/server.js'
import { startBillingServer } from '../../simulator/sources/billing/server.js'
import { createBillingDatabase } from '../../src/sources/billing/database.js'
import { ledgersOf } from '../../src/sources/billing/queries.js'

const accounts = [{ urn: 'urn:opower:v1:account:nved:uuid:none', accountNumber: '1', periods: [{ from: -Infinity, until: Infinity }] }]

describe('a transaction with the billing database', () => {
  let server: BillingServer
  beforeAll(async () => {
    server = await startBillingServer({ port: 0, now: Date.now })
  }, 240_000)
  afterAll(() => server.close())

  it('ends in time when the database does not answer, and the next one has a connection that works', async () => {
    const database = createBillingDatabase({ url: server.url, queryMs: 1_000 })
    expect(await database.asOwner(accounts, ledgersOf(['1']))).toEqual([])
    await server.faults.replace({ ...server.faults.current, slow: { ms: 3_000 } })
    const startedAt = performance.now()
    await expect(database.asOwner(accounts, ledgersOf(['1']))).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
    expect(performance.now() - startedAt).toBeLessThan(4_000)
    await server.faults.replace({ ...server.faults.current, slow: undefined })
    expect(await database.asOwner(accounts, ledgersOf(['1']))).toEqual([])
    await database.close()
  })
})

describe('a billing database that says nothing more', () => {
  // PostgreSQL documentation, sections 54.7 and 54.8: AuthenticationOk and ReadyForQuery; ErrorResponse with its severity, code and message.
  const welcome = Buffer.from('520000000800000000' + '5a0000000549', 'hex')
  const fields = Buffer.from('SERROR\0C42501\0Mcanary\0\0')
  const error = Buffer.concat([Buffer.from([0x45, 0, 0, 0, fields.length + 4]), fields])

  /** What becomes of a transaction with a server that says this to it and is silent then; settles when no connection is left. */
  async function outcomeBehind(said: Buffer): Promise<unknown> {
    const closed: Promise<unknown>[] = []
    const listener = createServer(socket => {
      closed.push(once(socket, 'close'))
      socket.on('error', () => undefined)
      socket.once('data', () => (socket.write(welcome), socket.once('data', () => socket.write(said)))).resume()
    })
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const { port } = listener.address() as AddressInfo
    const database = createBillingDatabase({ url: `postgres://gateway:secret@127.0.0.1:${port}/books`, queryMs: 100 })
    const outcome: unknown = await database.asOwner(accounts, ledgersOf(['1'])).catch((each: unknown) => each)
    expect(closed).toHaveLength(1)
    await Promise.all(closed)
    await database.close()
    listener.close()
    return outcome
  }

  it('has no connection left of a transaction that took too long', async () => {
    expect(await outcomeBehind(Buffer.alloc(0))).toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
  })

  it('has none left either of one that failed first', async () => {
    expect(await outcomeBehind(error)).toMatchObject({ code: 'UPSTREAM_REFUSED' })
  })
})

describe('the way to the billing database', () => {
  /** The first bytes of a client, after which it is told that there is no TLS here. */
  async function firstWords(parameters: string): Promise<{ words: Buffer[]; code: unknown }> {
    const words: Buffer[] = []
    const sockets = new Set<Socket>()
    const listener = createServer(socket => {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('data', chunk => (words.push(Buffer.from(chunk)), socket.write('N'), socket.end()))
    })
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const { port } = listener.address() as AddressInfo
    const database = createBillingDatabase({ url: `postgres://gateway:canary-secret@127.0.0.1:${port}/books${parameters}` })
    const error: unknown = await database.asOwner(accounts, ledgersOf(['1'])).catch((each: unknown) => each)
    await database.close()
    for (const socket of sockets) socket.destroy()
    listener.close()
    return { words, code: Reflect.get(Object(error), 'code') }
  }

  it('is asked for TLS before a name or a password is said, and not taken without it', async () => {
    const { words, code } = await firstWords('?sslmode=verify-full')
    // SSLRequest (PostgreSQL documentation, section 54.7): a length of 8 and the number 80877103.
    expect(words.map(each => each.toString('hex'))).toEqual(['0000000804d2162f'])
    expect(code).toBe('UPSTREAM_UNAVAILABLE')
  })

  it('goes without TLS to a database on this machine only', async () => {
    const { words } = await firstWords('')
    expect(words[0]?.toString('latin1')).toContain('gateway')
  })
})
