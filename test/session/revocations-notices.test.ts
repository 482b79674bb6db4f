import { beforeEach, describe, expect, it } from '@jest/globals'
import type { Notice, Notices } from '../../src/session/revocations-notices.js'
import { createNotices, readNotice, writeNotice } from '../../src/session/revocations-notices.js'
import type { Session } from '../../src/session/session.js'
import { sessionOf } from '../accounts/test-directory.js'

const issuer = 'https://issuer.example'
const keepMs = 1_000
let now: number
let notices: Notices
beforeEach(() => {
  now = 10_000
  notices = createNotices({ keepMs, now: () => now })
})

const withdrawal = (about: Notice['about'], more: Partial<Notice> = {}): Notice => ({ ...notices.create('withdrawal', about), ...more })
const purge = (about: Notice['about'], more: Partial<Notice> = {}): Notice => ({ ...notices.create('purge', about), ...more })
const issued = (seconds: unknown, more: Partial<Session> = {}) => sessionOf('alice', { claims: { iat: seconds }, ...more })
const alice = { issuer, sub: 'alice' }

describe('a notice', () => {
  it('is written and read, and whatever is not one is none', () => {
    for (const about of [alice, { issuer, sid: 's' }, { account: 'a' }, { account: 'a', tag: 't' }, { tag: 't' }, { all: true as const }]) {
      const notice = purge(about)
      expect(readNotice(writeNotice(notice))).toEqual(notice)
    }
    const good = { id: 'i', kind: 'purge', at: 1, about: { account: 'a' } }
    expect(readNotice(JSON.stringify(good))).toEqual(good)
    for (const bad of [
      { id: '' },
      { id: 'x'.repeat(65) },
      { kind: 'more' },
      { at: '1' },
      { about: {} },
      { about: { account: '' } },
      { about: { account: 'x'.repeat(501) } },
      { about: { all: false } },
      { about: { ...alice, account: 'a' } },
      { more: 1 },
    ])
      expect(readNotice(JSON.stringify({ ...good, ...bad }))).toBeUndefined()
    for (const text of ['', '{', 'null', '[]']) expect(readNotice(text)).toBeUndefined()
  })

  it('is of this moment, under a name of its own', () => {
    const [one, other] = [notices.create('purge', { all: true }), notices.create('purge', { all: true })]
    expect(one).toEqual({ id: expect.stringMatching(/^[\da-f-]{36}$/), kind: 'purge', at: 10_000, about: { all: true } })
    expect(one.id).not.toBe(other.id)
  })

  it('is new once, and not at all when it is as old as it would be kept', () => {
    const notice = withdrawal(alice)
    expect([notices.add(notice), notices.add(notice)]).toEqual([true, false])
    expect(notices.add(withdrawal(alice, { at: now - keepMs }))).toBe(false)
    expect(notices.add(withdrawal(alice, { at: now - keepMs + 1 }))).toBe(true)
  })

  it('waits until it stands in the store, and is missing wherever it is not among the others', () => {
    const [one, other] = [withdrawal(alice), purge({ account: 'a' })]
    notices.add(one)
    notices.add(other)
    expect(notices.unspread()).toEqual([one, other])
    notices.spread(one)
    expect(notices.unspread()).toEqual([other])
    expect(notices.missingIn([other])).toEqual([one])
    expect(notices.missingIn([])).toEqual([one, other])
    now += keepMs
    notices.add(withdrawal({ issuer, sub: 'bob' }))
    expect([notices.unspread().length, notices.missingIn([]).length]).toEqual([1, 1])
  })
})

