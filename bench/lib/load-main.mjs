// The load, in a process of its own: told by its parent what to send, it answers with what came back and how long it took.
import { readFileSync } from 'node:fs'
import { operations } from './operations.mjs'
import { Connection, requestBytes } from './raw-client.mjs'
import { quantile } from './statistics.mjs'

let customers

process.on('message', async ({ id, work }) => {
  try {
    process.send({ id, result: await run(work) })
  } catch (error) {
    process.send({ id, error: String(error.stack ?? error) })
  }
})

/**
 * @param work.op which operation; @param work.url where; @param work.splits whether the contender takes a long chart whole
 * @param work.token in place of the customers' own; @param work.group whose questions: `first` and `count` of the customers
 * @param work.from number of the first question; each further page takes the next one: all customers, then the next slot
 * @param work.within questions begin anew after so many
 * @param work.seconds or @param work.count how long, or how many pages
 * @param work.perSecond pages a second at most, where not as many as possible
 */
async function run({
  people,
  op,
  url,
  splits,
  from,
  within,
  seconds = Infinity,
  count = Infinity,
  connections,
  perSecond,
  token,
  hangUpMs,
  group,
  isCheap = false,
}) {
  customers ??= JSON.parse(readFileSync(people, 'utf8'))
  const operation = operations[op]
  const width = isCheap ? 1 : operation.bodies(customers[0], 0, splits).length
  const times = []
  const faults = []
  const sizes = new Set()
  let next = 0
  let sample
  const startedAt = performance.now()
  const endAt = startedAt + seconds * 1_000
  await Promise.all(Array.from({ length: Math.min(connections ?? operation.connections, count) }, user))
  const elapsed = (performance.now() - startedAt) / 1_000
  return {
    pages: times.length,
    requests: times.length * width,
    elapsed,
    next: from + next,
    faults: faults.slice(0, 3),
    faultCount: faults.length,
    size: { least: Math.min(...sizes), largest: Math.max(...sizes) },
    sample,
    p50: quantile(times, 0.5),
    p95: quantile(times, 0.95),
    p99: quantile(times, 0.99),
  }

  async function user() {
    const lines = Array.from({ length: width }, () => new Connection(url))
    while (next < count && performance.now() < endAt) {
      const number = next++
      // A page that is due is late from that moment on, whether or not somebody was free to ask for it.
      const due = perSecond === undefined ? performance.now() : startedAt + (number * 1_000) / perSecond
      if (due >= endAt) break
      const wait = due - performance.now()
      if (wait > 0) await new Promise(resolve => setTimeout(resolve, wait))
      const began = due
      const pages = questionsOf((from + number) % within)
      try {
        if (hangUpMs !== undefined) {
          await hangUp(lines, pages, hangUpMs)
          continue
        }
        const answers = await Promise.all(pages.map((bytes, at) => lines[at].send(bytes)))
        times.push(performance.now() - began)
        for (const answer of answers) judge(answer)
      } catch (error) {
        faults.push(String(error))
      }
    }
    for (const line of lines) line.close()
  }

  /** Asks, waits a moment and is gone. */
  async function hangUp(lines, pages, ms) {
    pages.forEach((bytes, at) => void lines[at].send(bytes).catch(() => undefined))
    await new Promise(resolve => setTimeout(resolve, Math.random() * ms))
    for (const line of lines) line.close()
    times.push(ms)
  }

  function judge(answer) {
    sizes.add(answer.size)
    const isGood = answer.status === 200 && answer.size > 0
    // Whoever could not answer says it in few words.
    if (isGood && sample !== undefined && answer.size > 2_000 && times.length % 50 !== 0) return
    const text = answer.text()
    sample ??= text
    const hasErrors = text.includes('"errors"')
    if (!isGood || hasErrors) faults.push(`${answer.status} ${text.slice(0, 300)}`)
  }

  function questionsOf(number) {
    const customer = customers[group.first + (number % group.count)]
    const slot = Math.floor(number / group.count)
    const headers = { authorization: `Bearer ${token ?? customer.token}`, accept: 'application/json' }
    const bodies = isCheap ? [{ query: '{ __typename }' }] : operation.bodies(customer, slot, splits)
    return bodies.map(body => requestBytes(url, headers, JSON.stringify(body)))
  }
}
