import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { isSignedToken } from '../../src/session/introspection.js'
import { population } from '../../simulator/population/population.js'
import type { Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'
import type { PeerIssuer, Wanted } from './peer-issuer.js'
import { startPeerIssuer } from './peer-issuer.js'

let peer: PeerIssuer
let stack: Stack

beforeAll(async () => {
  peer = await startPeerIssuer()
  stack = await startStack({ env: peer.env })
}, 240_000)

afterAll(async () => {
  await stack[Symbol.asyncDispose]()
  await peer[Symbol.asyncDispose]()
})

const query = '{ billingAccountsConnection { edges { node { urn } } } }'

async function ask(token: string) {
  await stack.forgetCalls()
  const answer = await stack.send({ query }, { authorization: `Bearer ${token}` })
  return { answer, calls: await stack.calls() }
}

function urnsOf(login: string): readonly string[] {
  return population.customers.find(customer => customer.login === login)?.accountUrns ?? []
}

describe('sessions of an issuer that somebody else wrote', () => {
  it.each(['jwt', 'opaque'] as const)('are good as %s access tokens, each for its own customer', async format => {
    for (const login of ['alice', 'carmen']) {
      const { access_token } = await peer.signIn(login, { format })
      expect(isSignedToken(access_token)).toBe(format === 'jwt')
      const { answer } = await ask(access_token)
      const edges = urnsOf(login).map(urn => ({ node: { urn } }))
      expect([answer.status, answer.data]).toEqual([200, { billingAccountsConnection: { edges } }])
    }
  })

  it('carry what RFC 9068 asks of them', async () => {
    const { access_token } = await peer.signIn('alice', { format: 'jwt' })
    expect(decodeProtectedHeader(access_token).typ).toBe('at+jwt')
    expect(decodeJwt(access_token)).toMatchObject({ aud: 'substation', sub: 'alice', client_id: 'front-end' })
  })

  const others: Record<string, () => Promise<string>> = {
    'an ID token': async () => (await peer.signIn('alice', { format: 'jwt' })).id_token,
    'a refresh token': async () => (await peer.signIn('alice', { format: 'opaque' })).refresh_token,
    'a signed token for another app': () => accessToken({ format: 'jwt', audience: 'another-app' }),
    'an opaque token for another app': () => accessToken({ format: 'opaque', audience: 'another-app' }),
    'an opaque token that was revoked': async () => {
      const token = await accessToken({ format: 'opaque' })
      await peer.revoke(token)
      return token
    },
    'an opaque token with one letter changed': async () =>
      (await accessToken({ format: 'opaque' })).replace(/.$/, last => (last === 'a' ? 'b' : 'a')),
    'a signed token with one letter changed': async () =>
      (await accessToken({ format: 'jwt' })).replace(/\.(.)/, (_, first) => (first === 'e' ? '.f' : '.e')),
  }

  async function accessToken(wanted: Wanted): Promise<string> {
    return (await peer.signIn('alice', wanted)).access_token
  }

  it.each(Object.keys(others))('are not %s: 401, and the upstream hears nothing', async name => {
    const { answer, calls } = await ask((await others[name]?.()) ?? '')
    expect([answer.status, answer.errors?.map(({ extensions }) => extensions.code), calls]).toEqual([401, ['UNAUTHENTICATED'], []])
  })
})
