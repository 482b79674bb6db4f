import { describe, expect, it } from '@jest/globals'
import { createEntryStore } from '../../src/cache/entry-store.js'
import { KeptAnswers } from '../../src/cache/kept-answers.js'
import type { Answer } from '../../src/cache/stale-answer.js'
import { isOld, withAge } from '../../src/cache/stale-answer.js'

const times = { freshMs: 100, staleWhileRevalidateMs: 100, staleIfErrorMs: 100 }

function create() {
  const clock = { now: 1_000 }
  const answers = new KeptAnswers<Answer>({
    entries: createEntryStore({ now: () => clock.now }),
    now: () => clock.now,
    pressure: () => 0,
  })
  return { answers, clock }
}

describe('an answer that is kept', () => {
  it('is at hand at once as it was made, and is told with its age once it is old', () => {
    const { answers, clock } = create()
    expect(answers.near('key')).toBeUndefined()
    answers.keep('key', { data: { name: 'A' } }, times)
    clock.now += 150
    const found = answers.near('key')
    if (found === undefined) throw new TypeError('expected an answer')
    expect([found.freshness, answers.answer(found)]).toEqual(['revalidate', { data: { name: 'A' } }])
    const old = answers.stale(found)
    expect([isOld(old), isOld(answers.answer(found)), isOld({ extensions: { substation: {} } })]).toEqual([true, false, false])
    expect([answers.isKept(old, times), answers.isKept(withAge({ data: {} }, 1), times)]).toEqual([false, false])
  })

  it('is one without errors and with a time in which it is fresh', () => {
    const { answers } = create()
    expect([
      answers.isKept({ data: {} }, times),
      answers.isKept({ data: {}, errors: [] }, times),
      answers.isKept({ data: {} }, { freshMs: 0 }),
      answers.isKept({ data: {} }, { freshMs: -1 }),
    ]).toEqual([true, false, false, false])
    answers.keep('faulty', { data: {}, errors: [] }, times)
    answers.keep('brief', { data: {} }, { ...times, freshMs: 0 })
    expect([answers.near('faulty'), answers.near('brief')]).toEqual([undefined, undefined])
  })

  it('is made anew once at a time, and again afterwards, also where that failed', async () => {
    const { answers } = create()
    let made = 0
    const execute = async (): Promise<Answer> => {
      made += 1
      if (made === 1) throw new Error('not now')
      return { data: { made } }
    }
    const refresh = () => answers.refresh('key', execute, () => times)
    await Promise.all([refresh(), refresh()])
    expect([made, answers.near('key')]).toEqual([1, undefined])
    await refresh()
    const found = answers.near('key')
    expect([made, found && answers.answer(found)]).toEqual([2, { data: { made: 2 } }])
  })
})
