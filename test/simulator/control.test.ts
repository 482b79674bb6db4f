import { describe, expect, it } from '@jest/globals'
import { at, list, simulator, tokenRequest } from './client.js'

const small = 'query Small($n: Int) { billingAccountsConnection(first: $n) { edges { node { billForecast { currentDateTime } } } } }'

describe('the control calls', () => {
  it('log what was received, oldest first, and forget it on request', async () => {
    await using opower = await simulator()
    const hub = await opower.hub()
    await hub.ask(small, { n: 4 }, { 'x-mark': 'here' })
    const { body } = await opower.control('GET', 'calls')
    expect(body).toMatchObject({ graphql: 1, token: 1 })
    const [token, call] = list(body, 'log')
    expect(token).toMatchObject({ kind: 'token', face: null, status: 200 })
    expect(call).toMatchObject({ kind: 'graphql', face: 'hub', query: small, variables: { n: 4 }, operationName: null, status: 200 })
    expect(at(call, 'headers', 'x-mark')).toBe('here')
    expect(at(call, 'at')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    await opower.control('DELETE', 'calls')
    expect((await opower.control('GET', 'calls')).body).toEqual({ graphql: 0, token: 0, log: [], limits: {} })
  })

  it('count refused calls too', async () => {
    await using opower = await simulator()
    await fetch(`${opower.url}/graphql`, { method: 'POST', body: '{"query":"{ __typename }"}' })
    await tokenRequest(opower.url, { body: '' })
    const { body } = await opower.control('GET', 'calls')
    expect(list(body, 'log').map(call => at(call, 'status'))).toEqual([401, 400])
  })

  it('freeze the clock of the data and free it again', async () => {
    await using opower = await simulator()
    const hub = await opower.hub()
    const now = async () =>
      at((await hub.ask(small, { n: 1 })).body, 'data', 'billingAccountsConnection', 'edges', 0, 'node', 'billForecast', 'currentDateTime')
    await opower.control('POST', 'clock', { now: '2026-02-03T12:00:00+01:00' })
    expect(await now()).toBe('2026-02-03T11:00:00Z')
    await opower.control('POST', 'clock', {})
    expect(await now()).toBe('2026-11-01T17:00:00Z')
  })

  it.each([
    ['faults', { dwon: true }],
    ['faults', { slow: { ms: -1 } }],
    ['faults', { status: { code: 502, rate: 2 } }],
    ['faults', { foreign: ['everywhere'] }],
    ['faults', ['down']],
    ['clock', { now: 'tomorrow' }],
    ['credentials', { clientId: 'one' }],
    ['edge-tokens', { login: 'nobody' }],
  ])('refuse a wrong value for %s with a reason, and change nothing: %j', async (path, value) => {
    await using opower = await simulator()
    await opower.control('POST', 'faults', { outsideRange: 'error' })
    const before = await opower.control('GET', 'faults')
    expect(await opower.control('POST', path, value)).toMatchObject({ status: 400, body: { error: expect.stringMatching(/.{5}/) } })
    expect((await opower.control('GET', 'faults')).text).toBe(before.text)
  })

  it('answer 404 to names that they do not know', async () => {
    await using opower = await simulator()
    expect((await opower.control('POST', 'fault')).status).toBe(404)
  })
})
