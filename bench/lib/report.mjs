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

Time added to a miss at half load (p50 / p95 / p99): ${times.join('; ')}.

### Goals

${goalsOf(results, added)}`
}

/** What is aimed at, with everything on, and what this run reached. */
function goalsOf(results, added) {
  const cpu = (name, op, mode) => results.find(each => each.contender === name && each.op === op && each.mode === mode)?.cpuUs
  const share = (name, op, mode) => cpu(name, op, mode) / cpu('substation', op, mode)
  const less = (what, op, factor) => {
    const reached = share('hive', op, 'miss')
    return [`miss, ${what}`, `at most 1/${factor} of Hive Gateway`, `1/${reached.toFixed(2)}`, reached >= factor]
  }
  const hit = (what, op) => {
    const [bare, stock] = [1 / share('bare', op, 'hit'), share('yoga', op, 'hit')]
    return [
      [`hit, ${what}`, 'at most 2 times bare `node:http`', `${bare.toFixed(2)} times`, bare <= 2],
      [`hit, ${what}`, 'at most 1/5 of the stock response cache', `1/${stock.toFixed(2)}`, stock >= 5],
    ]
  }
  const late = added.map(({ op, p99 }) => [`p99 added, ${op}`, 'under 5 ms', `${p99.added} ms`, p99.added < 5])
  const rows = [
    less('5 KB', 'bills', 6),
    less('78 KB', 'month', 15),
    less('1.3 MB', 'long', 20),
    ...hit('5 KB', 'bills'),
    ...hit('78 KB', 'month'),
    less('five sources with joins', 'dashboard', 2),
    ...late,
  ]
  // What a run did not measure has no row.
  const lines = rows
    .filter(([, , reached]) => !reached.includes('NaN'))
    .map(([what, goal, reached, isReached]) => `| ${what} | ${goal} | ${reached} | ${isReached ? 'yes' : 'no'} |`)
  return `| work | goal | reached | |\n| --- | --- | --- | --- |\n${lines.join('\n')}`
}
