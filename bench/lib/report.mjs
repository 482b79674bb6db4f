import { readFile, writeFile } from 'node:fs/promises'

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

/** Puts the table of a whole run into the README, between its marks. */
export async function writeReadme(run) {
  const file = new URL('../README.md', import.meta.url)
  const text = await readFile(file, 'utf8')
  const [before, , after] = text.split(/<!-- (?:begin|end) of results -->/)
  if (after === undefined) throw new Error('bench/README.md has lost the marks between which its results stand.')
  await writeFile(file, `${before}<!-- begin of results -->\n\n${markdownOf(run)}\n\n<!-- end of results -->${after}`)
}

/** CPU of each contender, and how many times Substation's that is. */
function markdownOf({ machine, at, results, added }) {
  const names = [...new Set(results.map(({ contender }) => contender))].filter(name => name !== 'substation')
  const titles = ['substation', ...names].map(name => results.find(({ contender }) => contender === name)?.title)
  const rows = [...new Set(results.map(({ op, mode }) => `${op} ${mode}`))].map(row => {
    const of = name => results.find(({ contender, op, mode }) => contender === name && row === `${op} ${mode}`)
    const own = of('substation')
    const cell = each => (each === undefined ? '' : `${each.cpuUs} (${ratio(each, own)})`)
    const [op, mode] = row.split(' ')
    return [
      `${op}, ${mode}`,
      own === undefined ? '' : `${own.cpuUs} ± ${Math.round(own.cpuSpread * 100)} %`,
      ...names.map(name => cell(of(name))),
    ]
  })
  const line = cells => `| ${cells.join(' | ')} |`
  const table = [line(['', ...titles]), line(Array.from({ length: titles.length + 1 }, () => '---')), ...rows.map(line)].join('\n')
  const rest = results.filter(({ mode, op }) => mode === 'miss' && op === 'month').map(each => `${each.title} ${each.rssMb} MB`)
  const times = added.map(({ op, p50, p95, p99 }) => `${op} +${p50.added} / +${p95.added} / +${p99.added} ms`)
  return `${at.slice(0, 10)}, Node ${machine.node}, ${machine.cpus} cores of ${machine.model}. CPU in microseconds for each page, in brackets how many times Substation's.

${table}

Memory under load (a month of hours, misses): ${rest.join(', ')}.

Time added to a miss at half load (p50 / p95 / p99): ${times.join('; ')}.`
}
