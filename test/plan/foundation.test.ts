import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { AccountIds, AccountIdSource } from '../../src/accounts/account-ids.js'
import { watchIds } from '../../src/plan/foundation.js'
import type { Period } from '../../src/plan/interval.js'

const now = 1_000

function idsOf(urn: string, ...periods: Period[]): AccountIds {
  const none = { utilityId: undefined, accountNumber: undefined, customers: new Set<string>(), agreements: new Map(), premises: new Map() }
  return { urn, ...none, points: new Map([['point', periods]]), isCertain: true }
}

/** What is known of each account, for everybody (`shared`) and for this request alone. */
function sourceOf(shared: Map<string, AccountIds>, own = shared): AccountIdSource {
  const known = (urn: string) => own.get(urn)
  const load = async (urns: readonly string[]) => new Map([...own].filter(([urn]) => urns.includes(urn)))
  return { known, shared: urn => shared.get(urn), load, reload: load, learn: () => undefined }
}

describe('what wall one judged by stands', () => {
  it('while the ids of every account that was asked for are the very same, and no longer', async () => {
    const known = new Map([idsOf('a'), idsOf('b')].map(ids => [ids.urn, ids]))
    const { ids, foundation } = watchIds(sourceOf(known))
    await ids.load(['a'])
    const foundationOfA = foundation(now)
    expect(foundationOfA.stands(now)).toBe(true)
    known.set('b', idsOf('b'))
    expect(foundationOfA.stands(now)).toBe(true)
    // The same in every word, but learned anew: it may differ in what is not compared here.
    known.set('a', idsOf('a'))
    expect(foundationOfA.stands(now)).toBe(false)
    known.delete('a')
    expect(foundationOfA.stands(now)).toBe(false)
  })

  it('never where an account was not known, or only to this one request', async () => {
    const missing = watchIds(sourceOf(new Map()))
    await missing.ids.load(['a'])
    expect(missing.foundation(now).stands(now)).toBe(false)
    const alone = watchIds(sourceOf(new Map(), new Map([['a', idsOf('a')]])))
    expect(alone.ids.known('a')).toBeDefined()
    expect(alone.foundation(now).stands(now)).toBe(false)
  })

  it('where nothing was asked for, whatever the time', () => {
    const { foundation } = watchIds(sourceOf(new Map()))
    expect([foundation(now).stands(now), foundation(now).stands(now + 1e12)]).toEqual([true, true])
  })

  it('until the next moment at which a stretch of any of them begins or ends', () => {
    const moments = fc.tuple(fc.nat(2_000), fc.nat(2_000)).map(([from, until]) => ({ from, until }))
    fc.assert(
      fc.property(fc.array(moments, { maxLength: 5 }), fc.nat(2_000), (periods, later) => {
        const { ids, foundation } = watchIds(sourceOf(new Map([['a', idsOf('a', ...periods)]])))
        ids.known('a')
        const isCrossed = periods.flatMap(({ from, until }) => [from, until]).some(at => at > now && at <= later)
        expect(foundation(now).stands(later)).toBe(later >= now && !isCrossed)
      }),
    )
  })
})
