import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'
import { accountOf, accountsOf, nobodysUuid } from './people.js'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})
beforeEach(() => stack.forgetCalls())

const [home, shop] = accountsOf('carmen')
const customerOf = (account: typeof home): string => account?.customers[0]?.urn ?? ''
const entityOf = (account: typeof home): string => `urn:external:opower:entity:id:${account?.utilityId}`

describe('the entities header', () => {
  it.each([
    ['a customer URN in a list', JSON.stringify([customerOf(shop)])],
    ['a bare customer URN', customerOf(shop)],
    ['an external entity', entityOf(shop)],
    ['a session account', `urn:session:account:${shop?.utilityId}`],
    [
      'a session account beside its provider',
      JSON.stringify(['urn:session:account:provider:nved', `urn:session:account:${shop?.utilityId}`]),
    ],
    ['an account URN', shop?.urn ?? ''],
    ['several names of one account', JSON.stringify([shop?.urn, customerOf(shop), entityOf(shop)])],
  ])('chooses an account of one’s own by %s', async (_what, header) => {
    const answer = await ask('carmen', header)
    expect(answer.data).toEqual({ billingAccountByAuthContext: { urn: shop?.urn } })
  })

  it.each([
    ['a stranger’s customer URN', JSON.stringify([customerOf(accountOf('bruno'))])],
    ['a stranger’s entity', entityOf(accountOf('bruno'))],
    ['a stranger’s account URN', accountOf('bruno').urn],
    ['a stranger’s beside one’s own', JSON.stringify([customerOf(home), customerOf(accountOf('bruno'))])],
    ['two accounts of one’s own that contradict', JSON.stringify([home?.urn, shop?.urn])],
    ['one’s own in upper case', shop?.urn.toUpperCase() ?? ''],
    ['a utility id without its zeros or more', `urn:external:opower:entity:id:0${shop?.utilityId}`],
    ['text that is no list', '["urn:opower'],
    ['a list in a list', JSON.stringify([[shop?.urn]])],
    ['a number in a list', '[1]'],
    ['a wildcard', '*'],
  ])('naming %s is refused like one that names nobody', async (_what, header) => {
    const unknown = await ask('carmen', `urn:opower:customer:uuid:${nobodysUuid}`)
    const refused = await ask('carmen', header)
    expect([refused.status, refused.text]).toEqual([403, unknown.text])
    expect(refused.errors?.[0]?.extensions.code).toBe('ACCOUNT_NOT_IN_SCOPE')
    for (const call of await stack.calls())
      expect(JSON.stringify(call)).not.toMatch(new RegExp(`${accountOf('bruno').uuid}|${customerOf(accountOf('bruno'))}`))
  })

  it('keeps the answers for two accounts apart in the cache', async () => {
    for (const account of [home, shop, home, shop]) {
      expect((await ask('carmen', account?.urn ?? '')).data).toEqual({ billingAccountByAuthContext: { urn: account?.urn } })
    }
  })

  it('says nothing for somebody without any account', async () => {
    const answer = await ask('nadia', accountOf('bruno').urn)
    expect([answer.data, await stack.calls()]).toEqual([{ billingAccountByAuthContext: null }, []])
  })

  function ask(login: string, header: string) {
    return stack.ask(login, '{ billingAccountByAuthContext { urn } }', { 'opower-selected-entities': header })
  }
})

it('nothing that a caller sends goes upstream: only harmless headers and the utility’s own token do', async () => {
  const bearer = await stack.tokenOf('alice')
  const sent = {
    cookie: 'session=secret-of-a-cookie',
    'opower-selected-entities': accountOf('alice').urn,
    forwarded: 'for=192.0.2.7',
    'x-forwarded-for': '192.0.2.7',
    'x-forwarded-host': 'elsewhere.example',
    'x-forwarded-proto': 'https',
    'x-real-ip': '192.0.2.7',
    'x-original-url': '/admin',
    'proxy-authorization': 'Basic c2VjcmV0',
    'x-api-key': 'secret-of-a-key',
    'x-request-id': 'caller-chosen-id',
    'x-custom': 'secret-of-a-header',
    origin: 'https://elsewhere.example',
    referer: 'https://elsewhere.example/private',
    'accept-language': 'de',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  }
  const answer = await stack.ask('alice', '{ billingAccountByAuthContext { name bills(last: 1) { timeInterval } } }', sent)
  expect(answer.errors).toBeUndefined()
  const calls = await stack.calls()
  expect(calls.length).toBeGreaterThan(0)
  const expected = [
    'accept',
    'accept-encoding',
    'accept-language',
    'authorization',
    'connection',
    'content-length',
    'content-type',
    'host',
    'sec-fetch-mode',
    'user-agent',
    'x-request-id',
  ]
  for (const { headers } of calls) {
    expect(Object.keys(headers).filter(name => !expected.includes(name))).toEqual([])
    expect(headers['authorization']).toMatch(/^Bearer [0-9a-f-]{36}$/)
    expect(JSON.stringify(headers)).not.toMatch(/secret|192\.0\.2\.7|elsewhere|"de"|urn:/)
    expect(JSON.stringify(headers)).not.toContain(bearer)
  }
})
