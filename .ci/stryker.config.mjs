// `npm run test:mutation`: changes the rules one place at a time and sees whether a test notices. docs/mutation.md has the score.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Rooms whose tests run in this process. */
const testRooms = ['accounts', 'plan', 'session', 'cache', 'access', 'opower', 'windows']
/** Tests that start whole gateways or build the whole graph say much about the product and little about one rule, and take seconds. */
const startsMuch = /support\/stack\.js|server\/gateway\.js|access\/served-schema\.js|node:child_process|\.\.\/docs\/|startStack|doctor\//
const isQuick = file =>
  file.endsWith('.test.ts') && !startsMuch.test(readFileSync(file, 'utf8')) && !file.endsWith('windows/pieces.test.ts')

/** They ask real servers, if in this process: what other tests notice needs none of them. */
const takesLonger = /(http|sql)-directory|introspection|verify-session|windows/

const testFiles = testRooms
  .flatMap(room => readdirSync(join('test', room)).map(name => `test/${room}/${name}`))
  .filter(isQuick)
  .sort((one, other) => Number(takesLonger.test(one)) - Number(takesLonger.test(other)))

const rooms = ['src/accounts', 'src/plan', 'src/session', 'src/cache']
/** `MUTATION_SAMPLE=5` tries every fifth stretch of each file: a fifth of the time, for a score that is a few per cent off. */
const sample = Number(process.env.MUTATION_SAMPLE ?? 1)
const stretchLines = 15

const filesOf = room =>
  readdirSync(room, { recursive: true })
    .filter(name => name.endsWith('.ts'))
    .map(name => join(room, name))
    .sort()

/** Stretches of one file, the first of them another one for each file. */
function stretchesOf(file, index) {
  const lines = readFileSync(file, 'utf8').split('\n').length
  const count = Math.ceil(lines / stretchLines)
  return Array.from({ length: count }, (_, at) => at)
    .filter(at => (at + index) % sample === 0)
    .map(at => `${file}:${at * stretchLines + 1}-${Math.min(lines, (at + 1) * stretchLines)}`)
}

export default {
  testRunner: 'rules',
  plugins: [import.meta.resolve('./mutation/rules-runner.mjs')],
  rules: { testFiles },
  coverageAnalysis: 'perTest',
  mutate:
    sample === 1
      ? rooms.map(room => `${room}/**/*.ts`)
      : (process.env.MUTATION_ROOMS?.split(',') ?? rooms).flatMap(filesOf).flatMap(stretchesOf),
  ignorePatterns: ['dist', 'bench', 'coverage', 'docs', '.mesh'],
  tempDirName: '.stryker-tmp',
  concurrency: 2,
  // Tests take milliseconds, and on a busy machine a second: what takes longer than this has lost its way.
  timeoutMS: 60_000,
  dryRunTimeoutMinutes: 30,
  // What a mutant leaves behind, such as a timer, ends with the process.
  maxTestRunnerReuse: 300,
  incrementalFile: 'coverage/mutation-incremental.json',
  reporters: ['clear-text', 'json', 'progress-append-only'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportMutants: true, reportScoreTable: true },
  jsonReporter: { fileName: 'coverage/mutation.json' },
  thresholds: { high: 90, low: 85, break: 85 },
}
