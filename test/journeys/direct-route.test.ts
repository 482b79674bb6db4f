import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { PlainRequest } from '../support/plain-request.js'
import type { Stack } from '../support/stack.js'
import { leaksIn, urnsOf } from './people.js'
import type { Person, ShortWays } from './short-ways.js'
import { cases, kept, name, people, plainCase, plainCases, startShortWays, whole } from './short-ways.js'

let ways: ShortWays
let stack: Stack
let { send, toRequest, observe, order, tokenOf, state, issuer } = {} as ShortWays

beforeAll(async () => {
  // Answers from bytes would hide it from the second time on.
  ways = await startShortWays({ HIT_PATH: 'off' })
  ;({ stack, send, toRequest, observe, order, tokenOf, state, issuer } = ways)
})
afterAll(() => ways.close())
beforeEach(() => stack.forgetCalls())
afterEach(async () => {
  state.mapping = { version: 'v1', urns: urnsOf }
  await stack.control('faults', {})
})

/** Nothing is kept of anything: the next request has to be asked of the source, and who asks of the directory. */
const forget = () => order('purge', { all: true })

/** Whose document, session and accepted type are known; nothing is kept of its answer. */
async function known(who: Person, query = name, headers: Record<string, string> = {}): Promise<PlainRequest> {
  const plain = await toRequest(plainCase(who, { query }))
  const request = { ...plain, headers: { ...plain.headers, ...headers } }
  for (const _time of [1, 2]) await send(request)
  await forget()
  await stack.forgetCalls()
  return request
}

/** A cursor is sealed anew in each answer, and its validator is of the bytes. */
function withoutCursors({ text, seen, ...others }: Awaited<ReturnType<typeof observe>>['all']) {
  const plain = text.replace(/"(cursor|endCursor)":"[^"]+"/g, '"$1":"sealed"')
  const { etag, ...rest } = seen as Record<string, unknown>
  return { ...others, text: plain, seen: rest, etag: plain === text && text !== '' ? etag : typeof etag }
}

describe('an answer of the direct route', () => {
  it('is in every respect the one that the whole way gives, asked of the source or kept', async () => {
    let [asked, direct] = [0, 0]
    await fc.assert(
      fc.asyncProperty(fc.oneof(cases, cases, plainCases), fc.boolean(), async (each, isKept) => {
        const request = await toRequest(each)
        const observed = async (way: PlainRequest) => {
          await forget()
          if (isKept) await send(whole(request))
          return observe(way)
        }
        await send(whole(request))
        const [short, long] = [await observed(request), await observed(whole(request))]
        expect(withoutCursors(short.all)).toEqual(withoutCursors(long.all))
        if (!short.isShort || long.isShort) return
        direct += 1
        if (!isKept) asked += 1
      }),
      { numRuns: Number(process.env['DIRECT_ROUTE_RUNS'] ?? 60) },
    )
    expect([direct > 15, asked > 5]).toEqual([true, true])
  }, 240_000)

  it.each(kept.map((question, index) => [index, question] as const))('is given to question %i of everybody', async (_index, question) => {
    for (const who of people) {
      const request = await toRequest(plainCase(who, question))
      await send(request)
      const { isShort, all } = await observe(request)
      expect([isShort, all.status, leaksIn(all.text, who)]).toEqual([true, 200, []])
    }
  })
})

