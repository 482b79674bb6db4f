/** One operation: each contender, and how many times the CPU of Substation it takes. */
export function printTable(title, results) {
  const own = results.find(({ contender }) => contender === 'substation')
  const bare = results.find(({ contender }) => contender === 'bare')
  console.log(`\n${title}`)
  console.table(
    Object.fromEntries(
      results.map(each => [
        each.title,
        {
          'CPU µs': each.cpuUs,
          '±': `${Math.round(each.cpuSpread * 100)} %`,
          'x bare': ratio(each, bare),
          'x Substation': ratio(each, own),
          'per second': each.perSecond,
          'p50 ms': each.p50Ms,
          'p95 ms': each.p95Ms,
          'p99 ms': each.p99Ms,
          'RSS MB': each.rssMb,
          bytes: each.bytes,
          wrong: each.faults,
        },
      ]),
    ),
  )
}

export function ratio(one, other) {
  return other === undefined ? undefined : Number((one.cpuUs / other.cpuUs).toFixed(2))
}

export function printAdded(added) {
  console.log('\nTime that Substation adds to a miss at half load, milliseconds (and what the upstream takes by itself)')
  const text = ({ direct, added: more }) => `+${more} (${direct})`
  console.table(
    added.map(({ op, perSecond, p50, p95, p99 }) => ({
      op,
      'per second': Math.round(perSecond),
      p50: text(p50),
      p95: text(p95),
      p99: text(p99),
    })),
  )
}
