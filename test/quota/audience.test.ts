import { describe, expect, it } from '@jest/globals'
import { Audience } from '../../src/quota/audience.js'

describe('the audience of a customer’s calls', () => {
  it('is gone when the last of them has hung up, and not before', () => {
    const [audience, first, second] = [new Audience(), new AbortController(), new AbortController()]
    audience.join('a', { signal: first.signal })
    audience.join('a', { signal: second.signal })
    const end = audience.signalOf('a')
    first.abort()
    expect(end?.aborted).toBe(false)
    second.abort()
    expect(end?.aborted).toBe(true)
    expect(audience.signalOf('a')).toBeUndefined()
  })

  it('is not gone with somebody else’s', () => {
    const [audience, first, other] = [new Audience(), new AbortController(), new AbortController()]
    audience.join('a', { signal: first.signal })
    audience.join('b', { signal: other.signal })
    other.abort()
    expect(audience.signalOf('a')?.aborted).toBe(false)
    expect(audience.signalOf('b')).toBeUndefined()
  })

  it('is not gone when the last of them has its answer: what it began goes on', () => {
    const [audience, client] = [new Audience(), new AbortController()]
    const listener = { signal: client.signal }
    audience.join('a', listener)
    const end = audience.signalOf('a')
    audience.answered(listener)
    client.abort()
    expect([end?.aborted, audience.signalOf('a')]).toEqual([false, undefined])
  })

  it('does not wait for one who hung up before', () => {
    const audience = new Audience()
    audience.join('a', { signal: AbortSignal.abort() })
    expect(audience.signalOf('a')).toBeUndefined()
  })
})
