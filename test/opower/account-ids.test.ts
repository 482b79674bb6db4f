import { describe, expect, it } from '@jest/globals'
import type { Grant } from '../../src/accounts/grant.js'
import { createAccountIdCache } from '../../src/opower/account-id-source.js'
import { readAccountIds } from '../../src/opower/account-ids.js'

const urn = 'urn:opower:v1:account:nved:uuid:a'

/** One account with one agreement, as the service query answers it. */
function answer(edges: readonly string[], points: readonly (readonly [string, string | null])[]) {
  return {
    edges: [
      {
        node: {
          urn,
          mappedCustomers: [],
          premisesConnection: { edges: edges.map(uuid => ({ node: { uuid } })) },
          serviceAgreements: [
            {
              uuid: 'agreement',
              startDateTime: '2024-01-01T00:00:00Z',
              endDateTime: null,
              servicePoints: points.map(([uuid, premise]) => ({ uuid, premise: premise === null ? null : { uuid: premise } })),
            },
          ],
          active: [{ uuid: 'agreement' }],
        },
      },
    ],
  }
}

interface Told {
  readonly urn: string
  readonly premise: string
  readonly number?: string
  readonly point: string
  readonly since?: string
  readonly until?: string
}

/** What the service query answers of accounts with one premise and one point each, both lists alike. */
function told(...accounts: readonly Told[]) {
  const nodes = accounts.map(({ urn, premise, number = null, point, since = '2024-01-01T00:00:00Z', until = null }) => ({
    urn,
    mappedCustomers: [],
    premisesConnection: { edges: [{ node: { uuid: premise, utilityId: number } }] },
    serviceAgreements: [
      {
        uuid: `agreement-of-${urn}`,
        startDateTime: since,
        endDateTime: until,
        servicePoints: [{ uuid: point, premise: { uuid: premise } }],
      },
    ],
    active: until === null ? [{ uuid: `agreement-of-${urn}` }] : [],
  }))
  return { data: { _gwIds: { edges: nodes.map(node => ({ node })) } } }
}

function own(edges: readonly string[], points: readonly (readonly [string, string | null])[]) {
  const ids = readAccountIds(answer(edges, points), [urn]).get(urn)
  return [[...(ids?.premises.keys() ?? [])], [...(ids?.points.keys() ?? [])], ids?.isCertain]
}

describe('the ids of an account', () => {
  it('are those that premise edges and points agree upon', () => {
    expect(own(['home'], [['meter', 'home']])).toEqual([['home'], ['meter'], true])
    expect(own(['home', 'strange'], [['meter', 'home']])).toEqual([['home'], ['meter'], true])
  })

  it('do not hold a premise that the account’s own points do not know', () => {
    expect(own(['strange'], [['meter', 'home']])).toEqual([[], [], false])
  })

  it('do not hold a point at a premise that is no edge, even where there is no edge at all', () => {
    expect(own(['home'], [['strange', 'elsewhere']])).toEqual([[], [], false])
    expect(own([], [['strange', 'elsewhere']])).toEqual([[], [], false])
  })

  it('are taken from one list where the other says nothing', () => {
    expect(own([], [['meter', null]])).toEqual([[], ['meter'], true])
    expect(own(['home'], [['meter', null]])).toEqual([['home'], ['meter'], true])
    expect(own(['home'], [])).toEqual([['home'], [], true])
  })

  it('do not hold what an account that nobody asked for names as well, however well the two lists agree', () => {
    const [stranger] = answer(['strange'], [['meter', 'strange']]).edges
    const edges = [...answer(['strange'], [['meter', 'strange']]).edges, { node: { ...stranger?.node, urn: `${urn}-other` } }]
    const ids = readAccountIds({ edges }, [urn])
    const { premises, points, isCertain } = ids.get(urn) ?? {}
    expect([premises?.size, points?.size, isCertain]).toEqual([0, 0, false])
  })

  it('are not kept when they contradict each other: the next request asks anew', async () => {
    const answers = [answer(['strange'], [['meter', 'home']]), answer(['home'], [['meter', 'home']])]
    const cache = createAccountIdCache()
    const call = async () => ({ data: { _gwIds: answers.shift() } })
    expect([...((await cache.through(call, []).load([urn])).get(urn)?.points.keys() ?? [])]).toEqual([])
    expect(cache.through(call, []).known(urn)).toBeUndefined()
    expect([...((await cache.through(call, []).load([urn])).get(urn)?.points.keys() ?? [])]).toEqual(['meter'])
    expect(cache.through(call, []).known(urn)?.isCertain).toBe(true)
  })
})

