import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { readAccountUrn } from '../../src/accounts/account-urn.js'
import { urnOf } from './test-directory.js'

describe('an account URN', () => {
  it('is read as its utility code and its uuid', () => {
    expect(readAccountUrn(urnOf(1))).toEqual({ urn: urnOf(1), utilityCode: 'nved', uuid: '00000001-ba63-11ee-8a7b-0200170abcde' })
    expect(readAccountUrn(urnOf(1, 'pge'))?.utilityCode).toBe('pge')
  })

  const text = urnOf(0xabc)
  it.each([
    '',
    text.toUpperCase(),
    text.replace('0abc', '0ABC'),
    text.replace('nved', 'NVED'),
    text.replace('nved', 'ab'),
    text.replace('nved', 'abcde'),
    text.replace('nved', 'ab1'),
    text.replaceAll(':', '%3A'),
    text.replace('-', '%2D'),
    text.replace('a', 'а'),
    text.replace('0', '０'),
    text.replace('-', '‐'),
    text.replace('v1', 'v2'),
    text.replace('account', 'premise'),
    'urn:opower:customer:uuid:00000001-ba63-11ee-8a7b-0200170abcde',
    ` ${text}`,
    `${text} `,
    `${text}\n`,
    `${text}\0`,
    `x${text}`,
    `${text},${text}`,
    `["${text}"]`,
    text.slice(0, -1),
    `${text}0`,
    text.replaceAll('-', ''),
    text.replace(/uuid:.*/, 'uuid:*'),
  ])('is nothing else: %j', other => {
    expect(readAccountUrn(other)).toBeUndefined()
  })

  it('has one spelling: whatever is read is read unchanged', () => {
    const mutation = fc.tuple(fc.nat(text.length), fc.nat(3), fc.string({ unit: 'binary', maxLength: 3 }))
    fc.assert(
      fc.property(mutation, ([at, removed, added]) => {
        const other = text.slice(0, at) + added + text.slice(at + removed)
        const read = readAccountUrn(other)
        if (read !== undefined) expect(`urn:opower:v1:account:${read.utilityCode}:uuid:${read.uuid}`).toBe(other)
      }),
    )
  })
})
