import { describe, expect, it } from '@jest/globals'
import { accountOf, at, list, simulator } from './client.js'
import type { Answer } from './client.js'

const query = `query ($urns: [ID!], $t: TimeInterval, $r: ReadResolution) {
  billingAccountsConnection(byURNs: $urns) { edges { node { name serviceAgreementsConnection { edges { node {
    servicePointsConnection { edges { node { readStreams(timeInterval: $t, readResolution: $r) {
      netUsage { unit registerId reads { timeInterval measuredAmount { value unit } monetaryAmount { value currency } } }
      energyDelivered { reads { timeInterval } } energyReceived { reads { timeInterval } } demand { unit } powerFactor { unit }
    } } } } } } } } } } }`

const pointPath = [
  'data',
  'billingAccountsConnection',
  'edges',
  0,
  'node',
  'serviceAgreementsConnection',
  'edges',
  0,
  'node',
  'servicePointsConnection',
  'edges',
  0,
  'node',
] as const

async function readsOf(login: string, t: string | null, r: string): Promise<Answer> {
  await using opower = await simulator()
  const hub = await opower.hub()
  return await hub.ask(query, { urns: [accountOf(login).urn], t, r })
}

function netReads({ body }: Answer): readonly unknown[] {
  return list(body, ...pointPath, 'readStreams', 'netUsage', 0, 'reads')
}

describe('readStreams', () => {
  it('answers half-open windows whose start rounds up to the next read', async () => {
    const answer = await readsOf('alice', '2026-10-01T00:20:00Z/2026-10-01T03:00:00Z', 'HOUR')
    const intervals = netReads(answer).map(read => at(read, 'timeInterval'))
    expect(intervals).toEqual(['2026-10-01T01:00:00Z/2026-10-01T02:00:00Z', '2026-10-01T02:00:00Z/2026-10-01T03:00:00Z'])
    expect(netReads(await readsOf('alice', '2026-10-01T00:20:00Z/2026-10-01T00:50:00Z', 'HOUR'))).toEqual([])
  })

  it('serves exactly 720 absolute hours, and refuses one second more at its own place alone', async () => {
    expect(netReads(await readsOf('alice', '2026-10-01T00:00:00Z/2026-10-31T00:00:00Z', 'HOUR'))).toHaveLength(720)
    const { status, body } = await readsOf('alice', '2026-10-01T00:00:00Z/2026-10-31T00:00:01Z', 'HOUR')
    expect(status).toBe(200)
    expect(list(body, 'errors')).toEqual([
      {
        message: 'Provided range must be no more than 720 hours.',
        locations: expect.anything(),
        path: [...pointPath.slice(1), 'readStreams'],
        extensions: { classification: 'DataFetchingException' },
      },
    ])
    expect(at(body, ...pointPath, 'readStreams')).toBeNull()
    expect(at(body, 'data', 'billingAccountsConnection', 'edges', 0, 'node', 'name')).toContain('Alice')
  })

  it('takes thirty local days across the autumn clock change for 721 hours', async () => {
    const { body } = await readsOf('alice', '2025-10-20T00:00:00-04:00/2025-11-19T00:00:00-05:00', 'HOUR')
    expect(at(body, 'errors', 0, 'message')).toBe('Provided range must be no more than 720 hours.')
  })

  it('refuses more than 365 days of days', async () => {
    const answer = await readsOf('alice', '2025-01-01T00:00:00-05:00/2026-01-01T00:00:00-05:00', 'DAY')
    expect(netReads(answer)).toHaveLength(365)
    const { body } = await readsOf('alice', '2025-01-01T00:00:00-05:00/2026-01-02T00:00:00-05:00', 'DAY')
    expect(at(body, 'errors', 0, 'message')).toBe('Provided range must be no more than 365 days.')
  })

  it('gives empty lists for a resolution that a point lacks and for times without reads', async () => {
    await using opower = await simulator()
    const hub = await opower.hub()
    const hours = await hub.ask(query, { urns: [accountOf('bruno').urn], t: '2026-10-01T00:00:00Z/2026-10-02T00:00:00Z', r: 'HOUR' })
    const path = pointPath.map((key, place) => (place === 7 ? 1 : key))
    expect(at(hours.body, ...path, 'readStreams', 'netUsage')).toEqual([])
    const longAgo = await readsOf('alice', '2001-01-01T00:00:00Z/2001-01-02T00:00:00Z', 'HOUR')
    expect(at(longAgo.body, ...pointPath, 'readStreams', 'netUsage')).toEqual([])
    expect(at(longAgo.body, ...pointPath, 'readStreams', 'demand')).toEqual([])
    expect(at(longAgo.body, ...pointPath, 'readStreams', 'powerFactor')).toBeNull()
  })

  it.each([
    '2026-10-02T00:00:00Z/2026-10-01T00:00:00Z',
    '2026-10-01T00:00:00/2026-10-02T00:00:00',
    '2026-10-01T00:00:00Z/P30D',
    'yesterday',
  ])('does not take %s for an interval', async interval => {
    const { status, body } = await readsOf('alice', interval, 'HOUR')
    expect(status).toBe(200)
    expect(at(body, 'data')).toBeUndefined()
    expect(at(body, 'errors', 0, 'extensions', 'classification')).toBe('ValidationError')
  })

  it('answers the whole history of a point to anyone: each occupant left a canary in it', async () => {
    const [dora, emil] = [accountOf('dora'), accountOf('emil')]
    const before = await readsOf('emil', '2026-03-01T00:00:00Z/2026-03-08T00:00:00Z', 'HOUR')
    expect(before.text).toContain(dora.canaries.reads)
    expect(before.text).not.toContain(emil.canaries.reads)
    const since = await readsOf('dora', '2026-05-01T00:00:00Z/2026-05-08T00:00:00Z', 'QUARTER_HOUR')
    expect(since.text).toContain(emil.canaries.reads)
    expect(since.text).not.toContain(dora.canaries.reads)
    const empty = await readsOf('emil', '2026-04-02T00:00:00-04:00/2026-04-17T00:00:00-04:00', 'QUARTER_HOUR')
    expect(netReads(empty).length).toBeGreaterThan(1_000)
    for (const { canaries } of [dora, emil]) expect(empty.text).not.toContain(canaries.reads)
  })

  it('lets the registers of a solar home begin on different days', async () => {
    const { body } = await readsOf('sol', '2024-06-14T00:00:00-04:00/2024-06-17T00:00:00-04:00', 'HOUR')
    const streams = at(body, ...pointPath, 'readStreams')
    expect(list(streams, 'energyDelivered', 0, 'reads')).toHaveLength(72)
    expect(list(streams, 'energyReceived', 0, 'reads')).toHaveLength(48)
    expect(at(streams, 'netUsage')).toEqual([])
  })

  it('has 25 hours on the day the clock is set back, and one day of that length', async () => {
    const day = '2025-11-02T00:00:00-04:00/2025-11-03T00:00:00-05:00'
    expect(netReads(await readsOf('alice', day, 'HOUR'))).toHaveLength(25)
    expect(netReads(await readsOf('alice', day, 'DAY')).map(read => at(read, 'timeInterval'))).toEqual([
      '2025-11-02T04:00:00Z/2025-11-03T05:00:00Z',
    ])
  })
})
