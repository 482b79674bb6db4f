import { mkdirSync, writeFileSync } from 'node:fs'
import type { Kind } from './client.js'
import type { Outcome, Scenario } from './scenarios.js'
import { coldStampede, realScenarios, virtualScenarios } from './scenarios.js'
import type { Endpoint } from './servers.js'
import { startMockServer, startOidcProvider, startOpowerEndpoint } from './servers.js'

interface Row {
  readonly name: string
  readonly ours: Outcome
  readonly naive: Outcome
}

const rows: Row[] = []
for (const start of [startOpowerEndpoint, startOidcProvider, startMockServer]) rows.push(await measure(coldStampede, start, true))
for (const scenario of [...virtualScenarios, ...realScenarios]) rows.push(await measure(scenario, startOpowerEndpoint, false))

mkdirSync('bench/results', { recursive: true })
writeFileSync('bench/results/token.json', `${JSON.stringify({ node: process.version, rows }, undefined, 2)}\n`)
process.stdout.write(`${tableOf(rows)}\n`)
process.exit(0)

/** Each client meets an endpoint of its own, so that neither finds what the other left. */
async function measure(scenario: Scenario, start: () => Promise<Endpoint>, isNamed: boolean): Promise<Row> {
  const run = async (kind: Kind): Promise<readonly [string, Outcome]> => {
    await using endpoint = await start()
    return [endpoint.name, await scenario.run(kind, endpoint)]
  }
  const [place, ours] = await run('ours')
  const [, naive] = await run('naive')
  return { name: isNamed ? `${scenario.name} (${place})` : scenario.name, ours, naive }
}

function tableOf(all: readonly Row[]): string {
  const head = ['what happens', 'requests', 'token calls', 'tokens given', 'refused (401)', 'failed requests', 'longest wait']
  const cells = all.map(({ name, ours, naive }) => [
    name,
    count(ours.requests),
    pair(ours.calls, naive.calls),
    pair(ours.given, naive.given),
    pair(ours.refusals, naive.refusals),
    pair(ours.failed, naive.failed),
    `**${wait(ours)}** / ${wait(naive)}`,
  ])
  return [head, head.map((_, index) => (index === 0 ? '---' : '--:')), ...cells].map(row => `| ${row.join(' | ')} |`).join('\n')
}

function pair(ours: number, naive: number): string {
  return `**${count(ours)}** / ${count(naive)}`
}

function count(number: number): string {
  return number.toLocaleString('en-US')
}

function wait({ longestWaitMs }: Outcome): string {
  return longestWaitMs < 10 ? '< 10 ms' : `${count(Math.round(longestWaitMs / 10) * 10)} ms`
}
