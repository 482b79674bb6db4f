import { Gauge, Registry } from 'prom-client'
import type { Quota } from './create-quota.js'
import { priorities } from './fair-queue.js'
import type { BreakerState } from './source-guard.js'

const breakerNumbers: Readonly<Record<BreakerState, number>> = { closed: 0, 'half-open': 1, open: 2 }

/**
 * What the governor knows, in Prometheus' text format and read at the moment it is asked for. Calls are those of all replicas where they
 * count together, else of this process.
 */
export function createQuotaMetrics(quota: Pick<Quota, 'breakers' | 'waiting' | 'budget'>): { text(): Promise<string> } {
  const registers = [new Registry()]
  new Gauge({
    name: 'substation_breaker_state',
    help: 'Whether calls to a source are made: 0 closed (made), 1 half-open (one tries), 2 open (none).',
    labelNames: ['source'],
    registers,
    collect() {
      for (const [source, state] of Object.entries(quota.breakers())) this.set({ source }, breakerNumbers[state])
    },
  })
  new Gauge({
    name: 'substation_queue_length',
    help: 'Calls that wait for their turn, by class.',
    labelNames: ['class'],
    registers,
    collect() {
      for (const each of priorities) this.set({ class: each }, quota.waiting(each))
    },
  })
  const budget = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  budget(
    'substation_quota_remaining',
    'Calls that may still be made this day (UTC), all replicas together.',
    () => quota.budget().remaining,
  )
  budget('substation_budget_spent', 'Calls of this day (UTC) so far, all replicas together.', () => quota.budget().spent)
  budget('substation_budget_forecast', 'Calls that this day will have had at its end, if it goes on as now.', () => quota.budget().forecast)
  budget(
    'substation_budget_pressure',
    'How sparing the gateway is: 0 as usual to 3, the day is nearly spent.',
    () => quota.budget().pressure,
  )
  const [registry] = registers
  return { text: async () => (await registry?.metrics()) ?? '' }
}
