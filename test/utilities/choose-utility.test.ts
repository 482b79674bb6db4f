import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { GatewayError } from '../../src/errors.js'
import type { Choosable } from '../../src/server/choose-utility.js'
import { chooseUtility } from '../../src/server/choose-utility.js'
import { utilityCookies } from '../../src/server/utility-cookie.js'

const opaque = 'Bearer 8f14e45fceea167a5a36dedd4bea2543'
const ofOne = utility('onea', 'https://id.example', 'one')
const ofTwo = utility('twob', 'https://id.example', 'two')
const alsoTwo = utility('twoc', 'https://id.example', 'two')
const elsewhere = utility('else', 'https://id.other.example', 'one')
const all = [ofOne, ofTwo, alsoTwo, elsewhere]

function utility(code: string, issuer: string, audience: string): Choosable {
  return { code, session: { issuer, audience } }
}

function asking(each: Choosable): Choosable {
  const value = { value: 'x' }
  const introspection = { url: new URL('https://id.example/introspect'), clientId: value, clientSecret: value }
  return { ...each, session: { ...each.session, introspection } }
}

function token(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `Bearer ${part({ alg: 'ES256' })}.${part(claims)}.c2lnbmF0dXJl`
}

function chosen(headers: Record<string, string>, utilities: readonly Choosable[] = all): string | undefined {
  try {
    return chooseUtility(headers, utilityCookies('production')(headers['cookie']), utilities).code
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'UNAUTHENTICATED') return undefined
    throw error
  }
}

describe('the utility of a signed token', () => {
  it.each([
    ['by issuer and audience', { iss: 'https://id.example', aud: 'one' }, 'onea'],
    ['by one of several audiences', { iss: 'https://id.example', aud: ['x', 'one'] }, 'onea'],
    ['with one audience at two issuers', { iss: 'https://id.other.example', aud: 'one' }, 'else'],
    ['by the claim, where issuer and audience are common', { iss: 'https://id.example', aud: 'two', utility: 'twoc' }, 'twoc'],
    ['also where the claim names another one: that utility refuses', { iss: 'https://id.example', aud: 'one', utility: 'twob' }, 'onea'],
    ['not without the claim, where both are common', { iss: 'https://id.example', aud: 'two' }, undefined],
    ['not by a claim that names another', { iss: 'https://id.example', aud: 'two', utility: 'onea' }, undefined],
    ['not by the claim alone', { utility: 'onea' }, undefined],
    ['not by an issuer in another spelling', { iss: 'https://id.example/', aud: 'one' }, undefined],
  ])('is found %s', (_how, claims, code) => {
    expect(chosen({ authorization: token(claims) })).toBe(code)
  })

  it('is narrowed by x-substation-utility, which leads nowhere else', () => {
    const headers = { authorization: token({ iss: 'https://id.example', aud: 'two' }) }
    expect(chosen({ ...headers, 'x-substation-utility': 'twob' })).toBe('twob')
    expect(chosen({ ...headers, 'x-substation-utility': 'onea' })).toBeUndefined()
  })
})

describe('the utility of an opaque token', () => {
  it('is the one that asks about such tokens', () => {
    expect(chosen({ authorization: opaque }, [ofOne, asking(ofTwo), elsewhere])).toBe('twob')
  })

  it('is nobody where none asks: no token is shown to an issuer that did not make it', () => {
    expect(chosen({ authorization: opaque })).toBeUndefined()
  })

  it('has to be said where several ask', () => {
    const several = [asking(ofOne), asking(ofTwo), elsewhere]
    expect(chosen({ authorization: opaque }, several)).toBeUndefined()
    expect(chosen({ authorization: opaque, 'x-substation-utility': 'onea' }, several)).toBe('onea')
    expect(chosen({ authorization: opaque, 'x-substation-utility': 'else' }, several)).toBeUndefined()
  })
})

describe('the utility of a session cookie', () => {
  const id = 'a'.repeat(43)

  it('is the one that its value begins with', () => {
    expect(chosen({ cookie: `a=b; __Host-substation=twob.${id}` })).toBe('twob')
  })

  it('is nobody for a cookie of another name, which a page below the same domain may have set', () => {
    expect(chosen({ cookie: `substation=twob.${id}` })).toBeUndefined()
    expect(chosen({ cookie: `substation=twob.${id}; __Host-substation=onea.${id}` })).toBe('onea')
  })

  it('goes behind a token', () => {
    const authorization = token({ iss: 'https://id.example', aud: 'one' })
    expect(chosen({ authorization, cookie: `__Host-substation=twob.${id}` })).toBe('onea')
  })
})

describe('whatever a request says', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('https://id.example', 'one', 'two', 'onea', 'twob', ''))
  const value: fc.Arbitrary<unknown> = fc.oneof(text, fc.array(text, { maxLength: 3 }), fc.jsonValue())
  const claims = fc.record({ iss: value, aud: value, utility: value }, { requiredKeys: [] })

  it('at most one utility is chosen, and only one whose issuer and audience the token names', () => {
    fc.assert(
      fc.property(claims, fc.option(text, { nil: undefined }), (said, hint) => {
        const headers = { authorization: token(said), ...(hint === undefined ? {} : { 'x-substation-utility': hint }) }
        const found = all.find(({ code }) => code === chosen(headers))
        if (found === undefined) return true
        const { iss, aud } = JSON.parse(JSON.stringify(said)) as { iss?: unknown; aud?: unknown }
        return iss === found.session.issuer && [aud].flat().includes(found.session.audience) && (hint ?? found.code) === found.code
      }),
      { numRuns: 2_000 },
    )
  })

  it('is chosen for or refused with 401: nothing else comes of it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (authorization, cookie) => {
        chosen({ authorization: `Bearer ${authorization}` })
        chosen({ authorization })
        chosen({ cookie: `__Host-substation=${cookie}` })
      }),
      { numRuns: 1_000 },
    )
  })
})
