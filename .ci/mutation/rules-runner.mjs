// A Stryker test runner for rules that are pure functions: Jest's own `describe`, `it` and `expect` in one process, without the sandbox
// that Jest builds for each file. A mutant costs what its own tests cost.
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { commonTokens, declareFactoryPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin'
import { determineHitLimitReached, DryRunStatus, TestStatus, toMutantRunResult } from '@stryker-mutator/api/test-runner'

const require = createRequire(import.meta.url)
const { forget, load } = require('./load-rules.cjs')
const circus = require('jest-circus')

/** What is evaluated as soon as its module is loaded concerns nearly every test; it is tried by those of the rooms next to it. */
const manyTests = 150

/** A promise that a mutant leaves open fails its test long before Stryker takes the process for lost. */
const testTimeout = 30_000

const createRulesRunner = options => new RulesRunner(options.rules.testFiles)
createRulesRunner.inject = tokens(commonTokens.options)
export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'rules', createRulesRunner)]

export const strykerValidationSchema = {
  type: 'object',
  properties: { rules: { type: 'object', properties: { testFiles: { type: 'array', items: { type: 'string' } } } } },
}

class RulesRunner {
  /** What the instrumented code reads and writes. */
  #context = (globalThis.__stryker__ ??= {})

  constructor(testFiles) {
    this.testFiles = testFiles
  }

  capabilities() {
    return { reloadEnvironment: true }
  }

  init() {
    // What a mutant leaves behind may throw when nobody looks any more; it must not end the process.
    process.on('uncaughtException', () => undefined)
  }

  async dryRun() {
    const mutantCoverage = (this.#context.mutantCoverage = { static: {}, perTest: {} })
    const tests = await this.#run({ beforeFile: forget })
    // What is evaluated while a file is loaded, or by its `beforeAll`, counts for all of its tests.
    for (const file of this.testFiles) {
      for (const { id } of tests.filter(test => test.id.startsWith(`${file} `))) {
        mutantCoverage.perTest[id] = { ...mutantCoverage.perTest[file], ...mutantCoverage.perTest[id] }
      }
      delete mutantCoverage.perTest[file]
    }
    return { status: DryRunStatus.Complete, tests, mutantCoverage }
  }

  async mutantRun({ activeMutant, sandboxFileName, testFilter, disableBail, hitLimit }) {
    const hitCount = hitLimit === undefined ? undefined : 0
    Object.assign(this.#context, { activeMutant: activeMutant.id, hitCount, hitLimit })
    try {
      const wanted = testFilter && new Set(nearby(testFilter, sandboxFileName))
      const tests = await this.#run({ wanted, bail: !disableBail, nearest: sandboxFileName })
      const timeout = determineHitLimitReached(this.#context.hitCount, hitLimit)
      return toMutantRunResult(timeout ?? { status: DryRunStatus.Complete, tests })
    } catch (error) {
      // Not even loaded: the mutant shows at once.
      return toMutantRunResult({ status: DryRunStatus.Complete, tests: [failed('loading', testFilter?.[0], error)] })
    } finally {
      Object.assign(this.#context, { activeMutant: undefined, hitCount: undefined, hitLimit: undefined })
    }
  }

  /** One file after the other: after the first failure nothing more is loaded. */
  async #run({ wanted, nearest = '', bail = false, beforeFile = () => undefined }) {
    const tests = []
    const isOver = () => bail && tests.some(isFailed)
    const handler = this.#follow(tests, id => !isOver() && wanted?.has(id) !== false)
    const files = this.testFiles.filter(file => wanted === undefined || [...wanted].some(id => id.startsWith(`${file} `)))
    circus.addEventHandler(handler)
    forget()
    try {
      for (const file of files.sort((one, other) => distance(one, nearest) - distance(other, nearest))) {
        if (isOver()) break
        beforeFile()
        await this.#runFile(file)
      }
      return tests
    } finally {
      circus.removeEventHandler(handler)
      this.#context.currentTestId = undefined
    }
  }

  async #runFile(file) {
    circus.resetState()
    circus.getState().testTimeout = testTimeout
    this.#context.currentTestId = file
    circus.describe(file, () => void load(file))
    await circus.run()
    await setImmediate()
  }

  #follow(tests, isWanted) {
    let file
    return ({ name, test, describeBlock }) => {
      if (name === 'run_describe_start') {
        file = this.#context.currentTestId = fileOf(describeBlock) ?? file
        if (!hasWanted(describeBlock, isWanted)) describeBlock.mode = 'skip'
      }
      if (name === 'test_start') {
        this.#context.currentTestId = idOf(test)
        if (!isWanted(idOf(test))) test.mode = 'skip'
      }
      if (name === 'test_done') {
        this.#context.currentTestId = file
        tests.push(resultOf(test, resolve(file)))
      }
    }
  }
}

function nearby(testIds, sourceFile) {
  const near = testIds.length <= manyTests ? [] : testIds.filter(id => distance(id.split(' ', 1)[0], sourceFile) < 2)
  return near.length > 0 ? near : testIds
}

/** The tests of the file itself come first, then those of its room and of `access`, which is about all rooms: they notice soonest. */
function distance(testFile, sourceFile) {
  const [, room, name] = testFile.replace('.test.ts', '').split('/')
  if (sourceFile.endsWith(`/${room}/${name}.ts`)) return 0
  return room === 'access' || sourceFile.includes(`/src/${room}/`) ? 1 : 2
}

function fileOf(block) {
  return block.parent !== undefined && block.parent.parent === undefined ? block.name : undefined
}

/** Where there is nothing to run nothing is prepared. */
function hasWanted(block, isWanted) {
  return block.children.some(child => (child.type === 'test' ? isWanted(idOf(child)) : hasWanted(child, isWanted)))
}

function idOf(test) {
  const titles = [test.name]
  for (let block = test.parent; block.parent !== undefined; block = block.parent) titles.unshift(block.name)
  return titles.join(' ')
}

function resultOf(test, fileName) {
  const id = idOf(test)
  if (test.errors.length > 0) return { ...failed(id, id, test.errors[0]), fileName, timeSpentMs: test.duration ?? 0 }
  return { id, name: id, fileName, timeSpentMs: test.duration ?? 0, status: TestStatus.Success }
}

function failed(name, id = name, error) {
  const failureMessage = String(Array.isArray(error) ? error[0] : error).slice(0, 500)
  return { id, name, timeSpentMs: 0, status: TestStatus.Failed, failureMessage }
}

function isFailed({ status }) {
  return status === TestStatus.Failed
}
