// npm run bench:heap: whether the gateway grows. Idle, then five rounds of load and calm; the heap after each, all garbage collected.
// --only='aborts,cache full' --rounds=5
import { mkdir, writeFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { contenders } from '../contenders/index.mjs'
import { gatewayFlags } from '../../dist/simulator/demo/gateway-flags.js'
import { machine } from '../lib/machine.mjs'
import { answering, freePort, start, stop, stopAll } from '../lib/processes.mjs'
import { openStage } from '../lib/stage.mjs'
import { median } from '../lib/statistics.mjs'
import { situations } from './situations.mjs'

const { values } = parseArgs({ options: { only: { type: 'string' }, rounds: { type: 'string', default: '5' } } })
const names = values.only?.split(',') ?? Object.keys(situations)
const rounds = Number(values.rounds)
const calmMs = 1_500
/** A round may add so much on the average, once everything is warm: the first two rounds do not count. */
const limit = 0.01

const file = name => fileURLToPath(new URL(name, import.meta.url))
await mkdir(file('../results/tmp/'), { recursive: true })
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => (stopAll(), process.exit(1)))
process.once('exit', stopAll)
await writeFile(file('../results/tmp/admin.token'), 'heap-admin\n')

const results = []
for (const name of names) {
  const first = await observe(name, situations[name], rounds)
  // Code that V8 compiles late weighs as much as a small leak, but only once: who grows is observed again, for more than twice as long.
  const result = first.isGood ? first : await observe(name, situations[name], rounds * 2 + 2)
  results.push(result)
  const grown = `${(result.perRound * 100).toFixed(2)} % a round`
  console.log(
    `${name.padEnd(18)} idle ${mb(result.idle)}, then ${result.heaps.map(mb).join(', ')} MB   ${grown.padStart(16)}   ${verdictOf(result)}`,
  )
}
await writeFile(file('../results/heap.json'), `${JSON.stringify({ machine: machine(), rounds, limit, results }, null, 2)}\n`)
process.exit(results.every(({ isGood }) => isGood) ? 0 : 1)

async function observe(name, situation, rounds) {
  const stage = await openStage({ people: 1_020 })
  const [port, adminPort] = [await freePort(), await freePort()]
  const { env } = contenders.substation.start({ ...stage.common, port, adminPort })
  const child = start({
    name: 'heap-gateway',
    args: ['--expose-gc', ...gatewayFlags, '--import', file('report-heap.mjs'), file('../../dist/gateway/main.js')],
    env: {
      ...env,
      QUOTA_PER_SECOND: '1000',
      QUOTA_PER_DAY: '100000000',
      QUOTA_CUSTOMER_PER_MINUTE: '60000',
      ADMIN_TOKEN_FILE: file('../results/tmp/admin.token'),
      ...situation.env,
    },
    ipc: true,
  })
  const gateway = `http://127.0.0.1:${port}/graphql`
  await answering(gateway, child, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{ __typename }"}' })
  let next = 0
  const asked = { pages: 0, failed: 0 }
  const tools = {
    gateway,
    fault: faults => post(`${stage.simulator}/__sim/faults`, faults),
    purge: account => post(`http://127.0.0.1:${adminPort}/admin/purge`, { account }, { authorization: 'Bearer heap-admin' }),
    signal: name => child.kill(name),
    /** `isNew`: never the same again; else from the first customer on. */
    async ask({ isNew = false, ...work }) {
      const group = { first: 20, count: 1_000 }
      const result = await stage.load.run({ url: gateway, splits: true, group, from: isNew ? next : 0, within: 60_000, ...work })
      if (isNew) next = result.next
      asked.pages += result.pages + result.faultCount
      asked.failed += result.faultCount
      if (result.faultCount > 0) asked.fault ??= result.faults[0]
      return result
    },
  }
  await tools.ask({ op: 'accounts', count: 300 })
  await pause(calmMs)
  const idle = (await heapOf(child)).heapUsed
  await situation.before?.(tools)
  const seen = []
  for (let round = 0; round < rounds; round += 1) {
    await situation.round(tools)
    await pause(calmMs)
    seen.push(await heapOf(child))
  }
  await Promise.all([stop(child), stage.close()])
  // What is kept as bytes lies beside the heap.
  const heaps = seen.map(({ heapUsed, arrayBuffers }) => heapUsed + arrayBuffers)
  const perRound = slopeOf(heaps.slice(1)) / heaps[1]
  const isSteady = perRound < limit
  return {
    name,
    idle,
    heaps,
    rss: seen.map(({ rss }) => rss),
    external: seen.map(({ external }) => external),
    perRound,
    ...asked,
    isSteady,
    isGood: isSteady !== (situation.mustGrow === true) && asked.failed > 0 === (situation.fails === true),
  }
}

function heapOf(child) {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error('the gateway ended'))
    child.once('exit', ended)
    child.once('message', told => {
      child.off('exit', ended)
      resolve(told)
    })
    child.send('heap')
  })
}

async function post(url, body, headers = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
}

/** The median of the slopes between any two rounds: one round that was caught in the middle of something decides nothing. */
function slopeOf(values) {
  return median(values.flatMap((from, at) => values.slice(at + 1).map((to, further) => (to - from) / (further + 1))))
}

function verdictOf({ isSteady, isGood, pages, failed, fault = '' }) {
  return `${isSteady ? 'steady' : 'GROWS'}${isGood ? '' : ' (UNEXPECTED)'}; ${pages} asked, ${failed} failed ${isGood ? '' : fault}`
}

function mb(bytes) {
  return (bytes / 1e6).toFixed(1)
}
