import { describe, expect, it } from '@jest/globals'
import { coldStampede } from '../../bench/token/scenarios.js'
import { startMockServer, startOidcProvider, startOpowerEndpoint } from '../../bench/token/servers.js'
import { TokenFailure } from '../../src/token/token-failure.js'
import { createTokenSource } from '../../src/token/token-source.js'

describe.each([
  ['the simulator', startOpowerEndpoint],
  ['oidc-provider', startOidcProvider],
  ['oauth2-mock-server', startMockServer],
])('with the token endpoint of %s', (_name, start) => {
  it('a thousand cold requests cost one call', async () => {
    await using endpoint = await start()
    expect(await coldStampede.run('ours', endpoint)).toMatchObject({ requests: 1_000, failed: 0, calls: 1, given: 1 })
  })

  it('the token lives as long as the endpoint says', async () => {
    await using endpoint = await start()
    const source = createTokenSource({ settings: endpoint.settings })
    expect(await source.token()).toMatch(/^[\w.-]{20,}$/)
    expect(source.status()).toMatchObject({ state: 'ready', calls: { ok: 1 } })
    expect(source.status().secondsToExpiry).toBeGreaterThan(3_590)
    source.close()
  })
})

describe('with oidc-provider, which checks the client', () => {
  it('a wrong secret is told as such', async () => {
    await using endpoint = await startOidcProvider()
    const source = createTokenSource({ settings: { ...endpoint.settings, clientSecret: { value: 'wrong' } } })
    const refusal: unknown = await source.token().catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', reason: expect.any(TokenFailure) })
    expect(source.status().calls).toEqual({ invalid_client: 1 })
    source.close()
  })
})
