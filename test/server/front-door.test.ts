import { connect } from 'node:net'
import { once } from 'node:events'
import { describe, expect, it } from '@jest/globals'
import { useRequestId } from '../../plugins/request-id.js'
import { createHealth } from '../../src/server/health.js'
import { openListener } from '../../src/server/listener.js'
import { startFrontDoor } from '../support/front-door.js'

const hello = JSON.stringify({ query: '{ hello }' })

describe('every answer', () => {
  it('carries a request id, is for no cache, and is not for a browser to guess at', async () => {
    await using door = await startFrontDoor({ before: [useRequestId()] })
    const answers = [
      await door.post(hello),
      await door.post('garbage'),
      await fetch(`${door.url}/livez`),
      await fetch(`${door.url}/readyz`),
      await fetch(`${door.url}/nowhere`),
      await fetch(`${door.url}/graphql`, { method: 'PUT' }),
    ]
    for (const { headers } of answers) {
      expect(headers.get('x-request-id')).toMatch(/^[\w.-]{8,64}$/)
      expect(headers.get('cache-control')).toBe('private, no-store')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    }
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 200, 200, 404, 405])
    expect(new Set(answers.map(({ headers }) => headers.get('x-request-id'))).size).toBe(answers.length)
  })
})

describe('cross-origin requests', () => {
  it('get no permission by default, whatever the origin', async () => {
    await using door = await startFrontDoor()
    const response = await fetch(`${door.url}/graphql`, { method: 'POST', body: hello, headers: { ...json, origin: 'https://a.example' } })
    expect([...response.headers.keys()].filter(name => name.startsWith('access-control'))).toEqual([])
    const preflight = await preflightFrom(door.url, 'https://a.example')
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([403, null])
    expect(door.asked).toEqual(['hello'])
  })

  it('are permitted for an origin that is listed exactly, with its cookie', async () => {
    await using door = await startFrontDoor({ corsOrigins: ['https://a.example'] })
    const preflight = await preflightFrom(door.url, 'https://a.example')
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization')
    const response = await fetch(`${door.url}/graphql`, { method: 'POST', body: hello, headers: { ...json, origin: 'https://a.example' } })
    for (const { headers } of [preflight, response]) {
      expect(headers.get('access-control-allow-origin')).toBe('https://a.example')
      expect(headers.get('access-control-allow-credentials')).toBe('true')
      expect(headers.get('vary')).toBe('origin')
    }
  })

  it.each(['https://a.example.evil', 'https://A.example', 'http://a.example', 'https://a.example:444', 'null'])(
    'are not permitted for %s when only https://a.example is listed',
    async origin => {
      await using door = await startFrontDoor({ corsOrigins: ['https://a.example'] })
      const preflight = await preflightFrom(door.url, origin)
      expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([403, null])
      expect(preflight.headers.get('vary')).toBe('origin')
    },
  )
})

describe('the listener', () => {
  it('says which port it could not have', async () => {
    await using door = await startFrontDoor()
    const port = Number(new URL(door.url).port)
    await expect(openListener(() => undefined, { host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'EADDRINUSE', port })
  })

  it('lets a request in flight finish while it drains, refuses new ones, and says so on /readyz', async () => {
    await using door = await startFrontDoor()
    const inFlight = door.post(JSON.stringify({ query: '{ slow }' }))
    await door.slow.begun
    door.health.draining()
    const drained = door.listener.drain(10_000)
    const late = await door.post(hello)
    expect([late.status, late.headers.get('retry-after'), late.headers.get('connection')]).toEqual([503, '1', 'close'])
    const ready = await fetch(`${door.url}/readyz`)
    expect([ready.status, await ready.json()]).toEqual([503, expect.objectContaining({ status: 'draining' })])
    door.slow.release()
    expect(await (await inFlight).json()).toEqual({ data: { slow: 'done' } })
    await drained
    await expect(fetch(`${door.url}/livez`)).rejects.toThrow()
    expect(door.asked).toEqual(['slow'])
  })

  it('does not wait for idle connections, and for a stuck request only so long', async () => {
    await using door = await startFrontDoor()
    const idle = connect(Number(new URL(door.url).port), '127.0.0.1')
    await once(idle, 'connect')
    const stuck = door.post(JSON.stringify({ query: '{ slow }' })).catch(() => 'cut off')
    await door.slow.begun
    await Promise.all([door.listener.drain(50), once(idle, 'close')])
    expect(await stuck).toBe('cut off')
  })
})

describe('a slow or broken sender', () => {
  const impatient = { host: '127.0.0.1', port: 0, headersMs: 100, requestMs: 300 }

  it.each([
    ['headers that do not end', 'POST /graphql HTTP/1.1\r\nhost: x\r\n', '408'],
    ['a body that does not come', 'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{', '408'],
    ['something that is not HTTP', 'HELO there\r\n\r\n', '400'],
    ['headers that are too large', `GET /graphql HTTP/1.1\r\nx-large: ${'x'.repeat(20_000)}\r\n\r\n`, '431'],
  ])('is cut off: %s', async (_what, text, status) => {
    const listener = await openListener(request => void request.resume(), impatient)
    const socket = connect(Number(new URL(listener.url).port), '127.0.0.1')
    let answer = ''
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('utf8')))
    socket.write(text)
    await once(socket, 'close')
    await listener.close()
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(answer).toMatch(/x-request-id: [\w.-]{8,64}\r\n/)
    expect(answer).toContain('"code":"BAD_REQUEST"')
  })
})

describe('readiness', () => {
  it('is 503 until the start is complete, and GraphQL is refused until then', async () => {
    const health = createHealth({ essential: {}, sources: {}, token: () => ({ state: 'cold' }) })
    expect(await health.ready()).toMatchObject({ httpStatus: 503, body: { status: 'starting', reasons: [] } })
    health.started()
    expect(await health.ready()).toMatchObject({ httpStatus: 200, body: { status: 'ready' } })
  })

  it('stays 200 and tells what is wrong when a source or the token fails', async () => {
    const health = createHealth({
      essential: { issuer: healthy },
      sources: { Opower: () => Promise.resolve('not reachable'), Tariffs: healthy },
      token: () => ({ state: 'failing', reason: 'refused' }),
    })
    health.started()
    expect(await health.ready()).toEqual({
      httpStatus: 200,
      body: {
        status: 'degraded',
        reasons: ['Opower: not reachable', 'token: refused'],
        sources: { Opower: { state: 'failing', reason: 'not reachable' }, Tariffs: { state: 'ok' } },
        token: { state: 'failing', reason: 'refused' },
      },
    })
  })

  it('is 503 when no session can be served at all', async () => {
    const health = createHealth({
      essential: { issuer: healthy, directory: () => Promise.resolve('answered 500') },
      sources: {},
      token: () => ({ state: 'ready' }),
    })
    health.started()
    expect(await health.ready()).toMatchObject({ httpStatus: 503, body: { status: 'unavailable', reasons: ['directory: answered 500'] } })
  })
})

const json = { 'content-type': 'application/json' }

function healthy(): Promise<undefined> {
  return Promise.resolve(undefined)
}

function preflightFrom(url: string, origin: string): Promise<Response> {
  const headers = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' }
  return fetch(`${url}/graphql`, { method: 'OPTIONS', headers })
}
