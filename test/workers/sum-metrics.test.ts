import { describe, expect, it } from '@jest/globals'
import { createMetrics } from '../../src/server/metrics.js'
import { sumMetrics } from '../../src/workers/sum-metrics.js'

describe('the figures of several processes', () => {
  async function text(act: (metrics: ReturnType<typeof createMetrics>) => void): Promise<string> {
    const metrics = createMetrics({ ofProcess: false })
    act(metrics)
    return metrics.text()
  }

  it('are one text: counters and histograms summed, each family described once', async () => {
    const one = await text(metrics => (metrics.requestAnswered('OK'), metrics.queueWaited(0.01)))
    const two = await text(metrics => (metrics.requestAnswered('OK'), metrics.requestAnswered('INTERNAL'), metrics.queueWaited(9)))
    const sum = sumMetrics([one, two])
    expect(sum).toContain('substation_requests_total{code="OK"} 2\n')
    expect(sum).toContain('substation_requests_total{code="INTERNAL"} 1\n')
    expect(sum).toContain('substation_queue_wait_seconds_bucket{le="0.025"} 1\n')
    expect(sum).toContain('substation_queue_wait_seconds_count 2\n')
    expect(sum.match(/^# HELP substation_requests_total /gm)).toHaveLength(1)
  })

  it('of one process are what it says', async () => {
    const alone = await text(metrics => metrics.requestAnswered('OK'))
    const samples = (all: string) => all.split('\n').filter(line => line !== '' && !line.startsWith('#'))
    expect(samples(sumMetrics([alone]))).toEqual(samples(alone))
  })

  it('know the age of the token from the process that has one', async () => {
    const [with7, without] = [
      await text(metrics => metrics.readToken(() => ({ ageSeconds: 7, secondsToRefresh: 2_700 }))),
      await text(() => undefined),
    ]
    for (const order of [
      [with7, without],
      [without, with7],
    ])
      expect(sumMetrics(order)).toContain('substation_token_age_seconds 7\n')
  })

  it('of what all know alike count once: the fewest calls left, the most spent', () => {
    const told = (remaining: number, spent: number): string =>
      `# HELP substation_quota_remaining x\nsubstation_quota_remaining{utility="nved"} ${remaining}\n\n` +
      `# HELP substation_budget_spent x\nsubstation_budget_spent{utility="nved"} ${spent}\n\n`
    const sum = sumMetrics([told(90, 10), told(88, 12)])
    expect(sum).toContain('substation_quota_remaining{utility="nved"} 88\n')
    expect(sum).toContain('substation_budget_spent{utility="nved"} 12\n')
  })
})
