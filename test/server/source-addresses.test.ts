import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { originOf } from '../../src/server/origin-of.js'
import { createSourceClients } from '../../src/server/source-clients.js'
import type { UpstreamClient } from '../../src/server/upstream-client.js'

const authority = fc.constantFrom(
  'http://a.example',
  'https://A.example:443',
  'http://a.example:8080',
  'http://a.example:99999',
  'http://user@a.example',
  'http://a.example\\@b.example',
  'http://a.example@b.example',
  'http://[::1]:80',
  'http://1',
  'http://a_b',
  'http://a..b:',
  'http:a.example',
  ' http://a.example',
  'ftp://a.example',
  'file:///a',
  'nothing',
  '',
)
const signs = [...'/?#.\\@:%& "<>\'\n\tä^`{}|=,;+!$()*~-_2eEx']
const rest = fc.array(fc.constantFrom(...signs, '/../', '/./', '%2e', '/%2E%2e/', '?'), { maxLength: 8 }).map(parts => parts.join(''))

describe('the address of a call', () => {
  it('has the origin that it is sent to', () => {
    fc.assert(
      fc.property(authority, rest, (begin, end) => {
        const url = begin + end
        expect(originOf(url)).toBe(URL.canParse(url) ? new URL(url).origin : '')
      }),
      { numRuns: 3_000 },
    )
  })

  describe('to a source', () => {
    const seen: (string | undefined)[] = []
    const server = createServer(({ url }, response) => {
      seen.push(url)
      response.end('{}')
    })
    let client: UpstreamClient
    let origin: string

    beforeAll(async () => {
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      const address = server.address()
      origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
      client = createSourceClients([origin])
    })
    afterAll(async () => {
      await client.close()
      server.close()
    })

    it('is written as the platform writes it', async () => {
      await fc.assert(
        fc.asyncProperty(rest, async end => {
          const url = `${origin}/${end}`
          await client.fetch(url, {})
          const { pathname, search } = new URL(url)
          expect(seen.pop()).toBe(pathname + search)
        }),
        { numRuns: 300 },
      )
    })
  })
})
