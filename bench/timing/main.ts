import { mkdir, writeFile } from 'node:fs/promises'
import type { TimingCase } from './cases.js'
import { asker, casesOf } from './cases.js'
import type { Question, Servers } from './servers.js'
import { startServers } from './servers.js'
import type { Comparison } from './statistics.js'
import { compare, quantile, sorted } from './statistics.js'

/** Requests of each kind in each case. */
const requests = Number(process.argv[2] ?? 3_000)
const warmUp = 400

/** A difference is believed when chance alone would show it in one run of a hundred, all cases together. */
const level = 0.01

interface Result extends Comparison {
  readonly name: string
  readonly requests: number
  /** Medians, microseconds. */
  readonly first: number
  readonly second: number
  readonly sameBytes: boolean
  readonly verdict: 'not told apart' | 'TOLD APART' | 'told apart, as it should be' | 'NOT SEEN: the test is too weak'
}

await using servers = await startServers()
const cases = await casesOf(servers)
const results: Result[] = []
for (const each of cases) {
  const result = await measure(each, servers, level / cases.length)
  results.push(result)
  print(result)
}
await mkdir('bench/results', { recursive: true })
await writeFile('bench/results/timing.json', `${JSON.stringify({ node: process.version, asker, requests, level, results }, null, 2)}\n`)
const isGood = results.every(({ verdict }) => verdict === 'not told apart' || verdict === 'told apart, as it should be')
process.exitCode = isGood ? 0 : 1

async function measure(each: TimingCase, on: Servers, belief: number): Promise<Result> {
  const times: readonly [number[], number[]] = [[], []]
  const bytes = new Set<string>()
  for (let round = 0; round < requests + warmUp; round++) {
    // Which one goes first is drawn anew each time, so that neither gains from its place.
    const order = Math.random() < 0.5 ? ([0, 1] as const) : ([1, 0] as const)
    for (const kind of order) {
      const { us, status, text } = await on.ask(asker, drawn(kind === 0 ? each.first : each.second))
      bytes.add(`${status} ${text}`)
      if (round >= warmUp) times[kind].push(us)
    }
  }
  const comparison = compare(...times)
  const isDifferent = comparison.p < belief
  return {
    name: each.name,
    requests,
    first: quantile(sorted(times[0]), 0.5),
    second: quantile(sorted(times[1]), 0.5),
    sameBytes: bytes.size === 1,
    ...comparison,
    verdict:
      each.expectsDifference === true ? verdictOfControl(isDifferent) : isDifferent || bytes.size > 1 ? 'TOLD APART' : 'not told apart',
  }
}

function verdictOfControl(isDifferent: boolean): Result['verdict'] {
  return isDifferent ? 'told apart, as it should be' : 'NOT SEEN: the test is too weak'
}

function drawn(questions: readonly Question[]): Question {
  const question = questions[Math.floor(Math.random() * questions.length)]
  if (question === undefined) throw new TypeError('expected values for both kinds, but got none')
  return question
}

function print({ name, first, second, p, shift, uncertainty, verdict }: Result): void {
  const medians = `${first.toFixed(0)} / ${second.toFixed(0)} us`
  const effect = `${shift >= 0 ? '+' : ''}${shift.toFixed(1)} +- ${uncertainty.toFixed(1)} us`
  process.stdout.write(`${name.padEnd(26)} ${medians.padEnd(18)} ${effect.padEnd(22)} p = ${p.toFixed(4)}   ${verdict}\n`)
}
