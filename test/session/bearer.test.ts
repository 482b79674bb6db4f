import { describe, expect, it } from '@jest/globals'
import { GatewayError } from '../../src/errors.js'
import { maxBearerLength, readBearer } from '../../src/session/bearer.js'

function refusalOf(header: string | null): GatewayError {
  try {
    readBearer(header)
  } catch (error) {
    if (error instanceof GatewayError) return error
  }
  throw new Error('it was not refused')
}

describe('an Authorization header', () => {
  it.each(['Bearer abc.def-_~+/==', 'bearer abc.def-_~+/==', 'BEARER   abc.def-_~+/=='])('gives its token: %s', header => {
    expect(readBearer(header)).toBe('abc.def-_~+/==')
  })

  it.each([null, ''])('that is absent is challenged without an error code', header => {
    const error = refusalOf(header)
    expect(error.code).toBe('UNAUTHENTICATED')
    expect(error.extensions).toMatchObject({ http: { status: 401, headers: { 'www-authenticate': 'Bearer realm="substation"' } } })
  })

  it.each([
    'Basic YTpi',
    'Bearer',
    'Bearer ',
    'abc',
    'Bearer a b',
    'Bearer a, Bearer b',
    'Bearer a\tb',
    'Bearer =a',
    'Bearer é',
    ' Bearer a',
    'Bearer a\n',
  ])('that is not one bearer token is refused: %j', header => {
    const error = refusalOf(header)
    expect([error.code, error.reason]).toEqual(['UNAUTHENTICATED', 'an Authorization header that is not one bearer token'])
    expect(error.extensions).toMatchObject({ http: { headers: { 'www-authenticate': expect.stringContaining('invalid_token') } } })
  })

  it('that is oversized is refused unread', () => {
    expect(readBearer(`Bearer ${'a'.repeat(maxBearerLength - 7)}`)).toHaveLength(maxBearerLength - 7)
    const { code, reason } = refusalOf(`Bearer ${'a'.repeat(maxBearerLength - 6)}`)
    expect([code, reason]).toEqual(['UNAUTHENTICATED', 'an oversized Authorization header'])
  })
})
