import { describe, expect, it } from '@jest/globals'
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
    expect([...((await cache.through(call).load([urn])).get(urn)?.points.keys() ?? [])]).toEqual([])
    expect(cache.through(call).known(urn)).toBeUndefined()
    expect([...((await cache.through(call).load([urn])).get(urn)?.points.keys() ?? [])]).toEqual(['meter'])
    expect(cache.through(call).known(urn)?.isCertain).toBe(true)
  })
})
