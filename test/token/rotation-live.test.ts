import { describe, expect, it } from '@jest/globals'
import { realScenarios } from '../../bench/token/scenarios.js'
import { startOpowerEndpoint } from '../../bench/token/servers.js'

describe('rotating the secret under two hundred requests a second', () => {
  const rotations = realScenarios.filter(({ name }) => name.startsWith('secret rotated'))

  it.each(rotations)(
    'fails none: $name',
    async scenario => {
      await using endpoint = await startOpowerEndpoint()
      const { requests, failed, given } = await scenario.run('ours', endpoint)
      expect(requests).toBeGreaterThan(200)
      expect(failed).toBe(0)
      // By the older pair; by the newer one as soon as it was there; once more after the revocation, unless that came first.
      expect(given).toBeGreaterThanOrEqual(2)
      expect(given).toBeLessThanOrEqual(3)
    },
    60_000,
  )
})
