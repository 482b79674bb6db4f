import { beginAt, turnTo } from './clock.js'
import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { people } from './people.js'
import { openCity } from './city.js'
import { measureFairness } from './fairness.js'
import { floorOf } from './floor.js'
import { runPeak, runTimed, viewsOfPeak } from './peak.js'
import { startRedis } from './redis.js'
import type { Disturbance, Replayed } from './replay.js'
import { replay, replayDisturbed } from './replay.js'
import type { Days } from './report.js'
import { printDays, printFaults, printPeak } from './report.js'
import type { Start } from './setups.js'
import { setUps } from './setups.js'
import { viewsOfDays, workload } from './workload.js'

const { values } = parseArgs({ options: { scale: { type: 'string', default: '500' }, seconds: { type: 'string', default: '45' } } })
const [scale, seconds] = [Number(values.scale), Number(values.seconds)]
const [full, hour] = [{ perSecond: 20, perDay: 100_000 }, 3_600_000]
/** What goes wrong takes an hour: more customers are there, so that enough of them see it. */
const faultScale = scale / 4
const scaled = { perSecond: 20, perDay: Math.round(full.perDay / scale) }
const startsAt = Date.parse(workload.startsAt)
beginAt(startsAt - hour)
// What libraries say at the start does not belong to the tables.
console.info = () => undefined

const redis = await startRedis()
const views = viewsOfDays(people, scale)
const floor = floorOf(views)
console.log(`${views.length} page views in ${workload.days} days of 1/${scale} of ${workload.population} customers`)

const days: Record<string, Days> = {}
for (const [name, start] of Object.entries(setUps)) {
  const limited = await replayDays(start, scaled)
  // Who is refused nothing has made every call that it wanted.
  const wanted = limited.shares.refused === 0 ? limited : await replayDays(start, { ...scaled, perDay: full.perDay })
  days[name] = { limited, wanted }
  console.log(`${name}: ${Math.round(wanted.callsPerThousandViews)} calls per 1,000 views`)
}
printDays(days, floor)

const faults = await runFaults()
turnTo(startsAt + (workload.days + 1) * 24 * hour + 8.2 * hour)
const { peak, breaker } = await runPeaks()
printPeak(peak)
printFaults([...faults, breaker])
const fairness = await runFairness()
console.log(
  `\nFairness at twice the load: ${fairness.index.toFixed(3)} (Jain); those who ask little got ${Math.round(100 * fairness.modestServed)} % of it`,
)

mkdirSync('bench/results', { recursive: true })
const machine = { node: process.version, platform: process.platform }
const result = {
  machine,
  at: new Date(Date.now()).toISOString(),
  scale,
  seconds,
  views: views.length,
  floor,
  days,
  peak,
  faults: [...faults, breaker],
  fairness,
}
writeFileSync('bench/results/quota.json', `${JSON.stringify(result, null, 2)}\n`)
await redis[Symbol.asyncDispose]()
process.exit(0)

async function replayDays(start: Start, limits: typeof full): Promise<Replayed> {
  beginAt(startsAt - hour)
  await redis.kill()
  await redis.restart()
  await using city = await openCity(limits)
  await using setUp = await start(city, { scale, redis, isRealTime: false })
  return await replay(city, setUp, views)
}

/** One day more, at which everything goes wrong in turn; two replicas with Redis. */
async function runFaults() {
  beginAt(startsAt - hour)
  await redis.kill()
  await redis.restart()
  await using city = await openCity({ ...full, perDay: Math.round(full.perDay / faultScale) })
  await using setUp = await (setUps['ours, two replicas'] ?? fail)(city, { scale: faultScale, redis, isRealTime: false })
  const dawn = startsAt + 24 * hour
  const with_ = (what: string, from: number, until: number, faults: object): Disturbance => ({
    what,
    from: dawn + from * hour,
    until: dawn + until * hour,
    begin: () => city.faults(faults),
    end: () => city.faults({}),
  })
  return await replayDisturbed(city, setUp, viewsOfDays(people, faultScale, 2), [
    with_('Opower down for an hour in mid-day', 12, 13, { down: { rate: 1 } }),
    with_('429 to every call for an hour', 17, 18, { status: { rate: 1, code: 429 } }),
    { ...with_('Redis gone for an hour', 19, 20, {}), begin: () => redis.kill(), end: () => redis.restart() },
  ])
}

/** A minute of the busiest hour at full size and in real time, all set-ups beside each other; then Opower goes down for one of them. */
async function runPeaks() {
  const shown = viewsOfPeak(seconds, 11, Date.now())
  await redis.kill()
  await redis.restart()
  const running = await Promise.all(
    Object.entries(setUps).map(async ([name, start]) => {
      const city = await openCity(full, 'real')
      await city.faults({})
      return { name, city, setUp: await start(city, { scale: 1, redis, isRealTime: true }) }
    }),
  )
  const peaks = await Promise.all(running.map(async ({ name, city, setUp }) => [name, await runPeak(city, setUp, shown)] as const))
  const own = running.find(({ name }) => name === 'ours, one process') ?? fail()
  turnTo(Date.now() + 600_000)
  await own.city.faults({ down: { rate: 1 } })
  const before = (await own.city.calls()).count
  const { views, widgets, p95 } = await runTimed(own.setUp, shown)
  const { count } = await own.city.calls()
  for (const each of running) await Promise.all([each.setUp, each.city].map(part => part[Symbol.asyncDispose]()))
  const what = 'breaker open: Opower down ten minutes after the same customers were there'
  return { peak: Object.fromEntries(peaks), breaker: { what, views, shares: widgets, p95, calls: count - before } }
}

async function runFairness() {
  await using city = await openCity(full, 'demo')
  await using setUp = await (setUps['ours, one process'] ?? fail)(city, { scale: 1, redis, isRealTime: true })
  return await measureFairness(setUp, full.perSecond)
}

function fail(): never {
  throw new TypeError('expected this set-up to be there')
}
