import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { UpstreamRequest } from '../../src/plan/execute.js'
import { createMicroBatch } from '../../src/sharing/micro-batch.js'
import { createSharedFlights } from '../../src/sharing/share-in-flight.js'

const question: UpstreamRequest = { query: '{ a }', variables: {}, operationName: undefined, lane: 'quick' }

/** An upstream whose calls are answered when the test says so, or end with their signal. */
function createUpstream() {
  const calls: { readonly request: UpstreamRequest; readonly answer: (value: unknown) => void }[] = []
  const call = (request: UpstreamRequest): Promise<unknown> =>
    new Promise((resolve, reject) => {
      calls.push({ request, answer: resolve })
      request.signal?.addEventListener('abort', () => reject(new Error('given up')))
    })
  return { calls, call }
}

const settled = (answers: readonly Promise<unknown>[]): Promise<readonly string[]> =>
  Promise.all(answers.map(each => each.then(String, (error: Error) => error.message)))

describe('a call that several wait for', () => {
  it('is one call; it ends exactly when all who wait have left, and whoever stays gets the answer', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }), async leaves => {
        const { calls, call } = createUpstream()
        const flights = createSharedFlights()
        const people = leaves.map(() => new AbortController())
        const answers = settled(people.map(({ signal }) => flights.for('scope', call, signal)(question)))
        expect(calls).toHaveLength(1)
        for (const [at, person] of people.entries()) if (leaves[at] === true) person.abort()
        expect(calls[0]?.request.signal?.aborted).toBe(leaves.every(Boolean))
        calls[0]?.answer('answer')
        expect(new Set(await answers)).toEqual(new Set([leaves.every(Boolean) ? 'given up' : 'answer']))
      }),
    )
  })

  it('is nobody’s who comes after all have left: a new call is made', async () => {
    const { calls, call } = createUpstream()
    const flights = createSharedFlights()
    const gone = new AbortController()
    const left = settled([flights.for('scope', call, gone.signal)(question)])
    gone.abort()
    const later = flights.for('scope', call, new AbortController().signal)(question)
    calls[1]?.answer('new')
    expect([await left, await later, calls.length]).toEqual([['given up'], 'new', 2])
  })

  it('is not made for one who has left before, nor shared between scopes, nor given up for one who cannot leave', async () => {
    const { calls, call } = createUpstream()
    const flights = createSharedFlights()
    expect(await settled([flights.for('scope', call, AbortSignal.abort())(question)])).not.toEqual(['answer'])
    expect(calls).toHaveLength(0)
    const leaver = new AbortController()
    const answers = settled([flights.for('scope', call, leaver.signal)(question), flights.for('scope', call)(question)])
    void settled([flights.for('another', call, leaver.signal)(question)])
    leaver.abort()
    expect(calls.map(({ request }) => request.signal?.aborted)).toEqual([false, true])
    calls[0]?.answer('answer')
    expect(await answers).toEqual(['answer', 'answer'])
  })
})

describe('a change', () => {
  it('is shared with nobody, and each is left by its own client alone', () => {
    const { calls, call } = createUpstream()
    const flights = createSharedFlights()
    const [one, other] = [new AbortController(), new AbortController()]
    const change = { ...question, lane: undefined }
    const answers = [one, other].map(({ signal }) => flights.for('scope', call, signal)(change))
    void settled([...answers, flights.for('scope', call)(change)])
    one.abort()
    expect(calls.map(({ request }) => request.signal?.aborted)).toEqual([true, false, undefined])
  })
})

describe('requests that go in one document', () => {
  const ask = (
    batch: ReturnType<typeof createMicroBatch>,
    call: ReturnType<typeof createUpstream>['call'],
    query: string,
    signal?: AbortSignal,
  ) => batch.for('scope', call)({ ...question, query, signal })

  it('leave it one by one, and end it together', async () => {
    const { calls, call } = createUpstream()
    const batch = createMicroBatch({ windowMs: 1 })
    const [one, other] = [new AbortController(), new AbortController()]
    const answers = settled([ask(batch, call, '{ a }', one.signal), ask(batch, call, '{ b }', other.signal)])
    while (calls.length === 0) await new Promise(resolve => setTimeout(resolve, 1))
    one.abort()
    expect(calls[0]?.request.signal?.aborted).toBe(false)
    other.abort()
    expect([calls.length, calls[0]?.request.signal?.aborted, await answers]).toEqual([1, true, ['given up', 'given up']])
  })

  it('take no place in it once their client has left, and make no call where all have', async () => {
    const { calls, call } = createUpstream()
    const batch = createMicroBatch({ windowMs: 5 })
    const gone = new AbortController()
    const left = settled([ask(batch, call, '{ a }', gone.signal)])
    const stays = ask(batch, call, '{ b }')
    gone.abort()
    while (calls.length === 0) await new Promise(resolve => setTimeout(resolve, 1))
    expect(calls[0]?.request.query).toBe('{ b }')
    calls[0]?.answer('b')
    expect([await stays, (await left).length]).toEqual(['b', 1])
    await settled([ask(batch, call, '{ c }', AbortSignal.abort())])
    expect(calls).toHaveLength(1)
  })
})
