import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { errorCodes } from '../../src/errors.js'
import { isQueryBody } from '../../src/opower/operation-kind.js'
import { isTokenRefusalBody, translateUpstreamError } from '../../src/opower/upstream-errors.js'

const canary = 'canary-account-0042'

describe('an error of Opower', () => {
  it.each([
    ['Provided range must be no more than 720 hours.', 'RANGE_NOT_AVAILABLE', 'The time range is too long: at most 720 hours at once.'],
    ['Provided range must be no more than 365 days.', 'RANGE_NOT_AVAILABLE', 'The time range is too long: at most 365 days at once.'],
    [
      `Exception while fetching data (/${canary}) : Provided range must be no more than 720 hours.`,
      'RANGE_NOT_AVAILABLE',
      'The time range is too long: at most 720 hours at once.',
    ],
    [`Provided range must be no more than ${canary}`, 'RANGE_NOT_AVAILABLE', errorCodes.RANGE_NOT_AVAILABLE.message],
    ['No data returned from API', 'UPSTREAM_UNAVAILABLE', errorCodes.UPSTREAM_UNAVAILABLE.message],
    [`No data returned from API. (${canary})`, 'UPSTREAM_UNAVAILABLE', errorCodes.UPSTREAM_UNAVAILABLE.message],
    [
      "Validation error (FieldUndefined@[a/b]) : Field 'x' in type 'Y' is undefined",
      'FIELD_NOT_AVAILABLE',
      errorCodes.FIELD_NOT_AVAILABLE.message,
    ],
    [`anything about ${canary}`, 'UPSTREAM_UNAVAILABLE', errorCodes.UPSTREAM_UNAVAILABLE.message],
  ])('%s becomes %s, in our words', (message, code, ours) => {
    expect(translateUpstreamError({ message, path: ['a', 0, 'b'] })).toEqual({ kind: 'fault', code, message: ours, path: ['a', 0, 'b'] })
  })

  it.each([
    ['DataFetchingException', 'UPSTREAM_UNAVAILABLE'],
    ['ValidationError', 'UPSTREAM_REFUSED'],
    ['InvalidSyntax', 'INTERNAL'],
    [undefined, 'UPSTREAM_UNAVAILABLE'],
  ])('classified as %s becomes %s', (classification, code) => {
    expect(translateUpstreamError({ message: canary, extensions: { classification } })).toMatchObject({ kind: 'fault', code })
  })

  it('loses a path that is not made of names and positions', () => {
    for (const path of [canary, [{ canary }], ['a', -1], ['a', 1.5], [`a ${canary}`], ['a'.repeat(200)], null]) {
      expect(translateUpstreamError({ message: 'x', path })).toMatchObject({ path: undefined })
    }
  })

  it('lets no text through, whatever the upstream says', () => {
    const texts = Object.values(errorCodes).map(({ message }) => message)
    fc.assert(
      fc.property(fc.anything(), fc.string(), fc.anything(), (error, message, extensions) => {
        for (const each of [error, { message, extensions }, { message: `${message} ${canary}`, path: [message] }]) {
          const translated = translateUpstreamError(each)
          if (translated.kind === 'fault') expect(texts).toContain(translated.message)
        }
      }),
    )
  })
})

describe('an answer about the token', () => {
  it.each([
    [{ error: 'invalid_token' }],
    [{ error: 'invalid token', error_description: 'jwtAuthority is not found.' }],
    [{ error: 'unauthorized', error_description: 'The access token expired' }],
    [{ errors: [{ message: 'x', extensions: { classification: 'UNAUTHORIZED' } }] }],
    [{ data: null, errors: [{ message: 'x', extensions: { code: 'UNAUTHENTICATED' } }] }],
    [{ data: null, errors: [{ message: canary }, { message: 'Invalid token' }] }],
  ])('is known: %j', body => {
    expect(isTokenRefusalBody(body)).toBe(true)
  })

  it.each([
    [{ error: 'no active accounts', error_description: 'There are no active accounts' }],
    [{ error: 'EMPTY_AUTHORIZED_CUSTOMERS_LIST' }],
    [{ data: { a: null }, errors: [{ message: 'invalid token' }] }],
    [{ data: null, errors: [{ message: 'No data returned from API' }] }],
    [{ data: null }],
    [{}],
    [null],
    ['invalid_token'],
    [undefined],
  ])('is not seen in another: %j', body => {
    expect(isTokenRefusalBody(body)).toBe(false)
  })
})

describe('a body that may be sent twice', () => {
  const both = 'query A { a } mutation B { b }'
  it.each([
    [{ query: '{ a }' }, true],
    [{ query: 'query A { a }' }, true],
    [{ query: both, operationName: 'A' }, true],
    [{ query: both, operationName: 'B' }, false],
    [{ query: both }, false],
    [{ query: '# query { a }\nmutation { b }' }, false],
    [{ query: 'mutation query { b }' }, false],
    [{ query: 'subscription { a }' }, false],
    [{ query: 'fragment F on A { a }' }, false],
    [{ query: 'nonsense {' }, false],
    [{ query: 5 }, false],
    [[{ query: '{ a }' }], false],
    [null, false],
  ])('runs a query and nothing else: %j is %p', (request, expected) => {
    expect(isQueryBody(JSON.stringify(request))).toBe(expected)
  })

  it('is a text', () => {
    expect([undefined, null, new Uint8Array(3), 'nonsense'].map(isQueryBody)).toEqual([false, false, false, false])
  })
})
