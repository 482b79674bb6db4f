import { setTimeout as pause } from 'node:timers/promises'
import { people } from './people.js'
import type { SetUp } from './setups.js'
import { createRandom } from './workload.js'

export interface Fairness {
  /** Jain's index of what each customer got as a part of the max-min fair share: 1 is fair, 1/n is one customer alone. */
  readonly index: number
  readonly customers: number
  readonly offeredPerSecond: number
  readonly servedPerSecond: number
  /** Of those who asked little: they lose nothing by the others' greed. */
  readonly modestServed: number
}

const [modest, greedy, times, seconds] = [20, 10, 5, 20]

/** Twice of what may be called is asked, a third of the customers asking five times as often as the rest; no cache can help. */
export async function measureFairness(setUp: SetUp, perSecond: number): Promise<Fairness> {
  const random = createRandom(7)
  const each = (2 * perSecond) / (modest + greedy * times)
  const demands = Array.from({ length: modest + greedy }, (_each, index) => (index < modest ? each : each * times))
  const results = await Promise.all(demands.map((rate, index) => askOften(setUp, index, rate, random)))
  const [asked, served] = [results.map(result => result.asked), results.map(result => result.served)]
  const fair = maxMinShares(asked, sum(served))
  const parts = served.map((count, index) => count / (fair[index] ?? 1))
  return {
    index: sum(parts) ** 2 / (parts.length * sum(parts.map(part => part ** 2))),
    customers: parts.length,
    offeredPerSecond: sum(asked) / seconds,
    servedPerSecond: sum(served) / seconds,
    modestServed: sum(served.slice(0, modest)) / sum(asked.slice(0, modest)),
  }
}

async function askOften(setUp: SetUp, index: number, rate: number, random: () => number): Promise<{ asked: number; served: number }> {
  const login = people[index]?.login ?? ''
  const answers: Promise<string>[] = []
  const until = performance.now() + seconds * 1_000
  for (let count = 0; ; count += 1) {
    await pause((-Math.log(1 - random()) / rate) * 1_000)
    if (performance.now() > until) break
    const query = `query Ask${index}x${count} { billingAccountByAuthContext { name utilityId } }`
    answers.push(setUp.ask(login, 1_000_000 + index, { query, variables: {} }))
  }
  const outcomes = await Promise.all(answers)
  return { asked: outcomes.length, served: outcomes.filter(each => each === 'fresh').length }
}

/** Everybody gets what they ask for, up to a common ceiling that makes it come out. */
function maxMinShares(demands: readonly number[], total: number): readonly number[] {
  let [low, high] = [0, Math.max(...demands)]
  for (let step = 0; step < 50; step += 1) {
    const middle = (low + high) / 2
    if (sum(demands.map(demand => Math.min(demand, middle))) > total) high = middle
    else low = middle
  }
  return demands.map(demand => Math.max(1e-9, Math.min(demand, low)))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0)
}
