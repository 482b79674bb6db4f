// What stands around the contenders: the fast simulator, the people, the load; and one measurement after the other.
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { contenders } from '../contenders/index.mjs'
import { operations } from './operations.mjs'
import { createPeople, owners } from './people.mjs'
import { answering, coreOf, cpuOf, freePort, rssOf, start, stop, treeOf } from './processes.mjs'
import { median, spread } from './statistics.mjs'

const file = name => fileURLToPath(new URL(name, import.meta.url))

/** Customers whose questions are asked over and over where hits are measured. */
const hot = 400

export async function openStage({ people: count }) {
  const people = await createPeople(count)
  const peopleFile = file(`../results/tmp/people-${process.pid}.json`)
  await writeFile(peopleFile, JSON.stringify(people.customers))
  const port = await freePort()
  const simulator = `http://127.0.0.1:${port}`
  const simulation = start({
    name: 'simulator',
    core: coreOf.beside,
    args: [file('../../dist/simulator/main.js')],
    env: { SIMULATOR_PORT: String(port), SIMULATOR_PROFILE: 'fast' },
  })
  await answering(simulator, simulation)
  const load = startLoad(peopleFile)
  const beside = []
  const token = await utilityToken(simulator)
  const pids = [simulation.pid]
  const upstream = {
    name: 'upstream',
    contender: contenders.upstream,
    url: `${simulator}/graphql`,
    pids,
    child: simulation,
    token,
    next: {},
    readyMs: 0,
    restRss: rssOf(pids),
  }
  const common = { simulator, upstream: `${simulator}/graphql`, issuer: people.issuer, token }

  return {
    simulator,
    common,
    /** Starts one contender and tells how long it took until it first answered. The upstream itself runs already. */
    async startContender(name, mode) {
      if (name === 'upstream') return upstream
      const place = { ...common, port: await freePort(), adminPort: await freePort(), mode }
      const env = {
        ...process.env,
        BENCH_UPSTREAM: common.upstream,
        BENCH_TOKEN: common.token,
        BENCH_MODE: mode,
        PORT: String(place.port),
        ...sourceEnv(common.sources),
      }
      const contender = contenders[name]
      contender.prepare?.({ ...place, env })
      const how = contender.start(place)
      const child = start({ name: `${name}-${mode}`, core: coreOf.measured, ...how, env: { ...env, ...how.env } })
      const url = `http://127.0.0.1:${place.port}/graphql`
      const readyMs = await answering(url, child, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"query":"{ __typename }"}',
      })
      const pids = treeOf(child.pid)
      return { name, contender, child, url, pids, readyMs, restRss: rssOf(pids), next: {} }
    },
    async startContenders(names, mode, withSources = false) {
      if (withSources) Object.assign(common, { sources: await startSources(beside) })
      const running = []
      for (const name of names) running.push(await this.startContender(name, mode))
      return running
    },
    stopContenders: running => Promise.all(running.map(({ child }) => (child === simulation ? undefined : stop(child)))),
    measure: (running, what) => measure(running, what, { load, count }),
    /** What the contender adds to an answer of the upstream, at a pace that both bear. */
    added: (one, what) => added([upstream, one], what, { load, count }),
    load,
    async close() {
      await Promise.all([load.stop(), stop(simulation), ...beside.map(stop)])
      people.close()
    },
  }
}

/** Rounds over all contenders in turn, so that whatever else happens on the machine happens to all of them. */
async function measure(running, { op, mode, rounds, seconds }, { load, count }) {
  const others = { first: owners.length, count: count - owners.length }
  const { slots } = operations[op]
  const taken = []
  for (const each of running) {
    const work = { op, url: each.url, token: each.token, splits: each.contender.splits === true }
    await warm(each, { work, others, mode, slots, load })
    // A contender without a cache does as much for the same question again; one with a cache is never asked the same.
    const within = mode === 'hit' ? hot : each.contender.isScoped ? others.count * slots : others.count
    taken.push({ each, work: { ...work, group: others, within }, rounds: [], from: others.count })
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const one of taken) one.rounds.push(await measureOnce(one, seconds, load))
  }
  return taken.map(({ each, rounds: done }) => summary(each, { op, mode, done }))
}

/**
 * Both in turn at the same pace, on the same questions; the differences of the medians of each quantile, milliseconds. The upstream is asked them
 * once before, or the time that it takes to make an answer would be counted for whoever comes first.
 */
async function added([upstream, own], { op, perSecond, rounds, seconds }, { load, count }) {
  const group = { first: owners.length, count: count - owners.length }
  const within = group.count * operations[op].slots
  const quantiles = ['p50', 'p95', 'p99']
  const seen = [[], []]
  for (let turn = 0; turn < rounds; turn += 1) {
    const from = own.next[op] ?? 0
    const workOf = ({ url, token, contender }) => ({ op, url, token, splits: contender.splits === true, group, within, from })
    await load.run({ ...workOf(upstream), count: Math.ceil(perSecond * seconds * 1.2), connections: 8 })
    for (const [at, each] of [upstream, own].entries()) {
      const result = await load.run({ ...workOf(each), perSecond, seconds, connections: 64 })
      each.next[op] = result.next
      seen[at].push(result)
    }
  }
  const of = (at, key) => median(seen[at].map(each => each[key]))
  return Object.fromEntries(quantiles.map(key => [key, { direct: round(of(0, key), 2), added: round(of(1, key) - of(0, key), 2) }]))
}