describe('a premise and a point that both lists name, and that are somebody else’s', () => {
  const places = async (answers: unknown[], grants: readonly Grant[], cache = createAccountIdCache()) => {
    const ids = await cache.through(async () => answers.shift(), grants).load([urn])
    const { premises, points, agreements, isCertain } = ids.get(urn) ?? {}
    return [
      [...(premises?.keys() ?? [])],
      [...(points?.keys() ?? [])],
      [...(agreements?.values() ?? [])].flatMap(each => [...each]),
      isCertain,
    ]
  }
  const nothing = [[], [], [], false]
  const everything = [['home'], ['meter'], ['meter'], true]
  const mine = { urn, premise: 'home', number: '001', point: 'meter' }

  it('are not the account’s where its directory names other premises, and are asked for anew', async () => {
    const grant = { urn, role: 'holder', premises: ['002', '003'] } as const
    const cache = createAccountIdCache()
    expect(await places([told(mine)], [grant], cache)).toEqual(nothing)
    expect(await places([told({ ...mine, number: '003' })], [grant], cache)).toEqual(everything)
  })

  it.each([[['001']], [['000', '001']], [undefined]])('are the account’s where its directory says %j', async premises => {
    const grant = { urn, role: 'holder', ...(premises === undefined ? {} : { premises }) } as const
    expect(await places([told(mine)], [grant])).toEqual(everything)
  })

  it.each([undefined, '1', ' 001', '001 '])('are not vouched for by a number that is %j', async number => {
    const { number: _own, ...unnumbered } = mine
    const strange = number === undefined ? unnumbered : { ...mine, number }
    expect(await places([told(strange)], [{ urn, role: 'holder', premises: ['001'] }])).toEqual(nothing)
  })

  it('are judged by each grant for itself, whoever learned them', async () => {
    const cache = createAccountIdCache()
    await places([told(mine)], [{ urn, role: 'holder' }], cache)
    const others = cache.through(async () => undefined, [{ urn, role: 'third_party', premises: ['002'] }])
    expect(others.known(urn)?.points.size).toBe(0)
  })

  const theirs: Told = { urn: `${urn}-other`, premise: 'home', point: 'meter' }
  const after = async (other: Told, scope: readonly Grant[] = []) => {
    const cache = createAccountIdCache()
    await cache.through(async () => told(other), []).load([other.urn])
    return places([told(mine)], scope, cache)
  }

  it('are not the account’s while another one is known to hold the point at the same time', async () => {
    expect(await after(theirs)).toEqual(nothing)
    expect(await after({ ...theirs, since: '2019-01-01T00:00:00Z', until: '2024-03-01T00:00:00Z' })).toEqual(nothing)
  })

  it('are the account’s when the other one moved out, though it may have been noted some days late', async () => {
    expect(await after({ ...theirs, since: '2019-01-01T00:00:00Z', until: '2024-01-01T00:00:00Z' })).toEqual(everything)
    expect(await after({ ...theirs, since: '2019-01-01T00:00:00Z', until: '2024-01-20T00:00:00Z' })).toEqual(everything)
  })

  it('are the account’s where the other has another point at the same premise, or is the customer’s own too', async () => {
    expect(await after({ ...theirs, point: 'meter-2' })).toEqual(everything)
    const scope = [urn, theirs.urn].map(each => ({ urn: each, role: 'holder' }) as const)
    expect(await after(theirs, scope)).toEqual(everything)
  })

  it('measure nobody once the account itself was told otherwise', async () => {
    const cache = createAccountIdCache({ reloadAfterMs: 0 })
    const look = (other: Told) => cache.through(async () => told(other), []).reload([other.urn])
    await look(theirs)
    expect(await places([told(mine)], [], cache)).toEqual(nothing)
    await look({ ...theirs, point: 'meter-2', premise: 'home-2' })
    expect(await places([told(mine)], [], cache)).toEqual(everything)
  })
})
