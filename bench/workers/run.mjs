// npm run bench:workers: hits of one process and of two workers, in turn, on all cores beside the load. What counts is the processor time of a
// request, all processes together: while it stays the same, requests a second grow with the cores.
import { mkdir } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { openStage } from '../lib/stage.mjs'
import { stopAll } from '../lib/processes.mjs'
import { printTable } from '../lib/report.mjs'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '2' } } })
await mkdir(new URL('../results/tmp/', import.meta.url), { recursive: true })
process.once('exit', stopAll)
const stage = await openStage({ people: 520 })
const running = await stage.startContenders(['workers-1', 'workers-2'], 'hit')
// The first time each worker learns for itself what the others know: only the second time is told.
for (const seconds of [3, Number(values.seconds)]) {
  const measured = await stage.measure(running, { op: 'bills', mode: 'hit', rounds: Number(values.rounds), seconds })
  if (seconds !== 3) printTable('bills, hit', measured)
}
await stage.stopContenders(running)
await stage.close()
process.exit()
