import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { arrivedBody, readBody } from '../../src/server/request-body.js'

const maxBytes = 5
let latest: IncomingMessage | undefined
const server = createServer((request, response) => {
  latest = request
  void told(request).then(answer => response.end(answer))
})

/** What is there right after the head, and what comes in the end. */
async function told(request: IncomingMessage): Promise<string> {
  await undefined
  const arrived = arrivedBody(request, maxBytes)
  if (arrived !== undefined) return `there: ${String(arrived)}`
  return readBody(request, maxBytes).then(
    body => `later: ${String(body)}`,
    () => 'refused',
  )
}

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterAll(() => void server.close())

async function send(headers: string, ...pieces: readonly string[]): Promise<string> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.setNoDelay()
  await once(socket, 'connect')
  const head = `POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n${headers}\r\n\r\n`
  for (const [index, piece] of pieces.entries()) {
    socket.write(index === 0 ? head + piece : piece)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  const chunks = await socket.toArray()
  return Buffer.concat(chunks).toString().split('\r\n').at(-1) ?? ''
}

describe('a body', () => {
  it('is there when it came with its head', async () => {
    expect(await send('content-length: 5', 'hello')).toBe('there: hello')
  })

  it('is read to its end however it came, so that nothing of its request is kept while the connection waits', async () => {
    for (const pieces of [['hello'], ['he', 'llo']]) {
      await send('content-length: 5', ...pieces)
      expect(latest?.readableEnded).toBe(true)
    }
  })

  it.each([
    ['sent in pieces', 'content-length: 5', ['he', 'llo'], 'later: hello'],
    ['sent after its head', 'content-length: 5', ['', 'hello'], 'later: hello'],
    ['of no length', 'content-length: 0', [''], 'later: '],
    ['too long', 'content-length: 6', ['hello!'], 'refused'],
    ['of no announced length', 'transfer-encoding: chunked', ['5\r\nhello\r\n0\r\n\r\n'], 'later: hello'],
    ['too long in the end', 'transfer-encoding: chunked', ['6\r\nhello!\r\n0\r\n\r\n'], 'refused'],
  ])('that is %s is not there yet', async (_what, headers, pieces, answer) => {
    expect(await send(headers, ...pieces)).toBe(answer)
  })
})
