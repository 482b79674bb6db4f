import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { TokenSource, TokenSourceOptions } from '../../src/token/token-source.js'
import { createTokenSource } from '../../src/token/token-source.js'
import type { TokenServer } from '../support/token-server.js'
import { startTokenServer } from '../support/token-server.js'

const clientId = 'f3a1c0de-0000-4000-8000-00000c11e47d'
const clientSecret = 'f3a1c0de-0000-4000-8000-0000005ec4e7'

describe('the utility token', () => {
  let server: TokenServer
  let source: TokenSource
  let time = 0

  function start(options: Partial<TokenSourceOptions> = {}): TokenSource {
    const opower = {
      graphqlUrl: server.url,
      tokenUrl: server.url,
      utilityCode: 'smu',
      clientId: { value: clientId },
      clientSecret: { value: clientSecret },
    }
    source = createTokenSource({ settings: opower, now: () => time, random: () => 0, ...options })
    return source
  }

  beforeEach(async () => {
    time = 0
    server = await startTokenServer({ clientId, clientSecret })
  })
  afterEach(async () => {
    source.close()
    await server.close()
  })

  it('is asked for once, however many callers wait for the first one', async () => {
    start()
    const tokens = await Promise.all(Array.from({ length: 1_000 }, () => source.token()))
    expect(new Set(tokens).size).toBe(1)
    expect(server.calls).toHaveLength(1)
  })
})
