import { describe, expect, it } from '@jest/globals'
import type { ServerResponse } from 'node:http'
import { request } from 'node:http'
import { headerSoFar, presetHeader, DressedResponse, writeWholeHead } from '../../src/server/dressed-response.js'
import { openListener } from '../../src/server/listener.js'

/** The names of the head that comes, each with its value behind it, after two headers were put on it early. */
async function headOf(write: (response: ServerResponse) => void): Promise<readonly string[]> {
  const listener = await openListener(
    (_request, response) => {
      presetHeader(response, ['x-request-id', 'abc'])
      presetHeader(response, ['vary', 'origin'])
      write(response)
    },
    { host: '127.0.0.1', port: 0 },
  )
  try {
    return await new Promise((resolve, reject) => {
      const sent = request(listener.url, { agent: false }, response => resolve(response.resume().rawHeaders))
      sent.on('error', reject).end()
    })
  } finally {
    await listener.close()
  }
}

function valuesIn(head: readonly string[], name: string): readonly string[] {
  return head.filter((_each, at) => at % 2 === 1 && head[at - 1]?.toLowerCase() === name)
}

describe('what was put on an answer early', () => {
  it.each<[string, (response: ServerResponse) => void]>([
    ['nobody writes', response => response.end('x')],
    ['is a status alone', response => response.writeHead(204).end()],
    ['has a reason and headers', response => response.writeHead(200, 'Fine', { 'content-type': 'text/plain' }).end('x')],
    ['has headers as a list', response => response.writeHead(200, ['content-type', 'text/plain']).end('x')],
    ['is written in one go', response => writeWholeHead(response, 200, ['content-type', 'text/plain']).end('x')],
    ['is written in one go where a header was set', response => writeWholeHead(response.setHeader('x-own', '1'), 200, []).end('x')],
  ])('goes out once with a head that %s', async (_case, write) => {
    const head = await headOf(write)
    expect([valuesIn(head, 'x-request-id'), valuesIn(head, 'vary')]).toEqual([['abc'], ['origin']])
  })

  it.each<[string, (response: ServerResponse) => void]>([
    ['an object', response => response.writeHead(200, { vary: 'accept' }).end('x')],
    ['a list', response => response.writeHead(200, ['vary', 'accept']).end('x')],
    ['one go', response => writeWholeHead(response, 200, ['vary', 'accept']).end('x')],
    ['a setting before', response => response.setHeader('vary', 'accept').end('x')],
  ])('gives way to another value in %s', async (_case, write) => {
    expect(valuesIn(await headOf(write), 'vary')).toEqual(['accept'])
  })

  it.each<[string, (response: ServerResponse) => void]>([
    ['in one go', response => writeWholeHead(response, 200, []).end('x')],
    ['by nobody', response => response.end('x')],
  ])('is the later of two values, once, with a head that is written %s', async (_case, write) => {
    const head = await headOf(response => {
      presetHeader(response, ['vary', 'accept'])
      write(response)
    })
    expect(valuesIn(head, 'vary')).toEqual(['accept'])
  })

  it('can be read before it goes out', async () => {
    const read: unknown[] = []
    await headOf(response => {
      read.push(response instanceof DressedResponse, headerSoFar(response, 'vary'), headerSoFar(response, 'x-other'))
      response.end('x')
    })
    expect(read).toEqual([true, 'origin', undefined])
  })
})
