import { describe, expect, it } from '@jest/globals'
import { first, second, simulator, tokenRequest } from './client.js'

const accounts = '{ billingAccountsConnection(first: 1) { edges { node { utilityCode } } } }'

describe('the token endpoint', () => {
  it('gives an opaque UUID in the shape of the real one', async () => {
    await using opower = await simulator()
    const response = await tokenRequest(opower.url)
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toEqual({
      client_id: first.clientId,
      access_token: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-/),
      token_type: 'BEARER',
      expires_in: 3599,
      scope: '',
    })
  })

  it.each([
    ['a wrong secret', { credential: { ...first, clientSecret: 'wrong' } }, 401, 'invalid_client'],
    ['another client id', { credential: { ...first, clientId: second.clientId } }, 401, 'invalid_client'],
    ['another grant', { body: 'grant_type=password' }, 400, 'unsupported_grant_type'],
    ['no grant', { body: '' }, 400, 'invalid_request'],
    ['a parameter twice', { body: 'grant_type=client_credentials&grant_type=client_credentials' }, 400, 'invalid_request'],
    ['a JSON body', { body: '{"grant_type":"client_credentials"}', type: 'application/json' }, 400, 'invalid_request'],
  ])('refuses %s with the error of RFC 6749', async (_, init, status, error) => {
    await using opower = await simulator()
    const response = await tokenRequest(opower.url, init)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ error })
    if (status === 401) expect(response.headers.get('www-authenticate')).toMatch(/^Basic /)
  })

  it('takes credentials that are form-encoded inside Basic', async () => {
    await using opower = await simulator()
    const escaped = (text: string) => text.replaceAll('-', '%2D')
    const credential = { clientId: escaped(first.clientId), clientSecret: escaped(first.clientSecret) }
    expect((await tokenRequest(opower.url, { credential })).status).toBe(200)
  })

  it('opens only the utility of the credential', async () => {
    await using opower = await simulator()
    expect((await (await opower.hub(second)).ask(accounts)).text).toContain('"rvgl"')
    expect((await (await opower.hub(first)).ask(accounts)).text).toContain('"nved"')
  })

  it('leaves older tokens alone, until the fault that ends them is set', async () => {
    await using opower = await simulator()
    const older = await opower.hub()
    await opower.token()
    expect((await older.ask(accounts)).status).toBe(200)
    await opower.control('POST', 'faults', { tokenEndpoint: { endsOlder: true } })
    await opower.token()
    expect((await older.ask(accounts)).status).toBe(401)
  })

  it('can be down, and can give tokens that end at once', async () => {
    await using opower = await simulator()
    await opower.control('POST', 'faults', { tokenEndpoint: { expiresIn: 0 } })
    expect(await (await opower.hub()).ask(accounts)).toMatchObject({ status: 401, body: { error: 'invalid_token' } })
    await opower.control('POST', 'faults', { tokenEndpoint: { down: true } })
    expect((await tokenRequest(opower.url)).status).toBe(503)
  })

  it('answers 401 to every token after they were revoked', async () => {
    await using opower = await simulator()
    const hub = await opower.hub()
    await opower.control('POST', 'tokens/revoke')
    expect(await hub.ask(accounts)).toMatchObject({ status: 401, body: { error: 'invalid_token' } })
  })

  it('re-issues credentials with and without an overlap', async () => {
    await using opower = await simulator()
    const newer = { clientId: 'new-client', clientSecret: 'new-secret' }
    await opower.control('POST', 'credentials', { ...newer, overlapSeconds: 60 })
    expect((await tokenRequest(opower.url)).status).toBe(200)
    expect((await tokenRequest(opower.url, { credential: newer })).status).toBe(200)
    await opower.control('POST', 'credentials', { clientId: 'newest', clientSecret: 'secret', overlapSeconds: 0 })
    expect((await tokenRequest(opower.url)).status).toBe(401)
    expect((await tokenRequest(opower.url, { credential: newer })).status).toBe(401)
    expect((await tokenRequest(opower.url, { credential: second })).status).toBe(200)
  })
})