async function measureOnce(one, seconds, load) {
  const { each, work } = one
  const pids = treeOf(each.child.pid)
  const before = cpuOf(pids)
  const result = await load.run({ ...work, from: each.next[work.op] ?? 0, seconds })
  const cpu = (cpuOf(pids) - before) / result.pages
  each.next[work.op] = result.next
  return { ...result, cpu, rss: rssOf(pids) }
}

/** The simulator makes its answers, sessions are verified, code gets hot; for hits, what will be asked is asked once. */
async function warm(each, { work, others, mode, slots, load }) {
  const own = { first: 0, count: owners.length }
  const known = each.contender.isScoped && mode === 'miss' ? slots : 1
  await load.run({ ...work, group: own, from: 0, within: Infinity, count: owners.length * known, connections: 4 })
  if (each.contender.isScoped && each.next.sessions === undefined) {
    each.next.sessions = true
    await load.run({ ...work, isCheap: true, group: others, from: 0, within: others.count, count: others.count, connections: 8 })
  }
  if (mode === 'hit') await load.run({ ...work, group: others, from: 0, within: hot, count: hot, connections: 4 })
  if (each.contender.isScoped && mode === 'miss') {
    const result = await load.run({ ...work, group: others, from: each.next[work.op] ?? 0, within: others.count * slots, ...untilHot })
    each.next[work.op] = result.next
  } else await load.run({ ...work, group: others, from: 0, within: hot, ...untilHot })
}

/** Whichever comes first: a slow contender is not given all the time there is. */
const untilHot = { count: 4_000, seconds: 8 }

function summary({ name, contender, readyMs, restRss }, { op, mode, done }) {
  const of = key => done.map(round => round[key])
  const faults = of('faultCount').reduce((sum, each) => sum + each, 0)
  return {
    contender: name,
    title: contender.title,
    op,
    mode,
    pages: of('pages').reduce((sum, each) => sum + each, 0),
    cpuUs: round(median(of('cpu'))),
    cpuSpread: round(spread(of('cpu')), 3),
    perSecond: round(median(done.map(({ pages, elapsed }) => pages / elapsed)), 1),
    p50Ms: round(median(of('p50')), 2),
    p95Ms: round(median(of('p95')), 2),
    p99Ms: round(median(of('p99')), 2),
    rssMb: Math.round(Math.max(...of('rss')) / 1e6),
    restRssMb: Math.round(restRss / 1e6),
    readyMs: Math.round(readyMs),
    bytes: done[0].size.largest,
    faults,
    ...(faults === 0 ? {} : { fault: done.flatMap(each => each.faults)[0] }),
  }
}

function sourceEnv(sources) {
  if (sources === undefined) return {}
  return Object.fromEntries(Object.entries(sources).map(([name, url]) => [`BENCH_${name.toUpperCase()}`, url]))
}

function round(value, digits = 0) {
  return Number(value.toFixed(digits))
}

function startLoad(people) {
  const child = start({ name: 'load', core: coreOf.beside, args: [file('load-main.mjs')], ipc: true })
  const waiting = new Map()
  let last = 0
  child.on('message', ({ id, result, error }) => {
    const { resolve, reject } = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) resolve(result)
    else reject(new Error(error))
  })
  child.setMaxListeners(50)
  child.once('exit', code => waiting.forEach(({ reject }) => reject(new Error(`the load ended: ${code}`))))
  return {
    run: work =>
      new Promise((resolve, reject) => {
        last += 1
        waiting.set(last, { resolve, reject })
        child.send({ id: last, work: { people, ...work } })
      }),
    stop: () => stop(child),
  }
}

/** The utility's own systems; and billing and the field service once more as GraphQL, for contenders that speak no SQL and no SOAP. */
async function startSources(beside) {
  const ports = { outages: await freePort(), billing: await freePort(), orders: await freePort(), tariffs: await freePort() }
  const [control, books] = [await freePort(), await freePort()]
  const env = Object.fromEntries(
    Object.entries({ ...ports, sources: control }).map(([name, port]) => [`${name.toUpperCase()}_PORT`, String(port)]),
  )
  const systems = start({ name: 'sources', core: coreOf.beside, args: [file('../../dist/simulator/sources/main.js')], env })
  const others = start({ name: 'books', core: coreOf.beside, args: [file('../contenders/books.mjs')], env: { PORT: String(books) } })
  beside.push(systems, others)
  await Promise.all([
    answering(`http://127.0.0.1:${control}`, systems),
    answering(`http://127.0.0.1:${books}/graphql?query={__typename}`, others),
  ])
  return {
    outages: `http://127.0.0.1:${ports.outages}`,
    billing: `postgres://gateway@127.0.0.1:${ports.billing}/postgres`,
    orders: `http://127.0.0.1:${ports.orders}/field-service`,
    tariffs: `http://127.0.0.1:${ports.tariffs}/graphql`,
    books: `http://127.0.0.1:${books}/graphql`,
  }
}

async function utilityToken(simulator) {
  const pair = '019ebf3c-bc9c-41fa-87aa-09b1ecc86012:bdf46a70-c553-44bd-846e-7bd4f9d98690'
  const response = await fetch(`${simulator}/apis/authorization-v1/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=client_credentials',
  })
  return (await response.json()).access_token
}
