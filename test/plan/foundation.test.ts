import { describe, expect, it } from '@jest/globals'
import type { AccountIds, AccountIdSource } from '../../src/accounts/account-ids.js'
import { WatchedIds } from '../../src/plan/foundation.js'
import { always } from '../../src/plan/interval.js'
import { isOwnKey } from '../../src/plan/own-key.js'
import { answering, joined } from './joined-graph.js'
import { ownIds, ownUrn, runPlan } from './run-plan.js'

/** A source of ids, and what everybody knows. */
function create(first: AccountIds = ownIds) {
  const world: { shared: AccountIds | undefined } = { shared: first }
  const source: AccountIdSource = {
    known: () => world.shared,
    load: async urns => new Map(urns.flatMap(urn => (world.shared === undefined ? [] : [[urn, world.shared] as const]))),
    reload: async urns => new Map(urns.flatMap(urn => (world.shared === undefined ? [] : [[urn, world.shared] as const]))),
    learn: each => void (world.shared = each.get(ownUrn)),
    shared: () => world.shared,
  }
  return { world, source, watched: new WatchedIds(source) }
}

describe('what an operation was judged by', () => {
  it('stands while the ids are the very ones that were told, however they were asked for', async () => {
    const ways = [
      async (ids: AccountIdSource) => void ids.known(ownUrn),
      async (ids: AccountIdSource) => void (await ids.load([ownUrn])),
      async (ids: AccountIdSource) => void (await ids.reload([ownUrn])),
    ]
    for (const ask of ways) {
      const { world, watched } = create()
      await ask(watched)
      const foundation = watched.foundation(10)
      expect([foundation.stands(10), foundation.stands(9), foundation.stands(1e15)]).toEqual([true, false, true])
      watched.learn(new Map([[ownUrn, { ...ownIds }]]))
      expect(world.shared).not.toBe(ownIds)
      expect(foundation.stands(10)).toBe(false)
    }
  })

  it('stands without any ids where none were told, and never where they were not known', () => {
    expect(create().watched.foundation(10).stands(10)).toBe(true)
    const { watched, world } = create()
    world.shared = undefined
    watched.known(ownUrn)
    expect(watched.foundation(10).stands(10)).toBe(false)
  })

  it('stands until the next moment at which a point or a premise begins or ends to be held', () => {
    const held = [
      { from: 5, until: 20 },
      { from: 30, until: Infinity },
    ]
    for (const more of [
      { points: new Map([['p', held]]) },
      {
        premises: new Map([
          ['p', [always]],
          ['q', held],
        ]),
      },
    ]) {
      const { watched } = create({ ...ownIds, ...more })
      watched.known(ownUrn)
      expect([watched.foundation(10).stands(19), watched.foundation(10).stands(20)]).toEqual([true, false])
      expect([watched.foundation(20).stands(29), watched.foundation(20).stands(30)]).toEqual([true, false])
      expect([watched.foundation(30).stands(1e15), watched.foundation(1).stands(5)]).toEqual([true, false])
    }
  })

  it('is one for all who were told the same, and another for whoever was told anything else', () => {
    const other = ownUrn.replace(/1$/, '7')
    const all = new Map<string, AccountIds | undefined>([
      [ownUrn, ownIds],
      [other, { ...ownIds, urn: other }],
    ])
    const source: AccountIdSource = { ...create().source, known: urn => all.get(urn), shared: urn => all.get(urn) }
    const told = (now: number, ...urns: string[]) => {
      const watched = new WatchedIds(source)
      urns.forEach(urn => watched.known(urn))
      return watched.foundation(now)
    }
    const both = told(10, ownUrn, other)
    expect(told(11, ownUrn, other)).toBe(both)
    expect(told(9, ownUrn, other).stands(9)).toBe(true)
    const one = told(10, ownUrn)
    all.set(other, undefined)
    expect([one.stands(10), both.stands(10), told(10, ownUrn, other).stands(10)]).toEqual([true, false, false])
    expect([told(10, ownUrn).stands(10), told(10, ownUrn, 'urn of nobody').stands(10)]).toEqual([true, false])
    expect([told(10), told(10).stands(10), told(10).stands(9)]).toEqual([told(11), true, false])
  })

  it('is nothing where ids are not shared with anybody', () => {
    const { shared: _shared, ...alone } = create().source
    const watched = new WatchedIds(alone)
    expect(watched.known(ownUrn)).toBe(ownIds)
    expect(watched.foundation(10).stands(10)).toBe(false)
  })
})

describe('the key of a join', () => {
  const where = {
    ...{ path: [], grant: { urn: ownUrn, role: 'holder' as const }, occupancy: undefined, interval: undefined, place: undefined },
    ...{ parent: '', connection: '', candidates: undefined, persons: new Set(['C1']) },
  }

  it('is anybody’s where it is public, and nobody’s where nothing is known', () => {
    expect(isOwnKey('public', 'anything', { ...where, ids: undefined })).toBe(true)
    for (const kind of ['account-number', 'utility-id', 'customer', 'agreement', 'point', 'premise', 'person', 'export-job'] as const)
      expect(isOwnKey(kind, 'undefined', { ...where, ids: undefined })).toBe(false)
    expect(isOwnKey('person', 'C1', { ...where, ids: ownIds })).toBe(false)
    expect([isOwnKey('account', ownUrn, { ...where, ids: undefined }), isOwnKey('account', 'urn', { ...where, ids: undefined })]).toEqual([
      true,
      false,
    ])
  })
})

describe('a row of several possible accounts', () => {
  const second = ownUrn.replace(/1$/, '7')
  const alsoKnown = [{ ...ownIds, urn: second, utilityId: '2', accountNumber: '2' }]

  it('is the one’s that it proves to be of, and shows what that one’s grant shows', async () => {
    const grants = [
      { urn: ownUrn, role: 'third_party' as const },
      { urn: second, role: 'holder' as const },
    ]
    const run = { query: '{ orders { id contact } }', grants, alsoKnown }
    const source = answering({
      data: {
        orders: [
          { _gwId: '1', id: 1, contact: 'a' },
          { _gwId: '2', id: 2, contact: 'b' },
        ],
      },
    })
    const { data } = await runPlan({ ...run, ...joined(run, source) })
    expect(data).toEqual({
      orders: [
        { id: 1, contact: null },
        { id: 2, contact: 'b' },
      ],
    })
  })

  it('may be told apart by the utility’s own number of the account', async () => {
    const run = { query: '{ meters { code } }', grants: [ownUrn, second].map(urn => ({ urn, role: 'holder' as const })), alsoKnown }
    const source = answering({
      data: {
        meters: [
          { _gwId: '2', code: 'b' },
          { _gwId: '3', code: 'CANARY' },
        ],
      },
    })
    const { data, faults } = await runPlan({ ...run, ...joined(run, source) })
    expect([data, faults.length]).toEqual([{ meters: [{ code: 'b' }, null] }, 1])
  })
})
