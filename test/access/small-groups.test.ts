import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { isFigure, isSmallGroup } from '../../src/plan/small-group.js'
import { opowerAccess } from '../../src/opower/access.js'
import type { Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'

const now = Date.parse('2026-11-10T17:00:00Z')
const details = `heatingType dwellingType percentWithSameHeatingType averageLivingArea { value } maxDistance { value } minBedrooms averageBedrooms`
const comparison = `timeInterval youUsage { value } averageOfAllNeighborsUsage { value } efficientNeighborsThresholdUsage { value }`
const query = `{ billingAccountByAuthContext {
  premisesConnection { edges { neighbors { details { ${details} } } gas: neighborComparisons(meterType: GAS) { ${comparison} } neighborComparisons { ${comparison} homes: numberOfNeighbors } } }
  bills(last: 1) { neighborComparison { ${comparison} } } } }`

interface Comparison {
  readonly youUsage: { readonly value: number }
  readonly averageOfAllNeighborsUsage: { readonly value: number } | null
  readonly efficientNeighborsThresholdUsage: { readonly value: number } | null
  readonly homes?: number | null
}

interface Account {
  readonly premisesConnection: {
    readonly edges: readonly [
      { readonly neighbors: { readonly details: Record<string, unknown> }; readonly neighborComparisons: readonly Comparison[] },
    ]
  }
  readonly bills: readonly [{ readonly neighborComparison: Comparison }]
}

async function ask(stack: Stack): Promise<{ account: Account; extensions: unknown; text: string }> {
  const { text, errors } = await stack.ask('alice', query)
  expect(errors).toBeUndefined()
  const { data, extensions } = JSON.parse(text) as { data: { billingAccountByAuthContext: Account }; extensions?: unknown }
  return { account: data.billingAccountByAuthContext, extensions, text }
}

function comparisonsOf({ premisesConnection, bills }: Account): readonly Comparison[] {
  return [...premisesConnection.edges[0].neighborComparisons, bills[0].neighborComparison]
}

describe('figures about neighbours', () => {
  let stack: Stack
  let strict: Stack
  beforeAll(async () => {
    stack = await startStack({ now: () => now })
    strict = await startStack({ now: () => now, env: { MIN_NEIGHBORS: '1000' } })
  })
  afterAll(async () => {
    await stack[Symbol.asyncDispose]()
    await strict[Symbol.asyncDispose]()
  })

  it('are told when enough homes stand behind them, and nothing is said of them', async () => {
    const { account, extensions, text } = await ask(stack)
    expect(extensions).toBeUndefined()
    expect(comparisonsOf(account).length).toBeGreaterThan(10)
    for (const each of comparisonsOf(account)) expect(each.averageOfAllNeighborsUsage?.value).toBeGreaterThan(0)
    expect(account.premisesConnection.edges[0].neighbors.details).toMatchObject({ minBedrooms: expect.any(Number) })
    expect(text).not.toContain('_gw')
  })

  it('are null for too small a group, whatever was selected, while the household’s own stay', async () => {
    const { account, extensions, text } = await ask(strict)
    for (const each of comparisonsOf(account)) {
      expect(each.youUsage.value).toBeGreaterThan(0)
      expect([each.averageOfAllNeighborsUsage, each.efficientNeighborsThresholdUsage, each.homes ?? null]).toEqual([null, null, null])
    }
    expect(account.premisesConnection.edges[0].neighbors.details).toEqual({
      heatingType: expect.any(String),
      dwellingType: expect.any(String),
      percentWithSameHeatingType: null,
      averageLivingArea: null,
      maxDistance: null,
      minBedrooms: null,
      averageBedrooms: null,
    })
    expect(extensions).toEqual({
      substation: { suppressed: expect.arrayContaining(['NeighborComparison.numberOfNeighbors', 'NeighborDetails.minBedrooms']) },
    })
    expect(text).not.toContain('_gw')
  })
})

describe('a group', () => {
  it('is small below the minimum, and when its size is not told', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 2, max: 50 }), (size, min) => {
        expect(isSmallGroup(size, min)).toBe(size < min)
      }),
    )
    for (const size of [undefined, null, '100', NaN, Infinity, {}, true]) expect(isSmallGroup(size, 10)).toBe(true)
  })

  it('keeps every figure about others from its own size on', () => {
    for (const rule of Object.values(opowerAccess.groups)) {
      expect(isFigure({ rule, key: 'size' }, { name: rule.size })).toBe(true)
      expect(isFigure({ rule, key: 'size' }, { name: 'youUsage' })).toBe(false)
    }
  })
})
