import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Stack } from '../support/stack.js'
import { startStack } from '../support/stack.js'

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})

const reads = '{ reads { timeInterval measuredAmount { value } } }'

/** Two windows of one point, as a front end that compares two days would ask. */
const twoDays = (name: string, alias: boolean): string => `query Compare_${name} {
  billingAccountByAuthContext {
    name
    serviceAgreements {
      servicePoints {
        ${alias ? `monday: readStreams(timeInterval: "2026-10-05T04:00:00Z/2026-10-06T04:00:00Z", readResolution: HOUR) { netUsage ${reads} }` : ''}
        tuesday: readStreams(timeInterval: "2026-10-06T04:00:00Z/2026-10-07T04:00:00Z", readResolution: HOUR) { netUsage ${reads} energyDelivered ${reads} }
      }
    }
  }
}`

describe('reads under several aliases, which the upstream mixes up', () => {
  it.each(['off', 'last', 'mixed'])('are each what they are alone (aliases bleed: %s)', async aliasBleed => {
    await stack.control('faults', { aliasBleed })
    const both = await stack.ask('alice', twoDays(aliasBleed, true))
    const alone = await stack.ask('alice', twoDays(aliasBleed, false))
    expect(both.errors).toBeUndefined()
    expect((await stack.calls()).filter(call => call.query.includes(`Compare_${aliasBleed}`))).toHaveLength(3)
    expect(pointOf(both.data)['tuesday']).toEqual(pointOf(alone.data)['tuesday'])
    expect(startsOf(both.data, 'monday')[0]).toBe('2026-10-05T04:00:00Z')
    expect(startsOf(both.data, 'tuesday')[0]).toBe('2026-10-06T04:00:00Z')
    expect(startsOf(both.data, 'monday')).toHaveLength(24)
    await stack.control('faults', {})
  })

  it('prove whose they are by an id that the customer selected, too', async () => {
    const window = (day: number): string => `timeInterval: "2026-10-0${day}T04:00:00Z/2026-10-0${day + 1}T04:00:00Z", readResolution: HOUR`
    const answer = await stack.ask(
      'sol',
      `{ billingAccountByAuthContext { serviceAgreements { uuid servicePoints { uuid
      a: readStreams(${window(5)}) { netUsage { unit } } b: readStreams(${window(6)}) { netUsage { unit } } } } } }`,
    )
    expect(answer.errors).toBeUndefined()
    expect(pointOf(answer.data)['b']?.netUsage).toEqual(pointOf(answer.data)['a']?.netUsage)
  })

  it('go upstream apart, and everything else in one call', async () => {
    await stack.ask('carmen', '{ viewer { login } billingAccountByAuthContext { serviceAgreements { uuid servicePoints { uuid } } } }')
    await stack.forgetCalls()
    const answer = await stack.ask(
      'carmen',
      `{
      a: billingAccountByAuthContext { bills(last: 1) { timeInterval } serviceAgreements { servicePoints {
        x: readStreams(timeInterval: "2026-10-05T04:00:00Z/2026-10-06T04:00:00Z", readResolution: HOUR) { netUsage { unit } }
        y: readStreams(timeInterval: "2026-10-05T04:00:00Z/2026-10-06T04:00:00Z", readResolution: HOUR) { netUsage { unit } }
        z: readStreams(timeInterval: "2026-10-06T04:00:00Z/2026-10-07T04:00:00Z", readResolution: HOUR) { netUsage { unit } }
      } } }
    }`,
    )
    expect(answer.errors).toBeUndefined()
    const queries = (await stack.calls()).map(call => call.query.match(/readStreams\(/g)?.length ?? 0)
    expect(queries.sort()).toEqual([1, 2])
  })
})

function pointOf(
  data: unknown,
): Record<string, { readonly netUsage: readonly { readonly reads: readonly { readonly timeInterval: string }[] }[] }> {
  const { billingAccountByAuthContext } = data as { billingAccountByAuthContext: { serviceAgreements: { servicePoints: never[] }[] } }
  return billingAccountByAuthContext.serviceAgreements[0]?.servicePoints[0] ?? {}
}

function startsOf(data: unknown, alias: string): readonly string[] {
  return pointOf(data)[alias]?.netUsage[0]?.reads.map(read => read.timeInterval.split('/')[0] ?? '') ?? []
}
