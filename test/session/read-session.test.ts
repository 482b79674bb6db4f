import { describe, expect, it } from '@jest/globals'
import { GatewayError } from '../../src/errors.js'
import { readSession } from '../../src/session/read-session.js'
import { subjectKey } from '../../src/session/session.js'

const issuer = 'https://issuer.example'
const good = { sub: 'customer-1', iat: 1_000, exp: 4_600 }
const read = (claims: object) => readSession({ ...good, ...claims }, issuer, 'nved')

function reasonOf(claims: object): unknown {
  try {
    read(claims)
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'UNAUTHENTICATED') return error.reason
  }
  throw new Error('it was not refused')
}

describe('verified claims', () => {
  it('are a session of their subject at their issuer', () => {
    const claims = { ...good, preferred_username: 'alice', utility: 'nved' }
    const subject = { issuer, sub: 'customer-1' }
    expect(read(claims)).toStrictEqual({ subject, login: 'alice', utilityCode: 'nved', expiresAt: 4_600, claims })
  })

  it.each([undefined, '', 7, null])('are named after the subject where the name to sign in with is %j', name => {
    expect(read({ preferred_username: name }).login).toBe('customer-1')
  })

  it('are of somebody who acts where they say so, with or without the issuer', () => {
    for (const act of [{ sub: 'agent' }, { sub: 'agent', iss: issuer }])
      expect(read({ act }).subject).toStrictEqual({ issuer, sub: 'customer-1', actor: 'agent' })
  })

  it.each<[string, object]>([
    ['the sub claim is not a text', { sub: undefined }],
    ['the sub claim is not a text', { sub: '' }],
    ['the sub claim is not a text', { sub: 7 }],
    ['the exp claim is not a number', { exp: undefined }],
    ['the exp claim is not a number', { exp: '4600' }],
    ['the exp claim is not a number', { exp: Infinity }],
    ['the token is for another utility', { utility: 'NVED' }],
    ['the token is for another utility', { utility: null }],
    ['the act claim names nobody', { act: null }],
    ['the act claim names nobody', { act: 'agent' }],
    ['the act claim names nobody', { act: {} }],
    ['the act claim names nobody', { act: { sub: '' } }],
    ['the act claim names an actor of another issuer', { act: { sub: 'agent', iss: 'https://elsewhere.example' } }],
    ['the act claim names an actor of another issuer', { act: { sub: 'agent', iss: null } }],
  ])('are refused because %s: %j', (reason, claims) => expect(reasonOf(claims)).toBe(reason))

  it('end a day after they were issued at the latest', () => {
    expect(read({ iat: 0, exp: 86_400 }).expiresAt).toBe(86_400)
    expect(read({ iat: 0, exp: 86_401 }).expiresAt).toBe(86_400)
    expect(read({ iat: 'then', exp: 86_401 }).expiresAt).toBe(86_401)
  })
})

describe('the key of a subject', () => {
  it('is another one for another issuer, subject or actor, and the same for the same', () => {
    const subjects = [
      { issuer: 'a', sub: 'b' },
      { issuer: 'b', sub: 'a' },
      { issuer: 'a', sub: 'b', actor: 'c' },
      { issuer: 'a', sub: 'b', actor: 'null' },
    ]
    expect(new Set(subjects.map(subjectKey)).size).toBe(4)
    expect(subjectKey({ sub: 'b', issuer: 'a' })).toBe(subjectKey({ issuer: 'a', sub: 'b' }))
  })
})
