import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { PlainRequest } from '../support/plain-request.js'
import type { Stack } from '../support/stack.js'
import { accountOf, leaksIn, urnsOf } from './people.js'
import type { ShortWays } from './short-ways.js'
import { cases, inSeconds, kept, name, people, plainCase, startShortWays, whole } from './short-ways.js'

let ways: ShortWays
let stack: Stack
let { send, toRequest, observe, order, tokenOf, openCookie, bearers, state, issuer } = {} as ShortWays

beforeAll(async () => {
  // What is not answered from bytes goes the whole way here, so that the two can be told apart.
  ways = await startShortWays({ DIRECT_ROUTE: 'off' })
  ;({ stack, send, toRequest, observe, order, tokenOf, openCookie, bearers, state, issuer } = ways)
})
afterAll(() => ways.close())
beforeEach(async () => {
  state.mapping = { version: 'v1', urns: urnsOf }
  await stack.forgetCalls()
})

describe('an answer from bytes', () => {
  it('is in every respect the one that the whole way gives', async () => {
    let hits = 0
    await fc.assert(
      fc.asyncProperty(cases, async each => {
        const request = await toRequest(each)
        // Until it is known: asked of the source, then of the cache.
        for (const _time of [1, 2]) await send(request)
        const [short, long] = [await observe(request), await observe(whole(request))]
        expect(short.all).toEqual(long.all)
        if (short.isShort && !long.isShort) hits += 1
      }),
      // About a quarter of them goes the short way: enough that it is not by chance if ten do not.
      { numRuns: Number(process.env['HIT_PATH_RUNS'] ?? 120) },
    )
    expect(hits).toBeGreaterThan(10)
  }, 240_000)

  it.each(kept.map((question, index) => [index, question] as const))('is given to question %i of everybody', async (_index, question) => {
    for (const who of people) {
      const request = await toRequest(plainCase(who, question))
      const texts = new Set<string>()
      for (let tries = 0; tries < 3; tries += 1) texts.add((await send(request)).text)
      const { isShort, all } = await observe(request)
      texts.add(all.text)
      expect([isShort, texts.size, leaksIn(all.text, who)]).toEqual([true, 1, []])
    }
  })
})

/** A question of one person that was answered from bytes a moment ago. */
async function known(who: string, query = name, claims: Record<string, unknown> = {}): Promise<PlainRequest> {
  const token = await tokenOf(who, claims)
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const request = { method: 'POST', path: '/graphql', headers, body: JSON.stringify({ query }) }
  for (let tries = 0; tries < 3; tries += 1) await send(request)
  expect((await observe(request)).isShort).toBe(true)
  await stack.forgetCalls()
  return request
}

describe('nothing is answered from bytes', () => {
  it('to a session that was withdrawn, from that moment on', async () => {
    const request = await known('alice', name, { sid: 'withdrawn-session' })
    await order('revocations', { issuer, sid: 'withdrawn-session' })
    const { isShort, all } = await observe(request)
    expect([isShort, all.status]).toEqual([false, 401])
    expect(await stack.calls()).toEqual([])
  })

  it('once the token has expired', async () => {
    const request = await known('alice', 'query Expiring { billingAccountByAuthContext { name } }', { exp: inSeconds(2) })
    await new Promise(resolve => setTimeout(resolve, 2_100))
    const { isShort, all } = await observe(request)
    expect([isShort, all.status, all.text]).toEqual([false, 401, (await observe(whole(request))).all.text])
  })

  it('about an account that was withdrawn', async () => {
    const request = await known('dora', 'query Withdrawn { billingAccountsConnection { edges { node { urn } } } }')
    await order('revocations', { issuer, account: urnsOf('dora')[0] })
    const { isShort, all } = await observe(request)
    expect([isShort, all.text.includes(urnsOf('dora')[0] ?? '')]).toEqual([false, false])
  })

  it('of what was forgotten on a purge: it comes from the source again', async () => {
    const request = await known('emil', 'query Purged { billingAccountByAuthContext { name } }')
    await order('purge', { account: urnsOf('emil')[0] })
    expect((await observe(request)).isShort).toBe(false)
    expect((await stack.calls()).length).toBeGreaterThan(0)
  })

  it('to somebody else who sends the same bytes', async () => {
    const query = 'query Same { billingAccountsConnection { edges { node { name urn } } } }'
    const request = await known('alice', query)
    const other = { ...request, headers: { ...request.headers, authorization: `Bearer ${bearers.get('bruno')}` } }
    const { isShort, all } = await observe(other)
    expect([isShort, leaksIn(all.text, 'bruno')]).toEqual([false, []])
    expect(all.text).toContain(accountOf('bruno').name)
  })

  it('to a person whom the directory now grants something else', async () => {
    const request = await known('sol', 'query Changed { billingAccountsConnection { edges { node { urn } } } }')
    state.mapping = { version: 'v2', urns: () => urnsOf('iris') }
    // Whatever has the directory asked again shows the change.
    await order('purge', { account: urnsOf('sol')[0] })
    const { isShort, all } = await observe(request)
    expect([isShort, all.text.includes(urnsOf('iris')[0] ?? ''), leaksIn(all.text, 'iris')]).toEqual([false, true, []])
  })

  it('to a browser session that was ended', async () => {
    const cookie = await openCookie('fatima')
    const headers = { cookie, 'x-substation-csrf': '1', 'content-type': 'application/json' }
    const request = {
      method: 'POST',
      path: '/graphql',
      headers,
      body: JSON.stringify({ query: 'query Ended { billingAccountByAuthContext { name } }' }),
    }
    for (let tries = 0; tries < 3; tries += 1) await send(request)
    expect((await observe(request)).isShort).toBe(true)
    expect((await send({ method: 'DELETE', path: '/session', headers: { cookie, 'x-substation-csrf': '1' } })).status).toBe(204)
    const { isShort, all } = await observe(request)
    expect([isShort, all.status]).toEqual([false, 401])
  })
})

describe('a GET with the validator of the answer', () => {
  it('is answered 304 to whoever may have it, and judged like any other to everybody else', async () => {
    const headers = { authorization: `Bearer ${bearers.get('alice')}` }
    const request = {
      method: 'GET',
      path: `/graphql?${new URLSearchParams({ query: 'query Get { viewer { login } }' }).toString()}`,
      headers,
    }
    const { headers: first } = await send(request)
    const again = { ...request, headers: { ...headers, 'if-none-match': String(first.etag) } }
    const answers = [await send(again), await send(again), await send(whole(again))]
    for (const { status, bytes, headers: got } of answers)
      expect([status, bytes.length, got.etag, got['cache-control']]).toEqual([304, 0, first.etag, 'private, no-store'])
    expect((await send({ ...again, headers: { 'if-none-match': String(first.etag) } })).status).toBe(401)
    const other = await send({ ...again, headers: { ...again.headers, authorization: `Bearer ${bearers.get('bruno')}` } })
    expect([other.status, other.text]).toEqual([200, '{"data":{"viewer":{"login":"bruno"}}}'])
  })
})
