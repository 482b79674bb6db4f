// npm run bench:check: whether Substation costs more than it did when a result was last accepted.
// --accept takes what is measured now as the new measure; --rounds and --ops as for npm run bench.
import { execFileSync } from 'node:child_process'
import { copyFile, readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'

const { values } = parseArgs({
  options: {
    accept: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '7' },
    ops: { type: 'string', default: 'accounts,bills,month' },
  },
})
/** So much more is a loss. */
const limit = 0.05
const tries = 3

const file = name => fileURLToPath(new URL(`./results/${name}.json`, import.meta.url))
const accepted = values.accept ? undefined : await read('accepted')
let lost = []
let comparisons = []
for (let attempt = 1; attempt <= tries; attempt += 1) {
  const args = ['run.mjs', '--only=bare,substation', `--ops=${values.ops}`, `--rounds=${values.rounds}`, '--name=tmp/check']
  execFileSync(process.execPath, args, { cwd: fileURLToPath(new URL('.', import.meta.url)), stdio: 'ignore' })
  if (accepted === undefined) break
  comparisons = compare(accepted, await read('tmp/check'))
  lost = comparisons.filter(({ isLost }) => isLost)
  console.table(comparisons)
  if (lost.length === 0) break
  // What was a neighbour's noise is gone the next time; what is a loss is still there.
  if (attempt < tries) console.log(`${lost.length} beyond ${limit * 100} %: measured once more, ${attempt + 1} of ${tries}`)
}
if (values.accept) {
  await copyFile(file('tmp/check'), file('accepted'))
  console.log('Accepted: results/accepted.json')
}
process.exit(lost.length > 0 ? 1 : 0)

async function read(name) {
  try {
    return JSON.parse(await readFile(file(name), 'utf8'))
  } catch {
    throw new Error(`There is no results/${name}.json: run npm run bench:check -- --accept first, on a quiet machine.`)
  }
}

/** Ratios to the bare process of the same run; the CPU itself only where the machine is the same. */
function compare(before, now) {
  const isSame = JSON.stringify(before.machine) === JSON.stringify(now.machine)
  return now.results
    .filter(({ contender }) => contender === 'substation')
    .flatMap(result => {
      const [was, is] = [pairOf(before, result), pairOf(now, result)]
      if (was === undefined || is === undefined) return []
      const ratio = is.own.cpuUs / is.bare.cpuUs / (was.own.cpuUs / was.bare.cpuUs) - 1
      const cpu = isSame ? is.own.cpuUs / was.own.cpuUs - 1 : undefined
      // A busy machine makes all of them dearer, and the ratio tells; a faster bare process alone is no loss, and the CPU tells.
      const isLost = ratio > limit && (cpu === undefined || cpu > limit)
      const noise = Math.max(is.own.cpuSpread, is.bare.cpuSpread)
      return [
        {
          op: result.op,
          mode: result.mode,
          ratio: percent(ratio),
          cpu: cpu === undefined ? 'another machine' : percent(cpu),
          noise: percent(noise),
          isLost,
        },
      ]
    })
}

function pairOf({ results }, { op, mode }) {
  const of = name => results.find(each => each.contender === name && each.op === op && each.mode === mode)
  const [own, bare] = [of('substation'), of('bare')]
  return own === undefined || bare === undefined ? undefined : { own, bare }
}

function percent(share) {
  return `${share >= 0 ? '+' : ''}${(share * 100).toFixed(1)} %`
}
