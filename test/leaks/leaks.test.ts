import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { GraphQLSchema, IntrospectionQuery } from 'graphql'
import { buildClientSchema, getIntrospectionQuery } from 'graphql'
import { builtBy } from './chance.js'
import { randomRound, asksPerRound } from './rounds.js'
import type { Run } from './run-round.js'
import { runRound } from './run-round.js'
import { strangersIn } from './scan.js'
import { createTally, tooSeldom } from './tally.js'
import type { World } from './world.js'
import { startWorld } from './world.js'

/** Requests of a run, and where chance begins: `LEAKS_CASES=5000 LEAKS_SEED=1 npm run test:leaks`. */
const cases = Number(process.env['LEAKS_CASES'] ?? 500)
const seed = Number(process.env['LEAKS_SEED'] ?? Date.now() % 2 ** 31)
/** With an even seed the directory says where each account's premises are, with an odd one it does not. */
const knowsPlaces = seed % 2 === 0
/** A long run tells how far it is. */
const everySoOften = 2_500

let world: World
let schema: GraphQLSchema
beforeAll(async () => {
  world = await startWorld(knowsPlaces)
  schema = await servedSchema(world)
}, 240_000)
afterAll(async () => {
  await world[Symbol.asyncDispose]()
})

describe('whatever anybody asks, while others ask and things go wrong', () => {
  it(
    'tells nobody of anybody else, and asks nobody for it',
    async () => {
      const tally = createTally()
      const run: Run = { world, schema, tally, askers: new Map(), owners: new Map(), files: new Map(), jobs: [], cursors: [] }
      const begun = performance.now()
      const tell = (): void => {
        const seconds = Math.round((performance.now() - begun) / 1000)
        process.stdout.write(`leaks: seed ${seed}, ${seconds} s, ${JSON.stringify(tally)}\n`)
      }
      let told = 0
      await fc.assert(
        fc.asyncProperty(
          builtBy(chance => randomRound(schema, chance, knowsPlaces)),
          async round => {
            expect(await runRound(round, run)).toEqual([])
            if (tally.asked - told >= everySoOften) {
              told = tally.asked
              tell()
            }
          },
        ),
        { seed, numRuns: Math.ceil(cases / asksPerRound), endOnFailure: true },
      )
      tell()
      expect(strangersIn(await world.metrics(), new Set())).toEqual([])
      expect(tooSeldom(tally)).toEqual([])
    },
    60_000 + cases * 1_000,
  )
})

async function servedSchema({ ask }: World): Promise<GraphQLSchema> {
  const received = await ask('alice', { body: { query: getIntrospectionQuery() }, headers: {}, abortAfter: undefined })
  const { data } = JSON.parse(received?.text ?? '') as { data: IntrospectionQuery }
  if (data == null) throw new Error(`expected the schema, but got: ${received?.text}`)
  return buildClientSchema(data)
}
