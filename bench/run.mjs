// npm run bench: every contender on the same questions, beside each other, and what each request costs it.
// --only=substation,hive  --ops=bills,month  --modes=miss  --quick  --rounds=5 --seconds=2 --name=full
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { contenders } from './contenders/index.mjs'
import { openStage } from './lib/stage.mjs'
import { machine } from './lib/machine.mjs'
import { operations } from './lib/operations.mjs'
import { printAdded, printTable, writeReadme } from './lib/report.mjs'
import { stopAll } from './lib/processes.mjs'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    ops: { type: 'string' },
    modes: { type: 'string', default: 'miss,hit' },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    name: { type: 'string', default: 'bench' },
  },
})
const list = (given, all) => {
  const names = given?.split(',') ?? all
  const unknown = names.find(name => !all.includes(name))
  if (unknown !== undefined) throw new Error(`${unknown} is none of: ${all.join(', ')}`)
  return names
}
const usual = all => Object.keys(all).filter(name => all[name].isExtra !== true)
const names = list(values.only ?? usual(contenders).join(','), Object.keys(contenders))
const ops = list(values.ops ?? (values.quick ? 'bills,month' : usual(operations).join(',')), Object.keys(operations))
const modes = list(values.modes, ['miss', 'hit'])
const rounds = Number(values.rounds ?? (values.quick ? 3 : 4))
const seconds = Number(values.seconds ?? (values.quick ? 1 : 1.5))

if (!existsSync(new URL('./node_modules', import.meta.url))) {
  console.log('The contenders are installed once: npm ci --prefix bench')
  execFileSync('npm', ['ci', '--prefix', 'bench', '--no-audit', '--no-fund'], { stdio: 'inherit' })
}
const tmp = new URL('./results/tmp/', import.meta.url)
await mkdir(tmp, { recursive: true })
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => (stopAll(), process.exit(1)))
process.once('exit', stopAll)

const stage = await openStage({ people: values.quick ? 520 : 1_020 })
const file = new URL(`./results/${values.name}.json`, import.meta.url)
const results = []
/** Operations of which the time that is added to an answer is measured as well, at half of what can be borne. */
const paced = ['bills', 'month']
const added = []
for (const mode of modes) {
  for (const isJoined of [false, true]) {
    const wanted = ops.filter(op => (operations[op].needsSources === true) === isJoined)
    if (wanted.length === 0) continue
    const able = names.filter(name => contenders[name].modes.includes(mode) && (!isJoined || contenders[name].joins === true))
    const running = await stage.startContenders(able, mode, isJoined)
    for (const op of wanted) {
      const measured = await stage.measure(running, { op, mode, rounds, seconds })
      results.push(...measured)
      await write()
      printTable(`${operations[op].title}, ${mode}`, measured)
      const own = running.find(({ name }) => name === 'substation')
      if (mode === 'miss' && own !== undefined && paced.includes(op)) added.push(await addedBy(own, measured, op))
    }
    await stage.stopContenders(running)
  }
}
await stage.close()
if (added.length > 0) printAdded(added)

await write()
console.log(`\nWritten to ${fileURLToPath(file)}`)
if (values.name === 'bench' && values.only === undefined && values.ops === undefined && !values.quick)
  await writeReadme(JSON.parse(await readFile(file, 'utf8')))
const faulty = results.filter(({ faults }) => faults > 0)
for (const { contender, op, mode, faults, fault } of faulty)
  console.log(`${contender}, ${op}, ${mode}: ${faults} answers were wrong: ${fault}`)
process.exit(faulty.length > 0 ? 1 : 0)

async function addedBy(own, measured, op) {
  const perSecond = measured.find(({ contender }) => contender === 'substation').perSecond / 2
  return { op, perSecond, ...(await stage.added(own, { op, perSecond, rounds: Math.min(rounds, 3), seconds })) }
}

/** After each operation, so that a run that is ended leaves what it had. */
async function write() {
  const run = { machine: machine(), at: new Date().toISOString(), rounds, seconds, results, added }
  await writeFile(file, `${JSON.stringify(run, null, 2)}\n`)
}