describe('a session', () => {
  it('is withdrawn with its person, as one that acts and as one that is acted for, unless it is newer', () => {
    expect(notices.isRevoked(issued(1))).toBe(false)
    notices.add(withdrawal(alice))
    expect(
      [issued(9), issued(10), issued(11), issued('11'), issued(undefined), issued(Infinity)].map(session => notices.isRevoked(session)),
    ).toEqual([true, true, false, true, true, true])
    const by = (subject: Session['subject']) => notices.isRevoked(issued(9, { subject }))
    expect(by({ issuer, sub: 'bob', actor: 'alice' })).toBe(true)
    expect([
      by({ issuer, sub: 'bob', actor: 'carl' }),
      by({ issuer: 'https://other.example', sub: 'alice' }),
      by({ issuer, sub: 'bob' }),
    ]).toEqual([false, false, false])
  })

  it('is ended by its own name, however new it is', () => {
    notices.add(withdrawal({ issuer, sid: 's' }))
    const named = (sid: unknown, at = issuer) =>
      notices.isRevoked(sessionOf('alice', { subject: { issuer: at, sub: 'alice' }, claims: { sid, iat: 99 } }))
    expect([named('s'), named('t'), named(undefined), named('s', 'https://other.example')]).toEqual([true, false, false, false])
  })

  it('stands again once the withdrawal is older than any session can be', () => {
    notices.add(withdrawal(alice))
    now += keepMs - 1
    notices.add(purge({ all: true }))
    expect(notices.isRevoked(issued(9))).toBe(true)
    now += 1
    notices.add(purge({ tag: 't' }))
    expect(notices.isRevoked(issued(9))).toBe(false)
  })

  it('stays withdrawn by the latest of several withdrawals, in whatever order they are heard', () => {
    notices.add(withdrawal(alice, { at: 10_500 }))
    notices.add(withdrawal(alice, { at: 9_500 }))
    expect(notices.isRevoked(issued(10))).toBe(true)
    now = 11_000
    notices.add(purge({ all: true }))
    expect(notices.isRevoked(issued(10))).toBe(true)
  })

  it('stays withdrawn by a later withdrawal when an earlier one is over', () => {
    notices.add(withdrawal(alice, { at: 9_500 }))
    notices.add(withdrawal(alice, { at: 10_000 }))
    now = 10_500
    notices.add(purge({ all: true }))
    expect([notices.missingIn([]).length, notices.isRevoked(issued(9))]).toEqual([2, true])
  })

  it('is not withdrawn by what is only to be forgotten', () => {
    notices.add(purge({ account: 'a' }))
    expect([notices.isWithdrawn('a', issued(9)), notices.isRevoked(issued(9))]).toEqual([false, false])
  })
})

describe('an account', () => {
  it('is withdrawn from sessions as old as that, and no other is', () => {
    expect(notices.isWithdrawn('a', issued(9))).toBe(false)
    notices.add(withdrawal({ account: 'a' }))
    expect([notices.isWithdrawn('a', issued(9)), notices.isWithdrawn('a', issued(11)), notices.isWithdrawn('b', issued(9))]).toEqual([
      true,
      false,
      false,
    ])
    expect(notices.isRevoked(issued(9))).toBe(false)
  })
})

describe('the stamp of what is kept', () => {
  const stamps = () => ['a', 'b'].flatMap(account => [[], ['t'], ['u']].map(tags => notices.stampOf([account], tags)))
  /** Which of the six stamps a notice changes: account a by itself, under tag t, under tag u, and account b alike. */
  const changedBy = (about: Notice['about']) => {
    const before = stamps()
    notices.add(purge(about))
    return stamps()
      .map((stamp, at) => (stamp === before[at] ? 0 : 1))
      .join('')
  }

  it('changes with what is to be forgotten, and with nothing else', () => {
    expect(new Set(stamps())).toEqual(new Set(['']))
    expect(changedBy({ account: 'a' })).toBe('111000')
    expect(changedBy({ tag: 't' })).toBe('010010')
    expect(changedBy({ account: 'b', tag: 'u' })).toBe('000001')
    expect(changedBy({ all: true })).toBe('111111')
    expect(changedBy({ account: 'a' })).toBe('111000')
    expect(changedBy(alice)).toBe('000000')
    expect(notices.stampOf(['c'])).toBe(notices.stampOf([]))
  })

  it('is the same in whatever order the notices are heard, and tells accounts apart', () => {
    const heard = [purge({ account: 'a' }), purge({ account: 'a' }), purge({ account: 'b' })]
    const other = createNotices({ keepMs, now: () => now })
    for (const notice of heard) notices.add(notice)
    for (const notice of [...heard].reverse()) other.add(notice)
    expect(other.stampOf(['a', 'b'])).toBe(notices.stampOf(['a', 'b']))
    expect(new Set([notices.stampOf(['a']), notices.stampOf(['b']), notices.stampOf(['a', 'b'])]).size).toBe(3)
  })

  it('is as before once a notice is older than anything that is kept', () => {
    notices.add(purge({ account: 'a' }))
    now += keepMs
    notices.add(withdrawal(alice))
    expect(notices.stampOf(['a'])).toBe('')
  })
})
