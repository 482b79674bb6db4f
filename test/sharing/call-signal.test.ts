import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { CallSignal, platformSignal } from '../../src/sharing/call-signal.js'

type Step = readonly ['add' | 'remove', listener: number] | readonly ['abort', reason: number]

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.constantFrom('add' as const, 'remove' as const), fc.integer({ min: 0, max: 2 })),
  fc.tuple(fc.constant('abort' as const), fc.integer({ min: 0, max: 9 })),
)

/** What those hear who listen while the steps are taken, and what the signal says at the end. */
function heard(signal: AbortSignal, abort: (reason: unknown) => void, steps: readonly Step[]) {
  const told: number[] = []
  const listeners = [0, 1, 2].map(number => () => void told.push(number))
  for (const [what, number] of steps) {
    if (what === 'abort') abort(number)
    else if (what === 'add') signal.addEventListener('abort', listeners[number] ?? (() => {}))
    else signal.removeEventListener('abort', listeners[number] ?? (() => {}))
  }
  return { told, aborted: signal.aborted, reason: signal.aborted ? signal.reason : 'none' }
}

describe('the signal of a call', () => {
  it('tells those who listen what the platform’s own would tell them', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), steps => {
        const [own, platform] = [new CallSignal(), new AbortController()]
        const expected = heard(platform.signal, reason => platform.abort(reason), steps)
        expect(heard(own, reason => own.abort(reason), steps)).toEqual(expected)
      }),
    )
  })

  it.each([
    ['its own', () => new CallSignal()],
    ['the platform’s', () => new AbortController()],
  ])('tells a listener whose end it is, and not one that another has just taken away: %s', (_whose, create) => {
    const made = create()
    const signal = made instanceof AbortController ? made.signal : made
    const told: unknown[] = []
    const second = (): void => void told.push('second')
    signal.addEventListener('abort', function (this: AbortSignal, event) {
      told.push(this === signal, event.target === signal)
      this.removeEventListener('abort', second)
    })
    signal.addEventListener('abort', second)
    made.abort('over')
    expect(told).toEqual([true, true])
  })

  it.each(['before', 'after'])('is ended for the platform too, whether that was asked for %s its end or not', async when => {
    const signal = new CallSignal()
    if (when === 'after') signal.abort('over')
    const platform = platformSignal(signal)
    if (when === 'before') signal.abort('over')
    expect([platform.aborted, platform.reason]).toEqual([true, 'over'])
    await expect(fetch('http://127.0.0.1:9/', { signal: platform })).rejects.toBe('over')
  })
})
