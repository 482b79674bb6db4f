import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createScope } from '../../../src/accounts/scope.js'
import { isPlain, nameOf } from '../../../src/server/hit-path/asked.js'
import type { Replay } from '../../../src/server/hit-path/replays.js'
import { Replays } from '../../../src/server/hit-path/replays.js'
import { sessionOf, urnOf } from '../../accounts/test-directory.js'

const scopeOf = (sub: string, ...accounts: number[]) =>
  createScope(sessionOf(sub), { version: 'v1', grants: accounts.map(number => ({ urn: urnOf(number), role: 'holder' })) }, 0)
const request = (more: Partial<Pick<IncomingMessage, 'method' | 'url' | 'headers'>> = {}) =>
  ({ method: 'POST', url: '/graphql', headers: { 'content-type': 'application/json' }, ...more }) as IncomingMessage
const withHeader = (name: string, value: string) => request({ headers: { 'content-type': 'application/json', [name]: value } })
const get = (url: string, headers = {}) => request({ method: 'GET', url, headers })

describe('a request is plain', () => {
  it.each<[string, IncomingMessage]>([
    ['JSON by POST', request()],
    ['with a charset', request({ headers: { 'content-type': 'application/json; charset="UTF-8"' } })],
    ['with any accept', withHeader('accept', 'text/html')],
    ['a query by GET', get('/graphql?query={__typename}')],
  ])('%s', (_what, each) => expect(isPlain(each)).toBe(true))

  it.each<[string, IncomingMessage]>([
    ['another type', request({ headers: { 'content-type': 'text/plain' } })],
    ['no type', request({ headers: {} })],
    ['another charset', request({ headers: { 'content-type': 'application/json; charset=latin1' } })],
    ['a query string beside the body', request({ url: '/graphql?a' })],
    ['another method', request({ method: 'PUT' })],
    ['HEAD', request({ method: 'HEAD', url: '/graphql?query=x', headers: {} })],
    ['a compressed body', withHeader('content-encoding', 'gzip')],
    ['an idempotency key', withHeader('idempotency-key', 'k')],
    ['an endless accept', withHeader('accept', 'x'.repeat(1_025))],
    ['endless entities', withHeader('opower-selected-entities', 'x'.repeat(1_025))],
    ['a GET of nothing', get('/graphql')],
    ['a GET with a type', get('/graphql?query=x', { 'content-type': 'application/json' })],
    ['a GET with a body', get('/graphql?query=x', { 'content-length': '2' })],
    ['an endless GET', get(`/graphql?query=${'x'.repeat(9_000)}`)],
  ])('not with %s', (_what, each) => expect(isPlain(each)).toBe(false))
})

describe('the name of a request', () => {
  it('is the same exactly for the same person, accounts, method, text and headers', () => {
    const header = fc.option(fc.constantFrom('', '*/*', 'a', '=', 'undefined'), { nil: undefined })
    const parts = fc.record({
      sub: fc.constantFrom('alice', 'bruno'),
      accounts: fc.constantFrom([1], [1, 2], [2, 1]),
      isGet: fc.boolean(),
      text: fc.constantFrom('a', 'b', ''),
      accept: header,
      entities: header,
    })
    const spell = ({ sub, accounts, isGet, text, accept, entities }: typeof parts extends fc.Arbitrary<infer Parts> ? Parts : never) => {
      const headers = {
        ...(accept === undefined ? {} : { accept }),
        ...(entities === undefined ? {} : { 'opower-selected-entities': entities }),
      }
      const each = isGet ? get(`/graphql?${text}`, headers) : request({ headers })
      return nameOf(each, scopeOf(sub, ...accounts), Buffer.from(isGet ? '' : text))
    }
    fc.assert(
      fc.property(parts, parts, (one, other) => expect(spell(one) === spell(other)).toBe(JSON.stringify(one) === JSON.stringify(other))),
    )
  })

  it('has the person in it even where a household shares everything', () => {
    const [alice, hanna] = [scopeOf('alice', 1), scopeOf('hanna', 1)]
    expect(alice.key).toBe(hanna.key)
    expect(nameOf(request(), alice, Buffer.from('x'))).not.toBe(nameOf(request(), hanna, Buffer.from('x')))
  })
})

describe('what is found under a name', () => {
  const bytes = Buffer.from('{}')
  const replay: Replay = {
    fresh: { bytes: () => bytes },
    foundation: { stands: () => true },
    contentType: 'application/json; charset=utf-8',
    operation: {},
    about: { accounts: [], roles: [] },
  }

  it('are the bytes that the cache keeps, while all is as it was', () => {
    const replays = new Replays()
    replays.remember('n', replay)
    expect(replays.find('n')?.bytes).toBe(bytes)
    expect(replays.find('another')).toBeUndefined()
    replays.forget()
    expect(replays.find('n')).toBeUndefined()
  })

  it('is nothing once the answer is no longer fresh, or what it was judged by no longer stands', () => {
    let [isFresh, stands] = [true, true]
    const replays = new Replays({ now: () => 7 })
    const foundation = { stands: (now: number) => stands && now === 7 }
    replays.remember('n', { ...replay, fresh: { bytes: () => (isFresh ? bytes : undefined) }, foundation })
    const isFound = (): boolean => replays.find('n') !== undefined
    expect(isFound()).toBe(true)
    isFresh = false
    expect(isFound()).toBe(false)
    ;[isFresh, stands] = [true, false]
    expect(isFound()).toBe(false)
    stands = true
    expect(isFound()).toBe(true)
  })

  it('is the youngest of so many', () => {
    const replays = new Replays({ max: 2 })
    for (const name of ['1', '2', '3']) replays.remember(name, replay)
    expect(['1', '2', '3'].map(name => replays.find(name) !== undefined)).toEqual([false, true, true])
  })
})