describe('what does not end well is told by the whole way', () => {
  /** What can be seen of a request whose source has a fault, and the calls that were made. */
  async function seen(request: PlainRequest, faults: object) {
    await forget()
    await stack.control('faults', faults)
    await stack.forgetCalls()
    const { isShort, all } = await observe(request)
    const noted = all.noted.map(({ err: _stack, upstreamCalls: _calls, ...line }: Record<string, unknown>) => line)
    const calls = (await stack.calls()).map(({ query, status }) => `${status} ${query}`)
    await stack.control('faults', {})
    return { isShort, calls, all: { status: all.status, seen: all.seen, text: all.text, noted } }
  }

  it.each<[string, object, number]>([
    // The governor may allow one repetition of these.
    ['a source that is down', { down: true }, 2],
    ['an error of its edge', { status: { code: 503, rate: 1 } }, 2],
    ['an answer that breaks off', { truncated: true }, 2],
    ['a root that is null', { nullRoot: { rate: 1 } }, 2],
    ['somebody else’s account', { foreign: ['node'] }, 1],
  ])('after %s, in the same words and with no call more', async (_what, faults, most) => {
    const request = await known('bruno', 'query Faulty { billingAccountByAuthContext { urn name bills(last: 2) { urn } } }')
    const [short, long] = [await seen(request, faults), await seen(whole(request), faults)]
    expect(short.all).toEqual(long.all)
    expect([short.isShort, short.all.text.includes('"errors"'), short.calls.length <= most]).toEqual([false, true, true])
    expect(new Set(short.calls)).toEqual(new Set(long.calls))
  })

  it('once the session was withdrawn while the source was asked: one call, nothing of the answer', async () => {
    const sid = 'withdrawn-on-the-way'
    const request = await known('alice', name, { authorization: `Bearer ${await tokenOf('alice', { sid })}` })
    await stack.control('faults', { slow: { rate: 1, ms: 400 } })
    const answer = observe(request)
    while ((await stack.calls()).length === 0) await new Promise(resolve => setTimeout(resolve, 10))
    await order('revocations', { issuer, sid })
    const { isShort, all } = await answer
    expect([isShort, all.status, all.text.includes('name')]).toEqual([false, 401, false])
    expect(await stack.calls()).toHaveLength(1)
  })

  it('once the directory grants something else: nothing is found, nothing of it leaves', async () => {
    const request = await known('nadia', 'query Changed { billingAccountsConnection { edges { node { urn } } } }')
    state.mapping = { version: 'v2', urns: () => urnsOf('iris') }
    await forget()
    const { all } = await observe(request)
    expect([all.text.includes(urnsOf('iris')[0] ?? ''), leaksIn(all.text, 'iris')]).toEqual([true, []])
  })
})

describe('somebody of whom the directory was not asked for a while', () => {
  it('is answered directly all the same', async () => {
    const request = await known('alice')
    await forget()
    expect(await observe(request)).toMatchObject({ isShort: true, all: { status: 200 } })
    expect(await stack.calls()).toHaveLength(1)
  })
})

describe('nothing is asked of the source', () => {
  it.each(['bearer of nobody', 'a foreign account', 'a document that is not known and not valid'])('for %s', async what => {
    const request = await known('alice', 'query Own($urn: ID) { billingAccountByAuthContext(selectedAccount: $urn) { name } }')
    const { query } = JSON.parse(request.body ?? '') as { query: string }
    const wrong: Record<string, PlainRequest> = {
      'bearer of nobody': { ...request, headers: { ...request.headers, authorization: 'Bearer x.y.z' } },
      'a foreign account': { ...request, body: JSON.stringify({ query, variables: { urn: urnsOf('bruno')[0] } }) },
      'a document that is not known and not valid': { ...request, body: JSON.stringify({ query: '{ everything }' }) },
    }
    const { isShort, all } = await observe(wrong[what] ?? request)
    expect([isShort, all.text.includes('"errors"')]).toEqual([false, true])
    expect(await stack.calls()).toEqual([])
  })
})

describe('somebody who leaves', () => {
  it('is recorded and logged as that, once, whichever way the request went', async () => {
    for (const way of [(request: PlainRequest) => request, whole]) {
      const request = way(await known('fatima', 'query Left { billingAccountByAuthContext { name } }'))
      await stack.control('faults', { slow: { rate: 1, ms: 300 } })
      const from = state.lines.length
      const leave = AbortSignal.timeout(100)
      await fetch(`${stack.gateway.url}/graphql`, {
        method: 'POST',
        headers: request.headers as Record<string, string>,
        body: request.body ?? '',
        signal: leave,
      }).catch(() => undefined)
      await new Promise(resolve => setTimeout(resolve, 500))
      const noted = state.lines.slice(from).filter(({ msg }) => msg === 'operation' || msg === 'request')
      expect(noted.map(({ msg, codes }) => [msg, codes]).sort()).toEqual([
        ['operation', ['ABORTED']],
        ['request', ['ABORTED']],
      ])
      await stack.control('faults', {})
    }
  })
})
